"""Which names reach the same objects: over every kind that Python and its libraries hold things in."""

from __future__ import annotations

import builtins
import gc
import random
import sys
import types

import pytest

from isokernel.graph import Graph

WAYS = {
    "itself": "d = xs",
    "list": "d = [xs]",
    "dict value": "d = {1: xs}",
    "set in a frozenset": "d = frozenset({K(xs)})",
    "dict key": "d = {K(xs): 1}",
    "tuple": "d = (1, (xs,))",
    "slice": "d = slice(None, xs)",
    "namedtuple": "d = collections.namedtuple('P', 'a')(xs)",
    "deque": "d = collections.deque([xs])",
    "defaultdict": "d = collections.defaultdict(list, k=xs)",
    "ChainMap": "d = collections.ChainMap({'k': xs})",
    "UserDict": "d = collections.UserDict(k=xs)",
    "list subclass": "d = type('L', (list,), {})([xs])",
    "SimpleNamespace": "d = types.SimpleNamespace(k=xs)",
    "instance": "d = K(xs)",
    "slots": "d = S(xs)",
    "dataclass": "d = dataclasses.make_dataclass('D', ['a'], slots=True)(xs)",
    "class attribute": "class d: log = xs",
    "class in a container": "d = [type('C', (), {'log': xs})]",
    "default argument": "def d(a=xs): pass",
    "keyword default": "def d(*, a=xs): pass",
    "function attribute": "def d(): pass\nd.acc = xs",
    "closure": "d = (lambda held: lambda: held)(xs)",
    "partial": "d = functools.partial(print, xs)",
    "bound method": "d = K(xs).go",
    "builtin bound method": "d = xs.append",
    "property of a class": "class d: p = property(lambda self, a=xs: a)",
    "iterator": "d = iter([xs, 1])",
    "iterator over it": "d = iter(xs)",
    "map": "d = map(len, [xs])",
    "exception": "d = ValueError(xs)",
    "cause of an exception": "d = ValueError()\nd.__cause__ = KeyError(xs)",
    "dict view": "d = {1: xs}.values()",
    "mappingproxy": "d = types.MappingProxyType({1: xs})",
    "object array": "d = np.empty(2, object)\nd[0] = xs",
    "view of an object array": "d = np.array([None, None, None])\nd[0] = xs\nd = d[:2]",
    "table of objects": "d = pd.DataFrame({'a': pd.Series([xs], dtype=object)})",
    "vectorize": "def f(a, held=xs): pass\nd = np.vectorize(f)",
    "lru_cache": "d = functools.lru_cache(lambda a=xs: a)",
    "cached_property": "class d: p = functools.cached_property(lambda self, a=xs: a)",
    "enum": "class d(enum.Enum):\n    A = 1\n    def go(self, a=xs): pass",
    "module made at run time": "d = types.ModuleType('d')\nd.k = xs",
    "deep": "d = xs\nfor _ in range(50_000): d = [d]",
    "beyond a thousand items": "d = [[i] for i in range(3000)]\nd[2500] = xs",
}
"""How `d` comes to hold `xs`."""

SEEN = {
    "array": ("xs = np.zeros(3)", "d = xs[:2]"),
    "array and one of a view's views": ("xs = np.zeros(3)[:2]", "d = xs[:1].reshape(1, 1)"),
    "masked array": ("xs = np.ma.array([1, 2], mask=[0, 1])", "d = xs.data"),
    "series over an array": ("xs = np.zeros(3)", "d = pd.Series(xs, copy=False)"),
    "table over an array": ("xs = np.zeros((3, 2))", "d = pd.DataFrame(xs, copy=False)"),
    "memoryview": ("xs = bytearray(3)", "d = memoryview(xs)[1:]"),
    "array over bytes": ("xs = bytearray(3)", "d = np.frombuffer(xs, np.uint8)"),
    "weak reference": ("xs = K(1)", "d = weakref.ref(xs)"),
    "weak reference to a part": ("xs = [K(1)]", "d = weakref.ref(xs[0])"),
    "WeakSet": ("xs = K(1)", "d = weakref.WeakSet([xs])"),
    "WeakKeyDictionary": ("xs = K(1)", "d = weakref.WeakKeyDictionary({xs: 1})"),
    "WeakMethod": ("xs = K(1)", "d = weakref.WeakMethod(xs.go)"),
    "proxy": ("xs = K(1)", "d = weakref.proxy(xs)"),
    "function in a container": ("def xs(): pass", "d = {'on_end': [xs]}"),
    "method of a random generator": ("xs = np.random.default_rng()", "d = xs.random"),
    "object in memory": ("import io\nxs = io.BytesIO()", "d = [xs]"),
}
"""Other things than lists, and how `d` comes to hold them."""

SETTING = """
import collections, dataclasses, enum, functools, types, weakref
import numpy as np, pandas as pd
class K:
    def __init__(self, held): self.held = held
    def go(self): pass
class S:
    __slots__ = ("held",)
    def __init__(self, held): self.held = held
"""


def notebook(*sources: str) -> dict:
    namespace = {"__name__": "__main__"}
    for source in (SETTING, *sources, "other = [1]\nothers = {'a': [2], 'k': K([3])}"):
        exec(source, namespace)
    namespace.pop("_", None)
    return namespace


@pytest.mark.parametrize(
    ("made", "held"),
    [("xs = [1]", way) for way in WAYS.values()] + list(SEEN.values()),
    ids=[*WAYS, *SEEN],
)
def test_who_holds_an_object_goes_with_it(made, held):
    """From the holder to what it holds, and back; and nothing else goes."""
    space = notebook(made, held)
    assert "xs" in Graph(space).joined(["d"])
    assert "d" in Graph(space).joined(["xs"])
    assert not {"other", "others"} & {*Graph(space).joined(["d"]), *Graph(space).joined(["xs"])}


@pytest.mark.parametrize(
    "source",
    [
        "a = K([1]); b = K([1])",
        "a = np.zeros(3); b = np.zeros(3)",
        "a = np.float32; b = np.dtype('f4')",
        "t = 'a' * 3; a = [t]; b = [t]",
        "t = (1, 2); a = [t]; b = [t]",
        "def a(): return b\ndef b(): return a",
        "a = len; b = [len]",
        "a = functools.partial(len); b = [len, functools.reduce]",
        "a = pd.DataFrame({'n': [1]}); b = a.copy()",
        "a = [K]; b = K(1)",
        "a = [enum.Enum, types, np.random.default_rng()]; b = [types]",
        "a = [weakref.ref(K)]; b = K(1)",
    ],
)
def test_what_shares_nothing_that_can_be_changed_stays(source):
    """Classes, modules, functions of libraries, texts and what else is the same for all join nobody."""
    space = notebook(source)
    assert "b" not in Graph(space).joined(["a"])


def test_through_a_third():
    """What shares something with one that joined joins, too, in whatever order they are looked at."""
    space = notebook("a, b, c, d = [], [], [], []\nab = [a, b]\nbc = (b, c)\ncd = {1: c, 2: d}\ne = [[]]")
    assert {*Graph(space).joined(["a"])} == {"ab", "b", "bc", "c", "cd", "d"}


def test_a_class_goes_with_its_instance_but_not_every_instance():
    """It is changed in place where it comes back; but what its body holds is reached through it."""
    space = notebook("class T:\n    all = []\na, b, c = T(), T(), T()\nT.all += [a, b]")
    assert {*Graph(space).joined(["c"])} == {"T", "a", "b"}
    assert {*Graph(space).joined(["T"])} == {"a", "b"}


def test_who_else_holds_something_changes_nothing():
    """A reference from somewhere that is no name has all names looked through, and none found."""
    space = notebook("xs = [1]")
    elsewhere = [space["xs"]]
    assert Graph(space).joined(["xs"]) == []
    assert elsewhere


def test_others_are_not_looked_at_where_nobody_shares():
    """However large they are; it is enough that no reference is unaccounted for."""
    space = notebook("xs = [[1], K([2])]\nlarge = [[i] for i in range(1000)]")
    graph = Graph(space)
    graph._holding = None  # not to be called
    assert graph.joined(["xs", "K"]) == []


MAKERS = (
    "[{0}, {1}]", "{{'a': {0}, 'b': {1}}}", "({0}, [{1}])", "K({0})", "S([{0}])", "functools.partial(print, {0}, a={1})",
    "types.SimpleNamespace(a={0}, b={1})", "collections.deque([{0}])", "(lambda held: lambda: held)({0})", "iter([{0}, {1}])",
    "ValueError({0})", "objects({0}, {1})", "weakref.WeakSet([K({0})])", "K([weakref.ref({2})])", "K({0}).go", "{{K({0}): {1}}}",
    "collections.defaultdict(list, a={0})", "type('T', (), {{'body': {0}}})", "types.MappingProxyType({{1: {0}}})", "[1]", "K(1)",
)  # fmt: skip


OBJECTS = "def objects(*held):\n    made = np.empty(len(held), object)\n    made[:] = held\n    return made"


def written_at_random(draw: random.Random) -> str:
    """A cell of twelve names, ``v0`` to ``v11``, which hold each other in ways drawn at random."""
    lines, names, alive = ["v0 = [0]"], ["v0"], []
    for number in range(1, 12):
        maker = draw.choice(MAKERS if alive else [maker for maker in MAKERS if "{2}" not in maker])
        lines.append(f"v{number} = {maker.format(draw.choice(names), draw.choice(names), draw.choice(alive or names))}")
        names.append(f"v{number}")
        alive += [f"v{number}"] if lines[-1].partition(" = ")[2].startswith("K(") and not maker.endswith(".go") else []
    return "\n".join(lines)


def reached(value: object, ended: set[int]) -> set[int]:
    """Ids of all that a value leads to, looked for one by one: slow, and plain."""
    found, todo = {}, [value]
    while todo:
        obj = todo.pop()
        if id(obj) in found or id(obj) in ended or isinstance(obj, (int, str, bytes, type(None), types.CodeType)):
            continue
        found[id(obj)] = obj
        todo += gc.get_referents(obj)
        if type(obj).__module__ == "numpy":
            todo += obj.tolist()
        if type(obj).__name__ == "ReferenceType":
            todo.append(obj())
    return set(found)


@pytest.mark.parametrize("seed", range(40))
def test_what_stays_shares_nothing_with_what_goes(seed):
    """Over random objects: the names fall apart as a slow look from each of them says."""
    space = notebook(OBJECTS, written_at_random(random.Random(seed)))
    ended = {id(space), id(builtins), id(vars(builtins)), *map(id, sys.modules.values())}
    ended |= {id(vars(module)) for module in list(sys.modules.values()) if hasattr(module, "__dict__")}
    ended |= {id(value) for value in space.values() if isinstance(value, type)}
    ended |= {id(obj) for obj in gc.get_objects() if isinstance(obj, type) and obj.__module__ != "__main__"}
    ended |= {id(value) for value in vars(builtins).values()} | {id(space["K"].go)}
    names = [f"v{number}" for number in range(12)]
    reach = {name: reached(space[name], ended) for name in names}
    start = random.Random(seed).choice(names)
    expected, todo = {start}, [start]
    while todo:
        name = todo.pop()
        new = {other for other in names if other not in expected and not reach[name].isdisjoint(reach[other])}
        expected |= new
        todo += new
    joined = {name for name in Graph(space).joined([start]) if name in names}
    assert expected - {start} - joined == set()


TELL = """
def _tell(names):
    import gc, types
    ids, told = {id(globals()[name]): name for name in names}, []
    for name in names:
        seen, todo, kept = set(), [globals()[name]], []
        while todo:
            obj = todo.pop()
            if id(obj) in seen or obj is globals() or isinstance(obj, (type, types.ModuleType, types.CodeType)):
                continue
            if type(obj) is dict and "__spec__" in obj:  # what a module has
                continue
            seen.add(id(obj))
            kept.append(obj)
            todo += gc.get_referents(obj) + (obj.tolist() if isinstance(obj, np.ndarray) else [])
            todo += [obj()] if isinstance(obj, weakref.ref) else []
        told.append([name, type(globals()[name]).__name__, sorted(ids[each] for each in ids.keys() & seen)])
    return told, v0
"""


@pytest.mark.parametrize("seed", range(6))
def test_random_objects_are_in_the_notebook_what_one_process_leaves(kernel, seed):
    """An undeclared cell changes a list; afterwards every name holds what it held, and the list that was changed."""
    source = written_at_random(random.Random(seed))
    space = notebook(OBJECTS, TELL, source, "v0.append(7)")
    names = [f"v{number}" for number in range(12)]
    expected = eval(f"_tell({names})", space)
    for cell in (f"{SETTING}\n{OBJECTS}\n{TELL}\n{source}", "%%isolated --auto\nv0.append(7)"):
        reply = kernel.run(cell)
        assert reply.ok, reply.traceback
    assert kernel.value(f"_tell({names})") == [*map(list, expected)]


def test_what_shares_comes_back_with_what_changed(kernel):
    """Functions in containers, parts of a figure's kind of object, results that were shown: each is one object still."""
    kernel.run(
        "import functools\ndef cb(): pass\ncbs = [cb]\nxs = [1]\nput = xs.append\nd = functools.partial(list.append, xs)\n"
        "class T:\n    all = []\n    n = 0\n    def __init__(self): self.all.append(self); type(self).n += 1\na = T()"
    )
    for cell in ("cbs.append(1)\nd(2)", "put(3)\ncbs.remove(cb)", "b = T()", "c = type(a)()"):
        reply = kernel.run(f"%%isolated --auto\n{cell}")
        assert reply.ok, reply.traceback
    assert kernel.value("[xs, len(cbs), put.__self__ is xs, d.args[0] is xs]") == [[1, 2, 3], 1, True, True]
    assert kernel.value("[T.all[0] is a, T.all[1] is b, T.all[2] is c, T.n, type(c) is T]") == [
        True,
        True,
        True,
        3,
        True,
    ]
