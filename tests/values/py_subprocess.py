"""A subprocess is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Popen"]
NAMES = ["value"]
MAKE = """
import subprocess

value = subprocess.Popen(["true"])
value.wait()
"""
CHECK = ""
