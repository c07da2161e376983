"""An iterator of an earlier cell is used up, and the second run trains on nothing (IIC2233/Syllabus-2017-2#384)."""

INPUTS = ["batches"]
OUTPUTS = ["steps"]
SETUP = """
import numpy as np

x = np.random.default_rng(0).random((40, 4))
batches = iter(np.split(x, 5))
"""
CELL = """
import numpy as np

weights, steps = np.zeros(4), 0
for batch in batches:
    weights -= 0.1 * batch.T @ (batch @ weights - batch.sum(axis=1)) / len(batch)
    steps += 1
"""
CHECK = """
first, second = (run["outputs"]["steps"] for run in runs)
leaked = first != second
evidence = f"training steps: {first}, then {second}"
"""
