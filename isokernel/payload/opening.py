"""What the functions named in a stream find while it is opened: the receiver's namespace, and the parcels inside.

A stream can say "the namespace" and "the value under that name in the second parcel inside this one"; what these are
is only known to the process that opens it. They are kept for the thread that opens, so parcels may be opened by
several threads, and from inside each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opening:
    """One stream being opened: where its functions will live, and how to have a value of a parcel inside it."""

    namespace: dict
    inner: Callable[[int, str], object]
    classes: set[type]  # that this process had before
    adopt: bool  # bind what functions read and the namespace lacks


class _Stack(threading.local):
    def __init__(self) -> None:
        self.openings: list[Opening] = []


stack = _Stack()


def namespace() -> dict:
    """The namespace of the process that opens the stream."""
    return stack.openings[-1].namespace


def adopting() -> bool:
    """Whether what functions bring beside them is bound in the namespace."""
    return stack.openings[-1].adopt


def recognise(cls: type) -> type:
    """`cls`, which the stream refers to and this process has already."""
    stack.openings[-1].classes.add(cls)
    return cls


def recognised(cls: type) -> bool:
    """Whether `cls` was here before the stream that is being opened."""
    return cls in stack.openings[-1].classes


def inner(index: int, name: str) -> object:
    """The value `name` of a parcel inside the one being opened."""
    return stack.openings[-1].inner(index, name)


class Namespace:
    """Stands in a stream for the namespace of whoever opens it."""

    __slots__ = ()

    def __reduce__(self):
        return namespace, ()


NAMESPACE = Namespace()
