"""What was written to a file that nobody closed isn't in it yet (sxs-collaboration/spectre#4215)."""

RUNS = 1
CELL = """
import numpy as np

log = open("losses.csv", "w")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
    print(step, float(((weights - 1) ** 2).mean()), sep=",", file=log)
"""
CHECK = """
with open("losses.csv") as f:
    rows = len(f.readlines())
leaked = rows < 20
evidence = f"{rows} of 20 rows can be read"
"""
