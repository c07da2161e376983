"""End to end: classes of the notebook are what they are in one process, and only what is handed over changes.

So are functions, modules made at run time, and what is known by being the very object.
"""

from __future__ import annotations

import contextlib
import io
import textwrap
from typing import Any

import pytest

# Each is a notebook, its cells apart by a line of dashes. What one process prints is what isolated cells print.
NOTEBOOKS = {
    "the order of the body": """
        class Config:
            lr = 0.1
            batch = 32
            act = "relu"
        ---
        Config.act = "tanh"; del Config.lr; Config.lr = 1; Config.new = 2
        ---
        print([k for k in vars(Config) if k[:2] != "__"], list(vars(Config))[:4])
        """,
    "the whole body as one process has it": """
        class A:
            "doc"
            x: int = 1
            def f(self): return 1
            @property
            def p(self): return 2
            @classmethod
            def c(cls): return cls.__name__
        class B(A):
            __slots__ = ("s",)
            y = 1
        ---
        print(list(vars(A)), list(vars(B)), A.__doc__, A().p, A.c(), B.c(), A.__annotations__)
        """,
    "attributes deleted": """
        class A:
            x = 1
            def f(self): pass
        a = A()
        ---
        del A.x; del A.f
        ---
        print(hasattr(A, "x"), hasattr(a, "f"), type(a) is A)
        ---
        A.x = 3; del A.x; A.y = 4
        ---
        print(hasattr(A, "x"), a.y)
        """,
    "qualified names": """
        def make(n):
            class Made:
                number = n
                class Inner: pass
            return Made
        Made, Other = make(1), make(2)
        class Outer:
            class Inner:
                class Most: pass
        ---
        print([c.__qualname__ for c in (Made, Other.Inner, Outer.Inner, Outer.Inner.Most)], Made is Other, Other)
        print(Made.number, Other.number)
        ---
        Outer.__qualname__ = "Elsewhere"; Outer.__name__ = "Also"
        ---
        print(Outer, Outer.Inner)
        """,
    "an attribute changed through an instance": """
        class A:
            n = 0
            log = []
            def count(self):
                type(self).n += 1
                self.log.append(self.n)
        a, b = A(), A()
        ---
        a.count()
        ---
        b.count(); a.count()
        ---
        print(A.n, a.n, b.log, A.log is a.log, type(a) is A is type(b))
        """,
    "counted instances": """
        import itertools
        class Task:
            ids = itertools.count(1)
            made = 0
            def __init__(self):
                self.id = next(Task.ids)
                Task.made += 1
        ---
        first = Task()
        ---
        second = Task(); print(first.id, second.id, Task.made)
        """,
    "subclasses": """
        class Base: pass
        class A(Base): pass
        ---
        class B(Base): pass
        ---
        class C(A): pass
        ---
        print(Base.__subclasses__(), A.__subclasses__(), C.__mro__, B.__base__ is Base)
        """,
    "a factory by subclasses": """
        class Shape:
            @classmethod
            def named(cls, name):
                return next(each for each in cls.__subclasses__() if each.__name__ == name)()
        class Square(Shape):
            def area(self): return side ** 2
        class Circle(Shape):
            def area(self): return 3 * side ** 2
        side = 2
        ---
        print(Shape.named("Circle").area(), Shape.named("Square").area())
        """,
    "a registry by __init_subclass__": """
        class Plugin:
            known = {}
            def __init_subclass__(cls, name="", **kw):
                super().__init_subclass__(**kw)
                Plugin.known[name or cls.__name__] = cls
                print("new", cls.__name__)
        class One(Plugin, name="one"): pass
        ---
        class Two(Plugin): x = 2
        ---
        print(list(Plugin.known), Plugin.known["one"] is One, Plugin.known["Two"] is Two, Two.x)
        """,
    "a registry by a metaclass": """
        class Meta(type):
            registry = []
            def __new__(meta, name, bases, body, **kw):
                cls = super().__new__(meta, name, bases, body)
                meta.registry.append(cls)
                return cls
            def __call__(cls, *args):
                cls.made = getattr(cls, "made", 0) + 1
                return super().__call__(*args)
        class A(metaclass=Meta): pass
        ---
        class B(A): pass
        b = B()
        ---
        print(Meta.registry, Meta.registry[0] is A, type(b) is B is Meta.registry[1], B.made, hasattr(A, "made"))
        """,
    "a registry of weak references": """
        import weakref
        class T:
            all = weakref.WeakSet()
            by_name = weakref.WeakValueDictionary()
            def __init__(self, name):
                self.name = name
                self.all.add(self)
                self.by_name[name] = self
        a = T("a")
        ---
        b = T("b")
        ---
        print(len(T.all), sorted(T.by_name), T.by_name["a"] is a, b in T.all)
        ---
        c = T("c")
        ---
        print(sorted(T.by_name), len(T.all), [t is T.by_name[t.name] for t in (a, b, c)])
        """,
    "a singleton and a borg": """
        class Single:
            _it = None
            def __new__(cls):
                if cls._it is None: cls._it = super().__new__(cls)
                return cls._it
        class Borg:
            _shared = {}
            def __init__(self): self.__dict__ = self._shared
        ---
        s, b = Single(), Borg(); b.x = 1
        ---
        t, c = Single(), Borg(); c.x += 1; t.y = 5
        ---
        print(s is t is Single._it, b.x, c.x, s.y, b.__dict__ is c.__dict__ is Borg._shared)
        """,
    "enums": """
        import enum
        class Color(enum.Enum):
            RED = 1
            CRIMSON = 1
            BLUE = "b"
            def __init__(self, code): self.uses = 0
            def use(self): self.uses += 1; return self
        class Perm(enum.Flag):
            R = enum.auto(); W = enum.auto(); X = enum.auto()
            RW = R | W
        class Level(enum.IntEnum):
            LOW = 1; HIGH = enum.auto()
        class Word(str, enum.Enum):
            A = "a"
        red, rw = Color.RED, Perm.R | Perm.W
        ---
        red.use(); Color.RED.use(); Color.extra = 5
        ---
        print(Color.RED.uses, red is Color.RED is Color(1) is Color.CRIMSON, list(Color), Color.extra)
        print(rw is Perm.RW, rw, Perm.X in ~rw, Level.HIGH > Level.LOW, Word.A == "a", Word("a") is Word.A)
        print([n for n in vars(Color) if n[0] != "_"], Color.__members__.keys(), Color.__qualname__)
        ---
        del Color.extra
        ---
        print(hasattr(Color, "extra"), list(Perm), Perm(3) is rw)
        """,
    "dataclasses, named tuples and typed dicts": """
        import dataclasses, typing, collections
        @dataclasses.dataclass(order=True)
        class P:
            x: int
            y: list = dataclasses.field(default_factory=list)
            made: typing.ClassVar[int] = 0
            def __post_init__(self): type(self).made += 1
        @dataclasses.dataclass(frozen=True, slots=True)
        class F:
            a: int = 1
        class N(typing.NamedTuple):
            a: int
            b: str = "b"
        M = collections.namedtuple("M", "p q", defaults=[2])
        class D(typing.TypedDict, total=False):
            k: int
        p, f, n, m = P(1), F(), N(1), M(1)
        ---
        q = P(2, p.y); q.y.append(1); N.extra = 1
        ---
        print(p, q, P.made, p < q, p.y is q.y, dataclasses.asdict(p), [x.name for x in dataclasses.fields(P)])
        print(f, hash(f) == hash(F()), n, n._replace(b="c"), N.extra, m, M._field_defaults, D.__annotations__, D.__total__)
        print(dataclasses.replace(f, a=2), isinstance(p, P), type(n) is N, type(m) is M)
        """,
    "protocols, abstract classes and their registries": """
        import abc, typing
        class Base(abc.ABC):
            @abc.abstractmethod
            def go(self): ...
        class Impl(Base):
            def go(self): return 1
        @typing.runtime_checkable
        class Goes(typing.Protocol):
            def go(self) -> int: ...
        class Virtual: pass
        ---
        Base.register(Virtual)
        ---
        class Sub(Virtual): pass
        print(issubclass(Sub, Base), isinstance(Impl(), Goes), isinstance(Virtual(), Goes), Base.__abstractmethods__)
        try: Base()
        except TypeError as e: print(e)
        ---
        Base.go = lambda self: 2; abc.update_abstractmethods(Base)
        ---
        print(Base().go(), Impl().go(), issubclass(Sub, Base))
        """,
    "a class registered with a subclass of an abstract one": """
        import abc
        class Base(abc.ABC): pass
        class Below(Base): pass
        ---
        Below.register(int)
        ---
        print(isinstance(3, Base), issubclass(int, Below))
        """,
    "generics": """
        import typing
        T = typing.TypeVar("T")
        class Box(typing.Generic[T]):
            items: list[T] = []
            def put(self, x: T): self.items.append(x); return self
        class IntBox(Box[int]): pass
        ---
        IntBox().put(1)
        ---
        print(Box.items, Box[str].__origin__ is Box, IntBox.__orig_bases__, Box.__parameters__ == (T,), IntBox.__mro__)
        """,
    "slots and descriptors": """
        class Typed:
            seen = []
            def __set_name__(self, owner, name): self.name = name; self.seen.append((owner.__name__, name))
            def __get__(self, obj, owner): return self if obj is None else obj._values[self.name]
            def __set__(self, obj, value): obj._values[self.name] = value
        class S:
            __slots__ = ("_values", "__weakref__")
            x = Typed()
            def __init__(self): self._values = {}
        s = S()
        ---
        s.x = 4
        class S2(S):
            __slots__ = ()
            y = Typed()
        ---
        print(s.x, S.x.name, Typed.seen, S.x.seen is Typed.seen, S2.y.name, hasattr(s, "__dict__"))
        """,
    "a dispatching function": """
        import functools
        @functools.singledispatch
        def show(x): return "any"
        class A: pass
        class B(A): pass
        @show.register
        def _(x: A): return "A"
        class Net:
            @functools.singledispatchmethod
            def go(self, x): return "any"
            @go.register
            def _(self, x: int): return "int"
        net = Net()
        ---
        show.register(B, lambda x: "B")
        Net.__dict__["go"].register(str, lambda self, x: "str")
        ---
        print(show(A()), show(B()), show(1), sorted(c.__name__ for c in show.registry), net.go(1), net.go("s"), net.go(()))
        """,
    "methods that are put on later": """
        class A:
            def f(self): return 1
        a, kept = A(), A.f
        ---
        def g(self): return 2
        A.g = g; A.h = lambda self: self.f() + self.g()
        ---
        print(a.h(), A.g is g, A.f is kept)
        ---
        A.f = g
        ---
        print(a.h(), A.f is A.g is g, kept(a))
        """,
    "bases exchanged": """
        class One:
            def who(self): return 1
        class Two:
            def who(self): return 2
        class A(One): pass
        a = A()
        ---
        A.__bases__ = (Two,)
        ---
        print(a.who(), A.__mro__, One.__subclasses__(), Two.__subclasses__())
        """,
    "another class of the same name": """
        class A: v = 1
        a = A()
        ---
        class A: v = 2
        b = A()
        ---
        type(a).v = 10; print(a.v, b.v, isinstance(a, A), isinstance(b, A), type(a) is type(b))
        ---
        a.__class__ = A
        ---
        print(a.v, type(a) is A)
        """,
    "as far as it came": """
        class A:
            n, gone = 0, 1
        ---
        A.n = 1; del A.gone
        class B(A): pass
        1 / 0
        A.n = 2
        ---
        print(A.n, hasattr(A, "gone"), B.n, issubclass(B, A))
        """,
    "keys by a hash that is new": """
        class K:
            def __init__(self, k): self.k = k
        k = K(1)
        ---
        K.__hash__ = lambda self: hash(self.k); K.__eq__ = lambda self, other: self.k == other.k
        d = {K(1): "one"}
        ---
        print(d[k], d[K(1)], len({k, K(1)}))
        """,
    "pickled by a method that is new": """
        class V:
            def __init__(self, v): self.v = v
        v = V(1)
        ---
        V.make = classmethod(lambda cls, v: cls(v))
        V.__reduce__ = lambda self: (V.make, (self.v,))
        w = V(2)
        ---
        print(w.v, type(w) is V, v.v)
        """,
    "a decorated class and a decorator that counts": """
        def counted(f):
            n = 0
            def wrapper(self):
                nonlocal n
                n += 1
                return n
            return wrapper
        known = {}
        def register(cls):
            known[cls.__name__] = cls
            return cls
        @register
        class A:
            @counted
            def f(self): pass
        a = A()
        ---
        a.f(); A().f()
        @register
        class B(A): pass
        ---
        print(a.f(), B().f(), known, known["A"] is A, known["B"] is B)
        """,
    "exceptions of the notebook": """
        class Failed(Exception):
            count = 0
            def __init__(self, *args):
                super().__init__(*args)
                type(self).count += 1
        class Worse(Failed): pass
        ---
        raise Worse("no")
        ---
        try: raise Failed("again")
        except Failed as e: print(Failed.count, Worse.count, e.args)
        ---
        print(Failed.count, Worse.count, Worse.__mro__[1] is Failed)
        """,
    "what a function has cached": """
        import functools
        @functools.lru_cache(maxsize=2, typed=True)
        def load(n, *more, scale=1):
            print("loading", n)
            return [n * scale]
        class Net:
            def __init__(self, k): self.k = k
            def __hash__(self): return hash(self.k)
            def __eq__(self, other): return self.k == other.k
            @functools.cache
            def dim(self, x): print("dim", x); return (self.k, x)
        net, first = Net(3), load(1)
        ---
        second = load(1); load(1.0); load(2, scale=3); net.dim(1)
        try: load([])
        except TypeError: pass
        ---
        print(load(2, scale=3), load(1.0), load.cache_info(), second is load(1), Net(3).dim(1), Net.dim.cache_info())
        ---
        load(1.0); load.cache_clear()
        ---
        print(load.cache_info(), load.__wrapped__.__name__, load(2))
        """,
    "caches of what can't be carried": """
        import functools, math
        @functools.cache
        def numbers(n): return (i for i in range(n))
        k = 1
        ---
        print(next(numbers(3)))
        """,
    "not a number": """
        import math, numpy as np
        mine = float("nan")
        xs, d, minus = [np.nan, 1.0, math.nan, mine, mine], {mine: 1}, -mine
        table = np.array(["a", np.nan], dtype=object)
        ---
        print(np.nan in xs, math.nan in xs, xs[3] is xs[4] is mine, mine in d, table[1] is np.nan, xs[0] is xs[2])
        print(math.copysign(1, minus), math.copysign(1, mine), xs)
        ---
        xs = [xs[0] if x is np.nan else x for x in xs]; ys = {"loss": [np.nan]}
        ---
        print(np.nan in xs, xs[0] is np.nan, ys["loss"][0] is np.nan)
        """,
    "a module made at run time": """
        import types, sys
        m = types.ModuleType("made_here"); m.v, m.gone = 0, 1; sys.modules["made_here"] = m
        exec("def f(): return v\\nclass C: n = 0", m.__dict__)
        ---
        m.v = 5; del m.gone; m.C.n = 1
        ---
        import made_here
        print(made_here is m, m.v, hasattr(m, "gone"), m.f(), m.C.n)
        """,
}


def printed(source: str, namespace: dict[str, Any]) -> str:
    """What one process prints of a cell, and the name of what it raises."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, "<cell>", "exec", dont_inherit=True), namespace)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the reference)
            print(type(error).__name__)
    return out.getvalue()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_undeclared_cells_leave_classes_as_one_process_does(kernel, name):
    """Each cell runs in a process of its own, and prints what it prints where all run in one."""
    namespace = {"__name__": "__main__"}
    assert kernel.run("%reset -f").ok
    for cell in textwrap.dedent(NOTEBOOKS[name]).strip().split("\n---\n"):
        reply = kernel.run(f"%%isolated --auto\n{cell}")
        told = reply.text() + ("" if reply.ok else f"{reply.content['ename']}\n")
        assert told == printed(cell, namespace), reply.content.get("evalue")


DECLARED = """
class A:
    n, gone = 0, 1
    class Inner: deep = 0
class Color(enum.Enum):
    RED = 1
a, m = A(), types.ModuleType("made_here")
m.v = 0
sys.modules["made_here"] = m
kept = A.Inner
"""
FACTS = (
    "A.n, hasattr(A, 'gone'), A.Inner.deep, hasattr(Color, 'extra'), m.v, sys.modules['made_here'] is m, type(a) is A"
)
CHANGES = "A.n = 4; del A.gone; A.Inner.deep = 5; Color.extra = 1; m.v = 5\n"


@pytest.fixture
def declared(kernel):
    """A notebook with a class, an enum and a module; how they are, before and after a cell."""
    assert kernel.run(f"%reset -f\nimport enum, sys, types\n{DECLARED}").ok
    yield kernel
    kernel.run("del sys.modules['made_here']")


UNTOUCHED = "(0, True, 0, False, 0, True, True)"


@pytest.mark.parametrize(
    ("line", "end", "error"),
    [
        ("-i A,Color,m -o B,q", "class B(A): pass\nq = [m, Color]", ""),
        ("-i A,Color,m -o f", "def f(x=A, y=m): return Color", ""),
        ("-i A,Color,m -o q", "q = {'class': A, 'module': m, 'member': Color.RED, 'of': A()}", ""),
        ("-i A,Color,m -o A,Color,m", "1 / 0", "ZeroDivisionError"),
        ("-i A,Color,m -o A,Color,m,q", "q = (each for each in [1])", "UnpackableOutput"),
        ("-i A,Color,m -o A,Color,m,q", "q = A() if False else q if 0 else None\ndel q", "UnboundOutput"),
        ("-i A,Color,m -o A,Color,m --timeout 1s", "import time; time.sleep(60)", "LimitExceeded"),
        ("-i A,Color,m -o A,Color,m", "import os; os.kill(os.getpid(), 9)", "WorkerDied"),
        ("-i A,Color,m", "A", ""),
        ("-i A,Color,m -o B", "B = A", ""),
        ("-i A,Color,m,a -o a", "a.x = 1", ""),
    ],
)
def test_what_is_not_handed_over_is_as_it_was(declared, line, end, error):
    """Whatever becomes of the cell, and whatever of its results leads to it."""
    reply = declared.run(f"%%isolated {line}\n{CHANGES}{end}")
    assert reply.content.get("ename", "") == error, reply.error
    assert declared.run(FACTS).result == UNTOUCHED


def test_what_is_handed_over_is_changed_in_place(declared):
    """A class with those in its body, and an enum, are what they were; a module takes the place of the one before."""
    assert declared.run(f"%%isolated -i A,Color,m,a -o A,Color,m\n{CHANGES}").ok
    assert declared.run(FACTS).result == "(4, False, 5, True, 5, True, True)"
    assert declared.run("kept is A.Inner, a.n, Color.RED is Color(1)").result == "(True, 4, True)"


def test_what_is_kept_of_a_failed_cell_changes_a_class_when_it_is_taken(declared):
    """And not before; an instance that is taken is one of the class as it is."""
    reply = declared.run(f"%%isolated -i A,Color,m -o A,b,m\n{CHANGES}b = A(); b.x = 1\n1 / 0")
    assert reply.error == "ZeroDivisionError: division by zero"
    assert declared.run(f"%keep b\nb.n, b.x, type(b) is A, {FACTS}").result == f"(0, 1, True, {UNTOUCHED[1:]}"
    assert declared.run(f"%keep A,m\n{FACTS}").result == "(4, False, 5, False, 5, True, True)"


def test_published_values_change_a_class_when_they_are_taken(declared):
    """What a cell that died had made sure of."""
    source = f"{CHANGES}import isokernel, os\nisokernel.publish(A=A, b=A())\nos.kill(os.getpid(), 9)"
    assert declared.run(f"%%isolated -i A,Color,m\n{source}").error.startswith("WorkerDied")
    assert declared.run(FACTS).result == UNTOUCHED
    assert declared.run(f"%keep b\ntype(b) is A, {FACTS}").result == f"(True, {UNTOUCHED[1:]}"
    assert declared.run(f"%keep A\n{FACTS}").result == "(4, False, 5, False, 0, True, True)"


def test_a_declared_cell_is_given_no_results_of_calls(kernel):
    """They were computed with the notebook's names, which are not the cell's."""
    source = "import functools\nrate = 1\n@functools.cache\ndef f(x): return x * rate\nf(2)"
    assert kernel.run(source).ok
    assert kernel.run("%%isolated -i f -i rate=10\nprint(f(2), f.cache_info().misses)").text() == "20 1\n"
    assert kernel.run("f.cache_info().currsize").result == "1"


def test_an_undeclared_cell_that_is_stopped_has_changed_what_it_changed(declared):
    """As an interrupted cell has in one process."""
    reply = declared.run(f"%%isolated --auto --timeout 1s\n{CHANGES}import time; time.sleep(60)")
    assert reply.content["ename"] == "LimitExceeded"
    assert declared.run(FACTS).result == "(4, False, 5, True, 5, True, True)"
