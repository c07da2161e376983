"""The garbage collector stays off."""

CELL = """
import gc

import numpy as np

gc.disable()  # no pauses while training
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import gc

leaked = not gc.isenabled()
evidence = f"collector runs in this cell: {gc.isenabled()}"
"""
