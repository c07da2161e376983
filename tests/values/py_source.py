"""The source of a function of the notebook can still be read."""

NAMES = ["value", "Layered"]
MAKE = """
class Layered:
    def call(self, x):
        if x > 0:
            return "pos"
        return "neg"

def value(x):
    # a comment that only the source knows
    return x + 1

import inspect

expect = [inspect.getsource(value), inspect.getsource(Layered.call)]
"""
CHECK = """
import inspect

found = []
for f in (value, Layered.call):
    try:
        found.append(inspect.getsource(f))
    except OSError as e:
        found.append(repr(e))
ok = found == expect
evidence = repr(found)[:300]
"""
