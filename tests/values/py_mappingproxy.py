"""A read-only view of a dict shows its changes."""

NAMES = ["base", "value"]
MAKE = """
import types

base = {"a": 1}
value = types.MappingProxyType(base)
"""
CHECK = """
base["late"] = 5
facts = {
    "read": value["a"] == 1,
    "live": value.get("late") == 5,
    "read-only": not hasattr(value, "__setitem__"),
}
ok, evidence = all(facts.values()), str(facts)
"""
