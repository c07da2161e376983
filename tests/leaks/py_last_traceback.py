"""The traceback of a failed cell keeps the locals of all its frames alive (jupyter/notebook#6147)."""

RAISES = True
CELL = """
import numpy as np

class Batch:
    def __init__(self):
        self.images = np.ones((200, 64, 64, 3), "float32")

def train():
    batch = Batch()
    raise MemoryError("out of memory")

train()
"""
CHECK = """
import gc

gc.collect()
kept = [o for o in gc.get_objects() if type(o).__name__ == "Batch"]
leaked = len(kept) > 0
evidence = f"batches of the failed run still in memory: {len(kept)}"
"""
