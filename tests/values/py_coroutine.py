"""A coroutine that nobody awaited is refused."""

EXPECT = "refused"
REFUSAL = ["value", "coroutine"]
NAMES = ["value"]
MAKE = """
async def load():
    return 3

value = load()
"""
CHECK = ""
