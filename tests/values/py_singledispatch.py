"""Generic functions with what was registered, and room for more."""

NAMES = ["show", "Thing"]
MAKE = """
import functools

class Thing:
    @functools.singledispatchmethod
    def eat(self, x):
        return "any"

    @eat.register
    def _(self, x: int):
        return "int"

@functools.singledispatch
def show(x):
    return "object"

@show.register
def _(x: list):
    return "list of " + show(x[0])

@show.register(Thing)
def _(x):
    return "thing"
"""
CHECK = """
facts = {
    "builtin": show([1]) == "list of object",
    "class": show(Thing()) == "thing",
    "method": Thing().eat(1) == "int" and Thing().eat("") == "any",
}

@show.register
def _(x: int):
    return "int"

facts["register more"] = show([2]) == "list of int"
ok, evidence = all(facts.values()), str(facts)
"""
