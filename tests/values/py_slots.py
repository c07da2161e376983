"""Slots over several classes: private, unset, weakly referable, beside a __dict__."""

NAMES = ["value", "Lean"]
MAKE = """
import weakref

class Lean:
    __slots__ = ("__secret", "unset", "__weakref__", "x")

    def __init__(self, x):
        self.__secret, self.x = x * 2, x

    def secret(self):
        return self.__secret

class More(Lean):
    __slots__ = ("y", "__dict__")

more = More(3)
more.y, more.free = 4, 5
value = [Lean(1), more, weakref.ref(more)]
"""
CHECK = """
lean, more, ref = value
facts = {
    "class": type(lean) is Lean and isinstance(more, Lean),
    "private": (lean.secret(), more.secret()) == (2, 6),
    "unset": not hasattr(lean, "unset"),
    "dict": more.free == 5 and vars(more) == {"free": 5} and not hasattr(lean, "__dict__"),
    "weak": ref() is more,
}
ok, evidence = all(facts.values()), str(facts)
"""
