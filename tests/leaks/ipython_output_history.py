"""An array that was a cell's last value stays in Out, whatever becomes of its name (ipython/ipython#11204)."""

CELL = """
import numpy as np

class Batch(np.ndarray):
    pass

images = np.ones((200, 64, 64, 3), "float32").view(Batch)
weights = np.zeros(3)
for step in range(3):
    weights -= 0.1 * (weights - np.asarray(images).mean(axis=(0, 1, 2)))
images
"""
CHECK = """
import gc

images = None
gc.collect()
history = globals().get("Out", {})
kept = [v for v in history.values() if type(v).__name__ == "Batch"]
leaked = len(kept) > 0
evidence = f"arrays of earlier runs in the output history: {len(kept)}"
"""
