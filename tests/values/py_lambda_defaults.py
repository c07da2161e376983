"""Default arguments of all kinds, a mutable one with what it gathered."""

NAMES = ["value"]
MAKE = """
def collect(x, into=[], /, *, sep="-", **rest):
    into.append(x)
    return sep.join(into)

collect.tag = {"k": 1}
collect("a")
value = {
    "fs": [lambda x, k=k: x * k for k in range(3)],
    "collect": collect,
    "posonly": lambda a, /, b=2, *c, d=4: (a, b, c, d),
}
"""
CHECK = """
facts = {
    "loop": [f(10) for f in value["fs"]] == [0, 10, 20],
    "mutable default": value["collect"]("b") == "a-b",
    "kw": value["collect"]("c", sep="+") == "a+b+c",
    "attr": value["collect"].tag == {"k": 1},
    "posonly": value["posonly"](1, 3, 5) == (1, 3, (5,), 4),
}
ok, evidence = all(facts.values()), str(facts)
"""
