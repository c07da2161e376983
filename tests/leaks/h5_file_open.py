"""An HDF5 file that the last run wrote is open still, and can't be opened anew (OdysseasKr/irmas-cnn#1)."""

CELL = """
import h5py
import numpy as np

store = h5py.File("weights.h5", "w")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
store["weights"] = weights
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {str(second)[:110]}"
"""
