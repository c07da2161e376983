"""Objects that are known by where they are: constants of modules, compared with `is`.

``dataclasses.MISSING`` or a library's ``_UNSET = object()`` pickle without complaint into another object, and then
nothing is missing or unset any more.
"""

from __future__ import annotations

import sys
from types import ModuleType

from .functions import importable, made_at_runtime


def is_known(kind: type) -> bool:
    """Whether an instance of `kind` may be a constant of a module, which pickle wouldn't notice."""
    plain = kind.__reduce_ex__ is object.__reduce_ex__ and kind.__reduce__ is object.__reduce__
    return plain and not hasattr(kind, "__getnewargs__") and importable(kind)


def goes_by_name(obj: object) -> bool:
    """Whether `obj` is a constant, and has nothing that could be changed."""
    return is_known(type(obj)) and not getattr(obj, "__dict__", None) and constant(obj) is not NotImplemented


def constant(obj: object) -> object:
    """``getattr(module, name)`` for an object that a module has under a name; NotImplemented for any other."""
    kind = type(obj)
    if kind is object:  # which says nothing of where it is from
        module, name = _bare_objects().get(id(obj), (None, ""))
        # The table may be older than the object.
        return (getattr, (module, name)) if module is not None and vars(module).get(name) is obj else NotImplemented
    module = sys.modules.get(kind.__module__)
    if module is not None:
        for name, value in list(vars(module).items()):
            if value is obj:
                return getattr, (module, name)
    return NotImplemented


_table: dict[int, tuple[ModuleType, str]] = {}
_table_of = 0  # modules there were when it was made


def _bare_objects() -> dict[int, tuple[ModuleType, str]]:
    """Module and name of every ``object()`` that a module has, by id; looked for again when there are more modules."""
    global _table, _table_of
    if _table_of != len(sys.modules):
        _table_of = len(sys.modules)
        _table = {
            id(value): (module, name)
            for key, module in list(sys.modules.items())
            if key != "__main__" and isinstance(module, ModuleType) and not made_at_runtime(module)
            for name, value in list(vars(module).items())
            if type(value) is object
        }
    return _table
