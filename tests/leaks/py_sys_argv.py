"""A command line that was made up for an argument parser stays (tensorflow#17702)."""

CELL = """
import argparse
import sys

import numpy as np

sys.argv = ["train.py", "--steps", "20"]
parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
args = parser.parse_args()
weights = np.zeros(4)
for step in range(args.steps):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import sys

leaked = "--steps" in sys.argv
evidence = f"command line of this cell: {sys.argv[1:]}"
"""
