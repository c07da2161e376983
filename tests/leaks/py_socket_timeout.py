"""A default time-out that was set for one download applies to all connections."""

CELL = """
import socket

import numpy as np

socket.setdefaulttimeout(5)  # the data server hangs now and then
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import socket

leaked = socket.getdefaulttimeout() is not None
evidence = f"default time-out of this cell: {socket.getdefaulttimeout()}"
"""
