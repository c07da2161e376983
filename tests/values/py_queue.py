"""A queue is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Queue"]
NAMES = ["value"]
MAKE = """
import queue

value = queue.Queue()
value.put(1)
"""
CHECK = ""
