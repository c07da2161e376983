"""Logging that a cell disabled is disabled for all, errors included."""

CELL = """
import logging

import numpy as np

logging.disable(logging.CRITICAL)  # too chatty
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import logging

leaked = not logging.getLogger("other").isEnabledFor(logging.ERROR)
evidence = f"errors logged by this cell are dropped: {leaked}"
"""
