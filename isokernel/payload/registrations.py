"""What libraries know of an object beside the object itself, in tables of the process.

``keras.saving.register_keras_serializable`` or ``tf.experimental.dispatch_for_api`` leave a class or a function as it
is, and write it into a table; a receiver that had the object without the entry would do something else with it. So each
library that keeps such tables says here what it has of an object, and the entry travels with the object.

What can be imported makes its entries itself when it is; nobody is asked about that.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial

from .functions import importable
from .opening import enter

Entry = tuple[Callable, tuple]
"""A function that makes the entry over there, called with the object and these arguments."""

_tables: list[Callable[[object], list[Entry]]] = []


def register_table(find: Callable[[object], list[Entry]]) -> None:
    """Have `find(obj)` asked for the entries of a class or function of the notebook."""
    _tables.append(find)


def register(register_reducer: Callable) -> None:
    """Have classes and functions looked at on their way."""
    reduce = carrying(lambda obj: [] if importable(obj) else [entry for find in _tables for entry in find(obj)])
    register_reducer(type, reduce)
    register_reducer(types.FunctionType, reduce)


def carrying(find: Callable[[object], list[Entry]]) -> Callable[[object], object]:
    """A reducer that carries an object as it would be carried without it, and then makes the entries found.

    It is asked for the object twice, the second time from inside the first; then the object is left to what carries it
    otherwise, which puts it into the pickler's memo, where the first finds it.
    """
    passing: list[object] = []

    def reduce(obj: object) -> object:
        if passing and passing[-1] is obj:
            passing.pop()
            return NotImplemented
        entries = find(obj)
        if not entries:
            return NotImplemented
        passing[:] = [obj]
        return arrive, (obj, entries)

    return reduce


def arrive(obj: object, entries: list[Entry]) -> object:
    """Make the entries of `obj` here."""
    for make, arguments in entries:
        enter(partial(make, obj, *arguments))
    return obj
