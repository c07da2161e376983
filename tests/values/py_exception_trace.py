"""A caught exception still tells where it was raised."""

NAMES = ["value"]
MAKE = """
import traceback

def inner_fail(n):
    return [][n]

try:
    inner_fail(3)
except IndexError as e:
    value = e
expect = [f.name for f in traceback.extract_tb(value.__traceback__)]
"""
CHECK = """
import traceback

text = "".join(traceback.format_exception(value))
ok = (
    "inner_fail" in text
    and "IndexError" in text
    and [f.name for f in traceback.extract_tb(value.__traceback__)] == expect
)
evidence = text[-200:]
"""
