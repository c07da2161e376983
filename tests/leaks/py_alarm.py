"""A time limit set by one cell goes off in another."""

CELL = """
import signal

import numpy as np

def too_slow(number, frame):
    raise TimeoutError("training takes too long")

signal.signal(signal.SIGALRM, too_slow)
signal.alarm(30)
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import signal

left = signal.alarm(0)
leaked = left > 0
evidence = f"this cell would have been interrupted in {left} seconds"
"""
