"""A list from an earlier cell holds the results of all runs together."""

INPUTS = ["scores"]
OUTPUTS = ["tried"]
SETUP = """
scores = []
"""
CELL = """
import numpy as np

rng = np.random.default_rng(0)
for rate in (0.01, 0.1, 0.5):
    weights = np.zeros(4)
    for step in range(20):
        x = rng.random((8, 4))
        weights -= rate * x.T @ (x @ weights - x.sum(axis=1)) / 8
    scores.append(float(abs(weights - 1).max()))
tried = len(scores)
"""
CHECK = """
first, second = (run["outputs"]["tried"] for run in runs)
leaked = second != first
evidence = f"scores in the list: {first}, then {second}"
"""
