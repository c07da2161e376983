"""A monitoring thread of the last run never stops (hellock/icrawler#45)."""

CELL = """
import threading
import time

import numpy as np

def watch():
    while True:
        load.append(time.process_time())
        time.sleep(0.5)

load = []
threading.Thread(target=watch, name="monitor", daemon=True).start()
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import threading

found = [t.name for t in threading.enumerate() if t.name == "monitor"]
leaked = len(found) > 0
evidence = f"monitor threads still running: {len(found)}"
"""
