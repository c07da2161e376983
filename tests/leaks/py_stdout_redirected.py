"""Output that was sent to a file goes on going there (AlanLoh/nenupy#20)."""

CELL = """
import sys

import numpy as np

sys.stdout = open("train.log", "w")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
    print(step, weights.mean())
"""
CHECK = """
import sys

leaked = getattr(sys.stdout, "name", "") == "train.log"
evidence = f"print() of this cell goes to {getattr(sys.stdout, 'name', 'the notebook')!r}"
"""
