"""Weak references to what crosses with them, and a dead one."""

NAMES = ["value", "owner"]
MAKE = """
import weakref

class Node:
    def __init__(self, parent=None):
        self.kids = []
        self.parent = weakref.ref(parent) if parent else None
        if parent:
            parent.kids.append(self)

owner = Node()
value = Node(owner)
gone = Node()
value.dead = weakref.ref(gone)
del gone
"""
CHECK = """
facts = {"parent": value.parent() is owner, "kid": owner.kids[0] is value, "dead": value.dead() is None}
ok, evidence = all(facts.values()), str(facts)
"""
