"""Descriptors, properties, class and static methods, operators, slots."""

NAMES = ["Meter", "value"]
MAKE = """
class Positive:
    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, obj, owner=None):
        return self if obj is None else getattr(obj, self.slot)

    def __set__(self, obj, v):
        if v <= 0:
            raise ValueError(self.slot)
        setattr(obj, self.slot, v)

class Meter:
    scale = Positive()
    count = 0

    def __init__(self, scale):
        self.scale = scale
        Meter.count += 1

    @property
    def double(self):
        return self.scale * 2

    @double.setter
    def double(self, v):
        self.scale = v / 2

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def add(a, b):
        return a + b

    def __matmul__(self, other):
        return self.scale * other

class Lean(Meter):
    __slots__ = ("only",)

value = [Meter(3), Lean(4)]
value[1].only = "slot"
"""
CHECK = """
m, lean = value
facts = {"property": m.double == 6}
m.double = 10
facts["setter"] = m.scale == 5
facts["classmethod"] = isinstance(Meter.unit(), Meter) and isinstance(type(lean).unit(), type(lean))
facts["count"] = Meter.count == 4
facts["static"] = m.add(1, 2) == 3
facts["operator"] = m @ 2 == 10
facts["slot"] = lean.only == "slot" and isinstance(lean, Meter)
try:
    m.scale = -1
    facts["descriptor"] = False
except ValueError as e:
    facts["descriptor"] = str(e) == "_scale"
ok, evidence = all(facts.values()), str(facts)
"""
