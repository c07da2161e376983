"""A name set by a cell that was deleted since is there still, and hides that the notebook lacks it."""

RUNS = 1
RAISES = True
SETUP = """
learning_rate = 0.5  # this cell was deleted after it was run
"""
CELL = """
import numpy as np

rng = np.random.default_rng(0)
weights = np.zeros(4)
for step in range(20):
    x = rng.random((8, 4))
    weights -= learning_rate * x.T @ (x @ weights - x.sum(axis=1)) / 8
"""
CHECK = """
error = runs[-1]["error"]
leaked = error is None
evidence = f"a cell that never sets learning_rate said: {error}"
"""
