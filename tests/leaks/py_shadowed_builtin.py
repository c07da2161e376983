"""A variable named sum hides the built-in function from all later cells."""

RUNS = 1
CELL = """
import numpy as np

rng = np.random.default_rng(0)
weights, sum = np.zeros(4), 0
for step in range(20):
    x = rng.random((8, 4))
    error = x @ weights - x.sum(axis=1)
    weights -= 0.1 * x.T @ error / 8
    sum += float((error**2).mean())
print("mean loss", sum / 20)
"""
CHECK = """
try:
    leaked, evidence = False, f"sum([1, 2]) is {sum([1, 2])}"
except TypeError as exc:
    leaked, evidence = True, f"sum([1, 2]): {exc}"
"""
