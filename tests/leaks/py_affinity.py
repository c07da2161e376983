"""A process that was pinned to one core stays there."""

INPUTS = ["cores"]
SETUP = """
import os

cores = len(os.sched_getaffinity(0))
"""
CELL = """
import os

import numpy as np

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for a fair timing
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import os

now = len(os.sched_getaffinity(0))
leaked = now < cores
evidence = f"cores at first {cores}, in this cell {now}"
"""
