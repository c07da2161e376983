"""A bare traceback is refused."""

EXPECT = "refused"
REFUSAL = ["value", "traceback"]
NAMES = ["value"]
MAKE = """
import sys

try:
    1 / 0
except ZeroDivisionError:
    value = sys.exc_info()[2]
"""
CHECK = ""
