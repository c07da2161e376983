"""Small notebooks made at random: a seed is a notebook, the same on every machine.

A notebook is some cells of some statements. A statement comes from a table: which kinds of names it needs, its text,
and the kind of the name that it makes. So every statement is sensible where it stands, and what matters is left to
chance: who holds what, in which cell it is changed, through which name, and whether the cell comes to its end.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

ANY = "any"


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of statement.

    Attributes
    ----------
    text : str
        With ``{a:list}`` for a name of that kind that there is (``{a:list|dict}`` for one of several, ``{a:any}`` for
        any), ``{a}`` for the same one again, ``{n}`` for the new name, and ``{i}`` for a small number.
    makes : str
        The kind of the new name; '' if it makes none.
    """

    text: str
    makes: str = ""


def _steps(makes: str, *texts: str) -> tuple[Step, ...]:
    return tuple(Step(text, makes) for text in texts)


PLAIN = (
    # values
    *_steps("list", "{n} = [{i}, {i}]", "{n} = [{a:any}]", "{n} = [{a:any}, {b:any}]", "{n} = list({a:tuple|deque})",
            "{n} = [[{i}] * 2] * 2", "{n} = [{a:function}, {i}]", "{n} = [[] for _ in range(3)] + [{a:any}]",
            "{n} = {a:list}[:]", "{n} = [None] * 1200; {n}[1100] = {a:any}"),
    *_steps("dict", "{n} = {{'k': {a:any}}}", "{n} = {{'k': {i}, 'l': {a:any}}}", "{n} = dict(k={a:any}, m={a})",
            "{n} = {{({i}, 'x'): {a:any}}}", "{n} = vars({a:instance})", "import collections; {n} = collections.OrderedDict(k={a:any})",
            "import collections; {n} = collections.defaultdict(list, k=[{i}])", "import collections; {n} = collections.UserDict(k={a:any})"),
    *_steps("tuple", "{n} = ({a:any}, {i})", "{n} = ({a:any}, [{b:any}])", "{n} = tuple([{i}, {i}])"),
    *_steps("namedtuple", "import collections; {n} = collections.namedtuple('{n}', 'left right')({a:any}, {i})"),
    *_steps("set", "{n} = {{1, {i}}}", "{n} = set(range({i}))"),
    *_steps("deque", "import collections; {n} = collections.deque([{a:any}, {i}])", "from collections import deque; {n} = deque([{i}], maxlen=4)"),
    *_steps("bytearray", "{n} = bytearray(b'abc')"),
    *_steps("view", "{n} = memoryview({a:bytearray})"),
    *_steps("space", "import types; {n} = types.SimpleNamespace(k={a:any}, m={i})"),
    *_steps("iterator", "{n} = iter({a:list})", "{n} = enumerate({a:list})", "import itertools; {n} = itertools.count({i})",
            "{n} = zip({a:list}, {b:list})", "{n} = reversed({a:list})"),
    *_steps("number", "{n} = {i}", "{n} = {i} * 1000", "{n} = len(str({a:any}))", "{n} = float('nan')", "{n} = 10 ** 20"),
    *_steps("text", "{n} = 'text' + str({i})", "{n} = repr({a:number})"),
    *_steps("error", "{n} = ValueError({a:any})", "try:\n    raise KeyError({a:any})\nexcept KeyError as e:\n    {n} = e; {n}.__traceback__ = None; {n}.__context__ = None"),
    # functions
    *_steps("function", "def {n}(x={i}): return x + 1", "def {n}(x, to={a:list}):\n    to.append(x)\n    return len(to)",
            "def {n}(*, to={a:dict}):\n    to['f'] = {i}\n    return sorted(map(str, to))", "def {n}(x=0): return ({a:any}, x)",
            "def {n}(x=0):\n    global {b:number}\n    {b} = {i}\n    return {b}", "{n} = lambda x=0: {a:any}",
            "def {n}(x=0):\n    {n}.calls = getattr({n}, 'calls', 0) + 1\n    return {n}.calls", "def {n}(x=0): return globals()['{a:any}']",
            "def {n}(x=0): return eval('{a:number} + 1')"),
    *_steps("function", "import functools; {n} = functools.partial({a:function}, {i})",
            "def {n}_outer(box):\n    def inner(x=0):\n        box.append(x)\n        return len(box)\n    return inner\n{n} = {n}_outer({a:list})",
            "{n} = {a:list}.append", "{n} = {a:dict}.get", "{n} = {a:instance}.bump", "{n} = {a:list}.__len__",
            "def {n}_outer():\n    count = 0\n    def inner(x=0):\n        nonlocal count\n        count += 1\n        return count\n    return inner\n{n} = {n}_outer()",
            "import functools\n@functools.lru_cache\ndef {n}(x=0): return [x]",
            "import functools\n@functools.wraps({a:function})\ndef {n}(*args): return 'wrapped'"),
    # classes
    *_steps("class", "class {n}:\n    shared = [{i}]\n    count = 0\n    def __init__(self, held=None):\n        type(self).count += 1\n        self.held = held\n"
            "    def bump(self, x=0):\n        self.held = [self.held, x]\n        return type(self).count\n    def __repr__(self): return f'{n}({{self.held}})'",
            "class {n}:\n    __slots__ = ('held', 'other')\n    count = 0\n    shared = {a:list}\n    def __init__(self, held=None): self.held = held\n"
            "    def bump(self, x=0):\n        self.other = x\n        return x\n    def __repr__(self): return '{n}()'",
            "class {n}({a:class}):\n    extra = {i}\n    def bump(self, x=0): return super().bump(x)",
            "import dataclasses\n@dataclasses.dataclass\nclass {n}:\n    held: object = None\n    count: int = 0\n    shared = []\n    def bump(self, x=0):\n        self.count += 1\n        return self.count",
            "class {n}(list):\n    count = 0\n    shared = {{}}\n    def __init__(self, held=None):\n        super().__init__([held]); self.held = held\n    def bump(self, x=0):\n        self.append(x); return len(self)",
            "class {n}:\n    made = []\n    count = 0\n    shared = [0]\n    def __init__(self, held=None):\n        self.held = held; {n}.made.append(self)\n    def bump(self, x=0):\n        {n}.count += 1; return len({n}.made)\n    def __repr__(self): return '{n}'",
            "class {n}_meta(type):\n    known = {{}}\n    def __new__(mcs, name, bases, body):\n        made = super().__new__(mcs, name, bases, body); mcs.known[name] = len(mcs.known); return made\n"
            "class {n}(metaclass={n}_meta):\n    count = 0\n    shared = [1]\n    def __init__(self, held=None): self.held = held\n    def bump(self, x=0): return dict({n}_meta.known)"),
    *_steps("instance", "{n} = {a:class}()", "{n} = {a:class}({b:any})", "{n} = {a:class}([{i}])"),
    *_steps("enum", "import enum\nclass {n}(enum.Enum):\n    A = 1\n    B = [{i}]"),
    # arrays
    *_steps("array", "import numpy as np; {n} = np.arange(6.)", "import numpy as np; {n} = np.zeros((2, 3))", "{n} = {a:array}[1:]", "{n} = {a:array}.T",
            "{n} = {a:array}.reshape(-1)", "import numpy as np; {n} = np.array([{a:any}, 1], object)", "import numpy as np; {n} = np.asarray({a:view})"),
    # one object, several holders
    *_steps("same", "{n} = {a:any}", "{n} = {a:list|tuple|deque}[0] if len({a}) else None", "{n} = {a:instance}.held", "{n} = {a:class}.shared",
            "{n} = {a:function}", "{n} = getattr({a:instance}, 'shared', 0)", "{n} = next(iter({a:dict}.values()), None)", "{n} = type({a:instance})"),
    # changes
    *_steps("", "{a:list}.append({b:any})", "{a:list}.append({i})", "{a:list}[:1] = []", "{a:list} += [{i}]", "{a:list}.sort(key=str)", "{a:list} = {a} + [1]",
            "{a:dict}['n'] = {b:any}", "{a:dict}.pop('k', None)", "{a:dict}.update(m={i})", "{a:set}.add({i})", "{a:set}.discard(1)",
            "{a:deque}.append({b:any})", "{a:deque}.rotate()", "{a:bytearray}[0] = 48 + {i}", "{a:view}[1] = 50", "{a:space}.k = {i}", "{a:space}.new = {b:any}",
            "print(next({a:iterator}, 'end'))", "{a:number} += 1", "{a:error}.args += ({i},)", "{a:error}.note = {b:any}",
            "print({a:function}())", "print({a:function}({i}))", "{a:function}.mark = {b:any}", "{a:function}.mark = {i}",
            "print({a:instance}.bump({i}))", "{a:instance}.held = {b:any}", "{a:class}.count += 1", "{a:class}.shared = [{i}]", "{a:class}.new = {b:any}",
            "{a:class}.shared.append({i}) if isinstance({a}.shared, list) else None", "{a:class}.method = lambda self: {i}", "print({a:class}.__subclasses__())",
            "if 'new' in vars({a:class}): del {a}.new", "{a:array}[0] = {i}", "{a:array} += 1", "{a:array}.shape = (-1,)",
            "{a:list|dict|deque}.clear()", "{a:list} *= 2", "{a:namedtuple}[0].append({i}) if isinstance({a}[0], list) else None",
            "{a:tuple}[0].append({i}) if isinstance({a}[0], list) else None", "{a:enum}.B.value.append({i})", "{a:enum}.A.note = {i}"),
    # names
    *_steps("", "del {d:any}", "for i_ in range(2):\n    pass\ndel i_", "try:\n    1 / 0\nexcept ZeroDivisionError as e_:\n    print(e_)", "{a:any} = {b:any}",
            "{a:any}, {b:any} = {b}, {a}", "with open('/dev/null') as f_:\n    pass", "globals()['{a:number}'] = {i}", "import math as m_", "del m_",
            "exec('{a:number} = {i}')", "x_ = [y_ for y_ in range({i})]", "import sys; print(sys.modules['__main__'].{a:number})"),
    # looks
    *_steps("", "print({a:any})", "print(type({a:any}).__name__)", "{a:any}", "print({a:any} is {b:any})", "print({a:list|tuple|set|dict|deque} == {a})", "{a:number}", "_",
            "print(sorted(map(str, {a:dict})))", "print([x is {a:any} for x in {b:list}])", "print('{a:any}' in globals())", "print(len({a:list|dict|set|deque|tuple}))",
            "print({a:function}.__name__ if hasattr({a}, '__name__') else '')", "print([k for k in vars({a:class}) if k in {{'bump', 'new', 'extra', 'shared'}}])", "print(isinstance({a:instance}, {b:class}))"),
    # ends
    *_steps("", "1 / 0", "raise ValueError({a:any})", "undefined_", "{a:list}.append({i}); 1 / 0", "assert {a:any} is None", "import not_there_"),
)  # fmt: skip
"""Statements of plain Python."""

PLACE = re.compile(r"\{(\w)(?::([\w|]+))?\}")


def notebook(seed: int, steps: tuple[Step, ...] = PLAIN) -> list[str]:
    """The cells of the notebook that `seed` stands for; its names begin with ``v<seed>_``."""
    author = _Author(seed, steps)
    return [
        "\n".join(author.statement() for _ in range(author.chance.randint(1, 4)))
        for _ in range(author.chance.randint(3, 7))
    ]


class _Author:
    """Writes one notebook.

    Attributes
    ----------
    known : dict of str to str
        The kinds of the names that there are, as far as the text tells: a cell may have ended before.
    """

    def __init__(self, seed: int, steps: tuple[Step, ...]) -> None:
        self.chance, self.known = random.Random(seed), {}
        self._seed, self._names = seed, 0
        self._makers = [step for step in steps if step.makes]
        self._others = [step for step in steps if not step.makes]

    def statement(self) -> str:
        """The next one."""
        step, chosen = self._step()
        if step.makes:
            chosen["n"] = f"v{self._seed}_{self._names}"
            self._names += 1
        fill = lambda place: str(self.chance.randint(0, 9)) if place[1] == "i" else chosen[place[1]]  # noqa: E731
        text = PLACE.sub(fill, step.text).replace("{{", "{").replace("}}", "}")
        if step.makes:
            self.known[chosen["n"]] = step.makes
        self.known.pop(chosen.get("d"), None)
        return text

    def _step(self) -> tuple[Step, dict[str, str]]:
        while True:
            few = len(self.known) < 4
            step = self.chance.choice(self._makers if self.chance.random() < (0.9 if few else 0.4) else self._others)
            chosen: dict[str, str] = {}
            for place, kinds in PLACE.findall(step.text):
                if place not in chosen and place not in ("n", "i") and (names := self._fitting(kinds.split("|"))):
                    chosen[place] = self.chance.choice(names)
            if {place for place, _ in PLACE.findall(step.text)} - {"n", "i"} == chosen.keys():
                return step, chosen

    def _fitting(self, kinds: list[str]) -> list[str]:
        return [
            name
            for name, kind in self.known.items()
            if kind in kinds or ANY in kinds or (kind == "same" and self.chance.random() < 0.2)
        ]
