"""Weak dictionaries and a weak set of what crosses beside them; what dies leaves them."""

NAMES = ["keys", "cache", "ids", "seen"]
MAKE = """
import weakref

class Node:
    pass

keys = [Node(), Node()]
cache = weakref.WeakKeyDictionary({keys[0]: "first", keys[1]: "second"})
ids = weakref.WeakValueDictionary({"a": keys[0], "gone": Node()})
seen = weakref.WeakSet(keys)
"""
CHECK = """
import gc

facts = {
    "keys": [cache[k] for k in keys] == ["first", "second"],
    "values": ids["a"] is keys[0] and "gone" not in ids,
    "set": set(seen) == set(keys),
}
keys.pop()
gc.collect()
facts["weak"] = (len(cache), len(seen)) == (1, 1)
ok, evidence = all(facts.values()), str(facts)
"""
