"""Warnings that one cell ignored are ignored in all (QuantEcon/QuantEcon.py#229)."""

CELL = """
import warnings

import numpy as np

warnings.filterwarnings("ignore")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import warnings

leaked = warnings.filters[0][:3] == ("ignore", None, Warning)
evidence = f"first filter of this cell: {warnings.filters[0]}"
"""
