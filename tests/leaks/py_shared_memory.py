"""A named block of shared memory is there still, and can't be created again (alihaydaroglu/suite3d#51)."""

INPUTS = ["block"]
SETUP = """
import os

block = f"images-{os.getpid()}"
"""
CELL = """
from multiprocessing import shared_memory

import numpy as np

shared = shared_memory.SharedMemory(name=block, create=True, size=8 * 32)
images = np.ndarray((32,), "float64", buffer=shared.buf)
images[:] = 1.0
weight = 0.0
for step in range(20):
    weight -= 0.1 * float((weight - images).mean())
del images
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {second}"
"""
