"""What the functions named in a stream find while it is opened: the receiver's namespace, the parcels inside, and what
may be done to objects that were here before.

A stream can say "the namespace" and "the value under that name in the second parcel inside this one"; what these are
is only known to the process that opens it. They are kept for the thread that opens, so parcels may be opened by
several threads, and from inside each other.

Most of what a stream opens is new. Some of it was here before: a class or an enum of the notebook, which is one object
in all processes that it passes through, a module made at run time, an entry in a library's table. What a stream says of
these *lands*: at once in a worker whose cell has not begun, and holds nothing of its own, and where a notebook is to be
as an undeclared cell left it; after the decision in a notebook that opens results of a declared cell
(:class:`Landings`).
"""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module

Land = Callable[[], None]


class Landings:
    """What opened streams would do to objects that were here before them, until it is decided."""

    def __init__(self) -> None:
        self._waiting: list[tuple[object, Land]] = []

    def add(self, target: object, land: Land) -> None:
        """Keep `land` for when `target` is committed; with None as target, for when anything is."""
        self._waiting.append((target, land))

    def commit(self, values: Iterable[object]) -> None:
        """Have land what concerns these values themselves, classes in the body of a class among them included.

        What they only lead to (the base of a class, what a list holds) is left as it is: it isn't handed over.
        """
        chosen = {id(part) for value in values for part in _itself(value)}
        waiting, self._waiting = self._waiting, []
        for target, land in waiting:
            if target is None or id(target) in chosen:
                land()
            else:
                self._waiting.append((target, land))


def _itself(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, type):
        for name, part in list(vars(value).items()):
            if isinstance(part, type) and part.__qualname__ == f"{value.__qualname__}.{name}":
                yield from _itself(part)


@dataclass(frozen=True, slots=True)
class Opening:
    """One stream being opened: where its functions will live, and how to have a value of a parcel inside it."""

    namespace: dict
    inner: Callable[[int, str], object]
    adopt: bool  # bind what functions read and the namespace lacks
    renew: bool  # what is here becomes what it was where the stream was packed
    outermost: bool  # no parcel inside another one, which may be older than what it is in
    landings: Landings | None  # None: at once
    known: set[int] = field(default_factory=set)  # ids of what it refers to and this process had before
    nans: dict[str, float] = field(default_factory=dict)  # those that are no module's, by their number
    later: list[Land] = field(default_factory=list)  # done when all of it is opened


class _Stack(threading.local):
    def __init__(self) -> None:
        self.openings: list[Opening] = []


stack = _Stack()
_stamps: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()


def namespace() -> dict:
    """The namespace of the process that opens the stream."""
    return stack.openings[-1].namespace


def adopting() -> bool:
    """Whether what functions bring beside them is bound in the namespace."""
    return stack.openings[-1].adopt


def staging() -> bool:
    """Whether what lands waits for a decision."""
    return stack.openings[-1].landings is not None


def recognise(obj: object) -> object:
    """`obj`, which the stream refers to and this process has already."""
    stack.openings[-1].known.add(id(obj))
    return obj


def recognised(obj: object) -> bool:
    """Whether `obj` was here before the stream that is being opened."""
    return id(obj) in stack.openings[-1].known


def land(target: object, *, stamp: int, named: bool, replace: Land, change: Land) -> None:
    """Have happen to `target`, which was here before, what the stream says of it.

    Parameters
    ----------
    target : object
    stamp : int
        When it was packed; a worker may be given several states of one object, of which the latest is the notebook's.
    named : bool
        Whether it crossed as itself, and didn't only come along with an instance: then this process' own is better.
    replace : callable
        Makes of it what it was where it was packed.
    change : callable
        Does to it what was done to it there; the rest of it is as it is.
    """
    opening = stack.openings[-1]
    if opening.renew:
        if stamp > _stamps.get(target, -1) and (named or opening.outermost):
            _stamps[target] = stamp
            replace()
    elif opening.landings is not None:
        opening.landings.add(target, change)
    elif named and not opening.adopt:
        change()


def stamped(target: object, stamp: int) -> None:
    """Remember when `target`, which is new here, was packed."""
    _stamps[target] = stamp


def enter(make: Land) -> None:
    """Make an entry in a table of this process, as soon as entries are made."""
    landings = stack.openings[-1].landings
    if landings is None:
        make()
    else:
        landings.add(None, make)


def afterwards(finish: Land) -> None:
    """Have `finish` called when all of the stream is opened."""
    stack.openings[-1].later.append(finish)


def referred(index: int, name: str) -> object:
    """The value `name` of a parcel inside the one being opened; a NaN, where the index is none of a parcel."""
    opening = stack.openings[-1]
    if index != NAN:
        return opening.inner(index, name)
    if name.lstrip("-").isdigit():
        return opening.nans.setdefault(name, math.copysign(float("nan"), -1 if name[0] == "-" else 1))
    return import_module(name).nan


NAN = -1


class Namespace:
    """Stands in a stream for the namespace of whoever opens it."""

    __slots__ = ()

    def __reduce__(self):
        return namespace, ()


NAMESPACE = Namespace()
