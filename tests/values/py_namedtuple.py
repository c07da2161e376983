"""Named tuples of the notebook, with defaults and methods, and a subclass of one."""

NAMES = ["Point", "Row", "value"]
MAKE = '''
import collections
from typing import NamedTuple

Point = collections.namedtuple("Point", "x y", defaults=[0])

class Row(NamedTuple):
    """A row."""

    name: str
    n: int = 1

    def twice(self):
        return self._replace(n=self.n * 2)

class Named(Point):
    __slots__ = ()

    @property
    def size(self):
        return self.x + self.y

value = [Point(1), Row("a", 3), Named(1, 2)]
'''
CHECK = """
p, row, named = value
facts = {
    "class": type(p) is Point and isinstance(row, Row) and isinstance(named, Point),
    "defaults": Point(5) == (5, 0) and Row("b").n == 1,
    "method": row.twice() == ("a", 6) and row._asdict() == {"name": "a", "n": 3},
    "subclass": named.size == 3 and not hasattr(named, "__dict__"),
    "doc": Row.__doc__ == "A row." and Row.__annotations__["n"] is int,
}
ok, evidence = all(facts.values()), str(facts)
"""
