"""A thread pool is refused."""

EXPECT = "refused"
REFUSAL = ["value", "ThreadPoolExecutor"]
NAMES = ["value"]
MAKE = """
from concurrent.futures import ThreadPoolExecutor

value = ThreadPoolExecutor(1)
value.submit(int)
"""
CHECK = ""
