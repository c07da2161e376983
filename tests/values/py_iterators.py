"""Iterators in the middle of what they go over."""

NAMES = ["rows", "value"]
MAKE = """
rows = [1, 2, 3, 4]
value = {
    "list": iter(rows),
    "enumerate": enumerate("abc", 5),
    "map": map(lambda x: x * 10, rows),
    "zip": zip(rows, "wxyz"),
    "reversed": reversed(rows),
    "filter": filter(None, [0, 1, 0, 2]),
    "range": iter(range(9)),
}
for it in value.values():
    next(it)
"""
CHECK = """
rows.append(5)
facts = {
    "list": list(value["list"]) == [2, 3, 4, 5],
    "enumerate": list(value["enumerate"]) == [(6, "b"), (7, "c")],
    "map": next(value["map"]) == 20,
    "zip": next(value["zip"]) == (2, "x"),
    "reversed": list(value["reversed"]) == [3, 2, 1],
    "filter": list(value["filter"]) == [2],
    "range": list(value["range"]) == [1, 2, 3, 4, 5, 6, 7, 8],
}
ok, evidence = all(facts.values()), str(facts)
"""
