"""Imports are not state: what the worker can import, by the same name and with the same result, isn't carried.

That is a module, or an object that its module has under its qualified name, and which is that very object. What the
notebook defined, and modules made at run time, are values.
"""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Import:
    """A module, or what `qualname` names in it."""

    module: str
    qualname: str | None = None


def importable(name: str, value: object) -> Import | None:
    """How another process gets `value` by importing, or None if it can't.

    Parameters
    ----------
    name : str
        What the notebook calls it: a hint where the value doesn't know its own place, as ``numpy.random.randn`` and
        ``tensorflow.keras`` don't.
    value : object
        Anything; only modules, functions and classes are importable.
    """
    if isinstance(value, types.ModuleType):
        known = _text(value, "__name__")
        if known and sys.modules.get(known) is value:
            return Import(known) if _has_origin(value) else None
        return _search(name, value)
    module, qualname = _text(value, "__module__"), _text(value, "__qualname__") or _text(value, "__name__")
    if qualname is None or not callable(value) and not isinstance(value, types.GenericAlias):
        return None
    if module == "__main__":
        return None
    home = sys.modules.get(module) if module else None
    if home is not None and _has_origin(home) and _reach(home, qualname) is value:
        return Import(module, qualname)
    return _search(name, value)


def _has_origin(module: types.ModuleType) -> bool:
    """Whether another process could import it: it came from a file, an archive, an extension or the interpreter."""
    return module.__name__ != "__main__" and getattr(module, "__spec__", None) is not None


def _reach(home: object, qualname: str) -> object:
    try:
        for part in qualname.split("."):
            home = getattr(home, part)
    except Exception:  # any: a lazy module imports what it likes
        return None
    return home


def _search(name: str, value: object) -> Import | None:
    """The shortest module that has `value` under `name`; one look into each, 0.3 ms for 3,000."""
    homes = [
        key
        for key, module in list(sys.modules.items())
        if isinstance(module, types.ModuleType) and vars(module).get(name) is value and _has_origin(module)
    ]
    return Import(min(homes, key=lambda key: (key.count("."), len(key), key)), name) if homes else None


def _text(value: object, attribute: str) -> str | None:
    try:
        text = getattr(value, attribute, None)
    except Exception:  # any: it is a stranger's __getattr__
        return None
    return text if type(text) is str else None
