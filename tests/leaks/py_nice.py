"""A process that has made itself nicer can't go back."""

INPUTS = ["usual"]
SETUP = """
import os

usual = os.nice(0)
"""
CELL = """
import os

import numpy as np

os.nice(5)  # a long run, in the background
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import os

leaked = os.nice(0) > usual
evidence = f"niceness at first {usual}, of this cell {os.nice(0)}"
"""
