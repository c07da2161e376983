"""A queue on which a thread waits is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Queue"]
NAMES = ["value"]
MAKE = """
import queue
import threading

value = queue.Queue()
threading.Thread(target=value.get, daemon=True).start()
"""
CHECK = ""
