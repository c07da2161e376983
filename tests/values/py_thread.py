"""A running thread is refused."""

EXPECT = "refused"
REFUSAL = ["value", "worker", "Thread"]
NAMES = ["value"]
MAKE = """
import threading

stop = threading.Event()
t = threading.Thread(target=stop.wait, daemon=True)
t.start()
value = {"n": 1, "worker": t}
"""
CHECK = ""
