"""A umask set by one cell decides who may read the files of the next."""

CELL = """
import os

import numpy as np

os.umask(0o077)  # keep the weights to myself
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
np.save("weights.npy", weights)
"""
CHECK = """
import os

open("for_everyone.txt", "w").close()
mode = os.stat("for_everyone.txt").st_mode & 0o777
leaked = mode == 0o600
evidence = f"a file made by this cell has mode {mode:o}"
"""
