"""A reentrant lock is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "[1]", "mutex", "RLock"]
NAMES = ["value"]
MAKE = """
import threading

class Cell:
    pass

c = Cell()
c.mutex = threading.RLock()
value = [1, c, "x"]
"""
CHECK = ""
