"""The working directory is where the last cell went, and nests deeper with each run (jupyter/notebook#7575)."""

CELL = """
import os

import numpy as np

os.makedirs("output", exist_ok=True)
os.chdir("output")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
np.save("weights.npy", weights)
"""
CHECK = """
import os

here = os.path.basename(os.getcwd())
leaked = here == "output"
evidence = f"this cell runs in .../{here}; output/output exists: {os.path.exists('../output') and leaked}"
"""
