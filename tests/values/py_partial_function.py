"""Partials of a function of the notebook read its globals as the function does."""

NAMES = ["scale", "half", "table"]
MAKE = """
import functools

FACTOR = 2

def scale(x, by=1, *, plus=0):
    return FACTOR * x * by + plus

half = functools.partial(functools.partial(scale, by=0.5), plus=1)
half.note = "half"
table = {"half": half, "max": functools.partial(max, key=lambda x: -x)}
table["self"] = functools.partial(functools.reduce, scale)
"""
CHECK = """
facts = {
    "call": half(4) == 5 and half(4, plus=0) == 4,
    "flat": half.func is scale and half.keywords == {"by": 0.5, "plus": 1},
    "same": table["half"] is half and half.note == "half",
    "lambda": table["max"]([3, 1, 2]) == 1,
    "in another": table["self"]([1, 2, 3]) == 2 * (2 * 1 * 2) * 3,
}
ok, evidence = all(facts.values()), str(facts)
"""
