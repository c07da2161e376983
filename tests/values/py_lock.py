"""A lock that is held, in an object, is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "config", "guard", "lock"]
NAMES = ["value"]
MAKE = """
import threading

class Store:
    def __init__(self):
        self.items = [1]
        self.config = {"guard": threading.Lock(), "n": 3}

value = Store()
value.config["guard"].acquire()
"""
CHECK = ""
