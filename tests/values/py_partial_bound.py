"""Partials, bound methods and getters of the object that crosses beside them."""

NAMES = ["value", "obj"]
MAKE = """
import functools, operator

class Acc:
    def __init__(self):
        self.total = 0

    def add(self, x, times=1):
        self.total += x * times
        return self.total

    add5 = functools.partialmethod(add, 5)

    @classmethod
    def create(cls):
        return cls()

obj = Acc()
value = {
    "p": functools.partial(obj.add, times=3),
    "b": obj.add,
    "pm": obj.add5,
    "cm": Acc.create,
    "un": Acc.add,
    "get": operator.itemgetter(1, 0),
    "attr": operator.attrgetter("total"),
    "call": operator.methodcaller("add", 2),
    "builtin": [].append,
    "str": "a-b".split,
    "dict": dict.fromkeys,
}
"""
CHECK = """
value["b"](1)
facts = {"bound to obj": value["b"].__self__ is obj and obj.total == 1}
value["p"](2)
facts["partial"] = obj.total == 7 and value["p"].keywords == {"times": 3}
value["pm"]()
facts["partialmethod"] = obj.total == 12
facts["classmethod"] = type(value["cm"]()) is type(obj)
facts["unbound"] = value["un"](obj, 1) == 13
facts["getters"] = value["get"]("ab") == ("b", "a") and value["attr"](obj) == 13 and value["call"](obj) == 15
facts["builtin"] = value["str"]("-") == ["a", "b"] and value["dict"]("a") == {"a": None}
ok, evidence = all(facts.values()), str(facts)
"""
