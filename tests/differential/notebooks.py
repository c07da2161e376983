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
    *_steps("", "{a:list}.append({b:any})", "{a:list}.append({i})", "{a:list}[:1] = []", "{a:list} += [{i}]", "{a:list}.sort(key=lambda x: type(x).__name__)", "{a:list} = {a} + [1]",
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
            "print(sorted(map(str, {a:dict})))", "print([x is {a:list|dict|instance|function} for x in {b:list}])", "print('{a:any}' in globals())", "print(len({a:list|dict|set|deque|tuple}))",
            "print({a:function}.__name__ if hasattr({a}, '__name__') else '')", "print([k for k in vars({a:class}) if k in {{'bump', 'new', 'extra', 'shared'}}])", "print(isinstance({a:instance}, {b:class}))"),
    # ends
    *_steps("", "1 / 0", "raise ValueError({a:any})", "undefined_", "{a:list}.append({i}); 1 / 0", "assert {a:any} is None", "import not_there_"),
)  # fmt: skip
"""Statements of plain Python."""

OPENING = (
    "import keras, numpy as np, tensorflow as tf\n"
    "keras.utils.clear_session(); keras.utils.set_random_seed({seed})\nv{seed}_X = np.random.rand(16, 4).astype('float32'); v{seed}_y = v{seed}_X.sum(1, keepdims=True)"
)
"""The first cell of a notebook that trains."""
TRAINING = (
    *_steps("model", "{n} = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]); {n}.compile({o:optimizer}, 'mse')",
            "{n} = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation='relu'), keras.layers.Dropout(0.5), keras.layers.Dense(1)]); {n}.compile('adam', 'mse', metrics=['mae'])",
            "{n} = keras.Sequential([keras.layers.Dense(1)]); {n}.compile('sgd', 'mse')", "{n} = keras.models.clone_model({a:model}); {n}.compile('adam', 'mse')",
            "class {n}_class(keras.Model):\n    def __init__(self):\n        super().__init__(); self.inner = keras.layers.Dense(1); self.calls = 0\n"
            "    def call(self, x):\n        return self.inner(x)\n{n} = {n}_class(); {n}.compile('adam', 'mse')",
            "{n} = keras.Sequential([keras.Input((4,)), {l:layer}, keras.layers.Dense(1)]); {n}.compile('rmsprop', 'mse')",
            "i_ = keras.Input((4,)); {n} = keras.Model(i_, keras.layers.Dense(1)(keras.layers.Dense(2)(i_))); {n}.compile('adam', 'mse')"),
    *_steps("layer", "{n} = keras.layers.Dense(2)", "{n} = keras.layers.GaussianNoise(0.1)", "{n} = keras.layers.BatchNormalization()", "{n} = {a:model}.layers[-1]"),
    *_steps("optimizer", "{n} = keras.optimizers.Adam(0.01)", "{n} = keras.optimizers.SGD(0.01, momentum=0.9)", "{n} = {a:model}.optimizer"),
    *_steps("tensor", "{n} = tf.constant([{i}., 2.])", "{n} = tf.random.normal((2,))", "{n} = tf.random.uniform((2,), seed={i})", "{n} = {a:variable} * 2", "{n} = tf.reduce_sum({a:tensor})"),
    *_steps("variable", "{n} = tf.Variable([{i}., 1.])", "{n} = {a:model}.trainable_variables[0] if {a}.built else tf.Variable(1.)"),
    *_steps("dataset", "{n} = tf.data.Dataset.from_tensor_slices((v{s}_X, v{s}_y)).shuffle(16).batch(4)", "{n} = tf.data.Dataset.range({i} + 2).map(lambda x: x * 2)",
            "{n} = {a:dataset}.take(2)", "{n} = tf.data.Dataset.range(6).shuffle(6, seed={i})"),
    *_steps("traced", "@tf.function\ndef {n}(x):\n    print('traced')\n    if tf.reduce_sum(x) > 1:\n        return x * 2\n    return x", "@tf.function\ndef {n}(x): return x + {a:variable}",
            "@tf.function\ndef {n}(x): return x + tf.random.normal(())"),
    *_steps("dict", "{n} = {a:model}.fit(v{s}_X, v{s}_y, epochs=2, verbose=0).history", "{n} = dict(m={a:model}, w=[])"),
    *_steps("callback", "class {n}_class(keras.callbacks.Callback):\n    def __init__(self, to): super().__init__(); self.to = to\n    def on_epoch_end(self, epoch, logs=None): self.to.append(round(logs['loss'], 4))\n{n} = {n}_class({a:list})",
            "{n} = keras.callbacks.EarlyStopping('loss', patience={i})"),
    *_steps("list", "{n} = []", "{n} = [{a:model|layer|optimizer|variable}]", "{n} = [v.name for v in {a:model}.variables]"),
    *_steps("function", "def {n}(x=0): return {a:model}.count_params() if {a}.built else x", "def {n}(x=0): {a:list}.append({i}); return len({a})"),
    *_steps("same", "{n} = {a:any}", "{n} = {a:list}[0] if {a:list} else None"),
    *_steps("", "{a:model}.fit(v{s}_X, v{s}_y, epochs=1, verbose=0); print(round(float(np.sum([w.sum() for w in {a}.get_weights()])), 3))",
            "{a:model}.fit(v{s}_X, v{s}_y, epochs=2, verbose=0, callbacks=[{c:callback}])", "print(np.round({a:model}.evaluate(v{s}_X, v{s}_y, verbose=0), 3))",
            "print({a:model}.predict(v{s}_X[:2], verbose=0).round(3).tolist())", "print([l.name for l in {a:model}.layers])", "{a:model}.trainable = False; {a}.compile('adam', 'mse')",
            "{a:optimizer}.learning_rate = 0.00{i}1", "print(float({a:optimizer}.learning_rate), int({a}.iterations))", "{a:variable}.assign_add(tf.ones_like({a})); print({a}.numpy().round(3).tolist())",
            "print({a:tensor}.numpy().round(4).tolist())", "print(tf.random.normal((1,)).numpy().round(4), np.random.rand().__round__(4))", "print([np.array(e[0] if isinstance(e, tuple) else e).sum().round(3) for e in {a:dataset}])",
            "print({a:traced}({b:tensor}).numpy().round(3).tolist())", "{a:list}.append({b:any})", "print({a:function}())", "{a:dict}['n'] = {b:any}", "del {d:any}", "print({a:any} is {b:any})",
            "print({a:list} if all(isinstance(v_, (int, float, str)) for v_ in {a}) else len({a}))", "{a:model}.set_weights([w * 2 for w in {a}.get_weights()])", "print(type({a:any}).__name__)",
            "print({k: np.round(v, 3) for k, v in {a:dict}.items() if k == 'loss'})", "raise ValueError('end')", "undefined_", "keras.utils.set_random_seed({i})", "keras.backend.clear_session()",
            "with tf.GradientTape() as t_:\n    l_ = tf.reduce_sum({a:variable} ** 2)\nprint(t_.gradient(l_, {a}).numpy().round(3).tolist())"),
)  # fmt: skip
"""Statements of notebooks that train."""

PLACE = re.compile(r"\{(\w)(?::([\w|]+))?\}")


def notebook(seed: int, training: bool = False) -> list[str]:
    """The cells of the notebook that `seed` stands for; its names begin with ``v<seed>_``."""
    author = _Author(seed, TRAINING if training else PLAIN)
    opening = [OPENING.format(seed=seed)] if training else []
    return opening + [
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
        chosen["s"] = str(self._seed)
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
                if place not in chosen and place not in ("n", "i", "s") and (names := self._fitting(kinds.split("|"))):
                    chosen[place] = self.chance.choice(names)
            if {place for place, _ in PLACE.findall(step.text)} - {"n", "i", "s"} == chosen.keys():
                return step, chosen

    def _fitting(self, kinds: list[str]) -> list[str]:
        return [
            name
            for name, kind in self.known.items()
            if kind in kinds or ANY in kinds or (kind == "same" and self.chance.random() < 0.2)
        ]
