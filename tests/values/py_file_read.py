"""A file open for reading is refused, not copied."""

EXPECT = "refused"
REFUSAL = ["value", "TextIOWrapper"]
NAMES = ["value"]
MAKE = r"""
import tempfile

value = tempfile.TemporaryFile("w+")
value.write("a,b")
value.seek(0)
"""
CHECK = ""
