"""Classes by the names that Keras has for them.

Those registered with ``keras.saving.register_keras_serializable`` stay registered, functions too.
The registration is a table of the process, not part of the class; without it a receiver could use a carried class but
not load what it saves. A class that can be imported registers itself when it is.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

from keras.src.saving import object_registration
from keras.src.trainers.compile_utils import CompileLoss

PRIVATE = (
    ("keras.src.trainers.compile_utils", "CompileLoss.Loss"),
    ("keras.src.saving.object_registration", "GLOBAL_CUSTOM_NAMES"),
    ("keras.src.saving.object_registration", "GLOBAL_CUSTOM_OBJECTS"),
)

_passing: list[object] = []


def register(register_reducer: Callable) -> None:
    """Have classes and functions looked at on their way."""
    register_reducer(type, reduce_registered)
    register_reducer(types.FunctionType, reduce_registered)


def reduce_registered(obj: type | types.FunctionType) -> object:
    """A registered class or function: itself, then its name in the table.

    The object is asked for twice, the second time from inside the first; then it is left to what carries any class,
    which puts it into the pickler's memo, where the first finds it.
    """
    if obj is CompileLoss.Loss:  # a namedtuple that says it is compile_utils.Loss, where nothing is
        return "CompileLoss.Loss"
    if not object_registration.GLOBAL_CUSTOM_NAMES or type(obj).__hash__ is None:
        return NotImplemented
    name = object_registration.GLOBAL_CUSTOM_NAMES.get(obj)
    if name is None or _importable(obj):
        return NotImplemented
    if _passing and _passing[-1] is obj:
        _passing.pop()
        return NotImplemented
    _passing[:] = [obj]
    return enter, (obj, name)


def enter(obj: object, name: str) -> object:
    """Register `obj` here under the full name it had, in place of what had the name."""
    replaced = object_registration.GLOBAL_CUSTOM_OBJECTS.get(name)
    if replaced is not None and replaced is not obj:
        object_registration.GLOBAL_CUSTOM_NAMES.pop(replaced, None)
    object_registration.GLOBAL_CUSTOM_OBJECTS[name] = obj
    object_registration.GLOBAL_CUSTOM_NAMES[obj] = name
    return obj


def _importable(obj: type | types.FunctionType) -> bool:
    found = sys.modules.get(obj.__module__) if obj.__module__ != "__main__" else None
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj
