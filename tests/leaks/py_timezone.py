"""The time zone that one cell chose is that of all."""

INPUTS = ["offset"]
SETUP = """
import time

offset = time.timezone
"""
CELL = """
import os
import time

import numpy as np

os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
print(time.strftime("%H:%M"), weights)
"""
CHECK = """
import time

leaked = time.timezone != offset
evidence = f"zone offset before: {offset}, in this cell: {time.timezone}"
"""
