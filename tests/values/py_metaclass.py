"""A metaclass with a registry, which registers nothing twice."""

NAMES = ["Plugin", "value"]
MAKE = """
class Meta(type):
    seen = {}

    def __new__(mcs, name, bases, ns, **kw):
        cls = super().__new__(mcs, name, bases, ns)
        mcs.seen[name] = cls
        cls.tag = kw.get("tag")
        return cls

    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)

    def __len__(cls):
        return len(cls.__name__)

class Plugin(metaclass=Meta, tag="root"):
    subs = []

    def __init_subclass__(cls, **kw):
        super().__init_subclass__()
        Plugin.subs.append(cls.__name__)

class A(Plugin, tag="a"):
    pass

B = type(A)("B", (A,), {"twice": lambda self, x: 2 * x}, tag="b")
value = [A(), B()]
"""
CHECK = """
M = type(Plugin)
a, b = map(type, value)
facts = {
    "registry": M.seen["Plugin"] is Plugin and M.seen["A"] is a and M.seen["B"] is b,
    "tags": (Plugin.tag, a.tag, b.tag) == ("root", "a", "b"),
    "len": len(Plugin) == 6,
    "once": Plugin.subs == ["A", "B"],
    "dynamic": value[1].twice(4) == 8 and isinstance(value[1], a),
}

class C(Plugin, tag="c"):
    pass

facts["still works"] = Plugin.subs == ["A", "B", "C"] and M.seen["C"] is C and C.tag == "c"
ok, evidence = all(facts.values()), str(facts)
"""
