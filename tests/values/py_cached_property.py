"""A cached property, computed or not."""

NAMES = ["Net", "value"]
MAKE = """
import functools

class Net:
    def __init__(self, n):
        self.n = n

    @functools.cached_property
    def table(self):
        return [self.n] * self.n

value = Net(3)
value.table.append("kept")
"""
CHECK = """
fresh = Net(2)
facts = {
    "kept": value.table == [3, 3, 3, "kept"],
    "fresh": fresh.table == [2, 2] and fresh.table is fresh.table,
}
ok, evidence = all(facts.values()), str(facts)
"""
