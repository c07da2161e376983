"""A file open for writing is refused."""

EXPECT = "refused"
REFUSAL = ["value", "log", "TextIOWrapper"]
NAMES = ["value"]
MAKE = """
import tempfile

class Run:
    pass

value = Run()
value.log = tempfile.TemporaryFile("w")
value.log.write("epoch 1")
"""
CHECK = ""
