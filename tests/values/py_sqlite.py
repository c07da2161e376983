"""A database connection with a transaction under way is refused with the way to it."""

EXPECT = "refused"
REFUSAL = ["value", "db", "sqlite3.Connection"]
NAMES = ["value"]
MAKE = """
import sqlite3

class Store:
    pass

value = Store()
value.db = sqlite3.connect(":memory:")
value.db.execute("create table t (a)")
value.db.execute("insert into t values (1)")
"""
CHECK = ""
