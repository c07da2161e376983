"""Python's random generators go on in their streams, a subclass of the notebook too."""

NAMES = ["value", "shared"]
MAKE = """
import random

class Loaded(random.Random):
    def __init__(self, seed, weight):
        super().__init__(seed)
        self.weight = weight

def build():
    rngs = [random.Random(3), Loaded(4, 0.5)]
    for rng in rngs:
        rng.random()
        rng.gauss(0, 1)
    return rngs

value = build()
shared = {"rng": value[0]}
expect = [(rng.gauss(0, 1), rng.random(), rng.sample(range(99), 3)) for rng in build()]
"""
CHECK = """
got = [(rng.gauss(0, 1), rng.random(), rng.sample(range(99), 3)) for rng in value]
facts = {"stream": got == expect, "shared": shared["rng"] is value[0], "own": value[1].weight == 0.5}
ok, evidence = all(facts.values()), str(facts)
"""
