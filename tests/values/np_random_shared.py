"""An object's generator is the one that crosses beside it."""

NAMES = ["rng", "loader"]
MAKE = """
import numpy as np

rng = np.random.default_rng(3)

class Loader:
    def __init__(self, rng):
        self.rng = rng
        self.bits = rng.bit_generator

    def pick(self):
        return self.rng.random()

loader = Loader(rng)
t = np.random.default_rng(3)
expect = [t.random() for _ in range(3)]
"""
CHECK = """
got = [rng.random(), loader.pick(), rng.random()]
ok = got == expect and loader.rng is rng and loader.bits is rng.bit_generator
evidence = str((got, expect))
"""
