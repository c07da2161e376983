"""A signal handler of the last run stays installed."""

CELL = """
import signal

import numpy as np

def save_and_stop(number, frame):
    np.save("stopped.npy", weights)

signal.signal(signal.SIGTERM, save_and_stop)
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import signal

handler = signal.getsignal(signal.SIGTERM)
leaked = getattr(handler, "__name__", "") == "save_and_stop"
evidence = f"SIGTERM of this cell goes to {handler!r:.50}"
"""
