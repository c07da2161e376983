"""A database connection is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "db", "sqlite3.Connection"]
NAMES = ["value"]
MAKE = """
import sqlite3

class Store:
    pass

value = Store()
value.db = sqlite3.connect(":memory:")
"""
CHECK = ""
