"""A folder at the head of the import path hides modules from later cells (uforia/MatterBot#274)."""

SETUP = """
import os

os.makedirs("project/src", exist_ok=True)
with open("project/src/statistics.py", "w") as f:
    f.write('def mean(values): return "project"' + chr(10))
"""
CELL = """
import sys

import numpy as np

sys.path.insert(0, "project/src")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import sys

sys.modules.pop("statistics", None)  # in case something imported it
import statistics

found = statistics.mean([1, 3])
leaked = found != 2
evidence = f"statistics.mean([1, 3]) is {found!r}; 'project/src' is {sys.path.count('project/src')} times in sys.path"
"""
