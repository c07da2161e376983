"""A generator in the middle is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "batches", "generator"]
NAMES = ["value"]
MAKE = """
value = {"batches": [(n for n in range(3))]}
next(value["batches"][0])
"""
CHECK = ""
