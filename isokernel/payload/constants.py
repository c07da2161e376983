"""Objects that are known by where they are: constants of modules, compared with `is`.

``dataclasses.MISSING`` or a library's ``_UNSET = object()`` pickle without complaint into another object, and then
nothing is missing or unset any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

from .functions import made_at_runtime


def constant(obj: object) -> object:
    """``getattr(module, name)`` for an object that a module has under a name; NotImplemented for any other."""
    for module in _candidates(type(obj)):
        for name, value in list(vars(module).items()):
            if value is obj:
                return getattr, (module, name)
    return NotImplemented


def _candidates(kind: type) -> Iterator[ModuleType]:
    """The module of the type; any module for a bare object(), which says nothing of where it is from."""
    if kind is not object:
        module = sys.modules.get(kind.__module__)
        if module is not None:
            yield module
        return
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and name != "__main__" and not made_at_runtime(module):
            yield module
