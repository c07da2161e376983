"""Each run leaves its files open, until there are too many (astropy/astropy-workshop#143)."""

INPUTS = ["shards"]
OUTPUTS = ["before"]
SETUP = """
import numpy as np

shards = []
for i in range(20):
    np.save(f"shard{i}.npy", np.ones((8, 4)))
"""
CELL = """
import os

import numpy as np

before = len(os.listdir("/proc/self/fd"))
for i in range(20):
    shards.append(open(f"shard{i}.npy", "rb"))
weights = np.zeros(4)
for shard in shards[-20:]:
    x = np.load(shard)
    weights -= 0.1 * x.T @ (x @ weights - 1.0) / 8
"""
CHECK = """
first, second = (run["outputs"]["before"] for run in runs)
leaked = second >= first + 10
evidence = f"open descriptors at the start of the cell: {first}, then {second}"
"""
