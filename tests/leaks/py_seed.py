"""A seed of the random module makes later cells draw a known sequence (stmorgan/pythonNNexample#7)."""

CELL = """
import random

random.seed(0)
order = list(range(32))
random.shuffle(order)
weight = 0.0
for i in order:
    weight -= 0.1 * (weight - i)
"""
CHECK = """
import random

drawn = random.random()
known = random.Random(0)
known.shuffle(list(range(32)))
expected = known.random()
leaked = drawn == expected
evidence = f"drew {drawn:.6f}; seed 0 goes on with {expected:.6f}"
"""
