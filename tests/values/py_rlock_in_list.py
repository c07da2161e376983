"""A reentrant lock that is held is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "[1]", "mutex", "RLock"]
NAMES = ["value"]
MAKE = """
import threading

class Cell:
    pass

c = Cell()
c.mutex = threading.RLock()
c.mutex.acquire()
value = [1, c, "x"]
"""
CHECK = ""
