"""A context variable is refused."""

EXPECT = "refused"
REFUSAL = ["value", "ContextVar"]
NAMES = ["value"]
MAKE = """
import contextvars

value = contextvars.ContextVar("run", default="none")
value.set("train")
"""
CHECK = ""
