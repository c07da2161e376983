"""Classes that say themselves how they are pickled."""

NAMES = ["value", "Conn"]
MAKE = """
class Conn:
    def __init__(self, host):
        self.host, self.live = host, object()

    def __getstate__(self):
        return {"host": self.host}

    def __setstate__(self, state):
        self.host, self.live = state["host"], "reconnected"

class Unit(float):
    def __new__(cls, v, *, unit):
        self = super().__new__(cls, v)
        self.unit = unit
        return self

    def __getnewargs_ex__(self):
        return (float(self),), {"unit": self.unit}

class Once:
    only = None

    def __new__(cls):
        cls.only = cls.only or super().__new__(cls)
        return cls.only

    def __reduce__(self):
        return type(self), ()

value = [Conn("h"), Unit(2.5, unit="m"), Once(), Once()]
"""
CHECK = """
facts = {
    "host": isinstance(value[0], Conn) and value[0].host == "h" and value[0].live is not None,
    "unit": value[1] == 2.5 and value[1].unit == "m",
    "singleton": value[2] is value[3] is type(value[2])(),
}
ok, evidence = all(facts.values()), str(facts)
"""
