"""Imports are not state: what the worker can import, by the same name and with the same result, isn't carried.

That is a module, or an object that its module has under its qualified name, and which is that very object. What the
notebook defined, and modules made at run time, are values.
"""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from importlib import import_module

IMPORT = "__isokernel_import__"
"""Attribute of a type whose instances stand for something that is imported elsewhere: an :class:`Import`."""

OURS = f"{__name__.partition('.')[0]}."  # what our modules import for themselves is nobody's name for it


@dataclass(frozen=True, slots=True)
class Import:
    """A module, or what `qualname` names in it."""

    module: str
    qualname: str | None = None


ABSENT = object()
"""Where an original is expected: there was none."""


class _Originals:
    """What modules had under a name before the notebook set something else there."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[object, str, str]] = {}  # by id
        self._by_name: dict[tuple[str, str], object] = {}

    def note(self, module: str, path: str, value: object) -> None:
        """Remember what is under a name, in case that it is replaced."""
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if callable(value):
            self.known[id(value)] = value, module, path
            self._by_name[module, path] = value

    def of(self, value: object) -> tuple[str, str] | None:
        """Module and qualified name of `value`, if something else is there now."""
        found = self.known.get(id(value))
        if found is None or found[0] is not value or _reach(sys.modules.get(found[1]), found[2]) is value:
            return None
        return found[1:]

    def get(self, module: str, path: str) -> object:
        """What was under a name."""
        return self._by_name.get((module, path), ABSENT)


originals = _Originals()


def original(module: str, path: str) -> object:
    """What a module had under a name before the notebook set something else there."""
    found = originals.get(module, path)
    if found is not ABSENT:
        return found
    found = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


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
    if hasattr(type(value), IMPORT):
        return value.__isokernel_import__
    if isinstance(value, types.ModuleType):
        return _module(name, value)
    replaced = originals.of(value)
    if replaced is not None:
        return Import(*replaced)
    module, qualname = _text(value, "__module__"), _text(value, "__qualname__") or _text(value, "__name__")
    if qualname is None or module == "__main__" or not (callable(value) or isinstance(value, types.GenericAlias)):
        return None
    home = sys.modules.get(module) if module else None
    if home is not None and _has_origin(home) and _reach(home, qualname) is value:
        return Import(module, qualname)
    return _search(name, value)


def _module(name: str, value: types.ModuleType) -> Import | None:
    known = _names(value).get("__name__")
    if sys.modules.get(known) is value:
        return Import(known) if _has_origin(value) else None
    if type(value) is types.ModuleType:
        return _search(name, value)
    # A lazy one, as tensorflow.keras is: it has no name of its own before it is used, and later it has the name of
    # the module it stands for. If not even its parent knows it any more, it must be asked, and loads itself.
    if known is None:
        found = _search(name, value)
        if found is not None:
            return found
        known = _text(value, "__name__")
    return Import(known) if known in sys.modules else None


def _has_origin(module: types.ModuleType) -> bool:
    """Whether another process could import it: it came from a file, an archive, an extension or the interpreter."""
    known = _names(module)
    name = known.get("__name__")
    if name in ("__main__", "__mp_main__"):
        return False
    return bool(known.get("__spec__") or known.get("__file__")) or name in sys.builtin_module_names


def _reach(home: object, qualname: str) -> object:
    try:
        for part in qualname.split("."):
            home = getattr(home, part)
    except Exception:  # noqa: BLE001 - a lazy module imports what it likes
        return None
    return home


def _search(name: str, value: object) -> Import | None:
    """The shortest module that has `value` under `name`, but for our own; one look into each, 0.3 ms for 3,000."""
    homes = [key for key, module in _modules() if _names(module).get(name) is value and _has_origin(module)]
    homes = [key for key in homes if not key.startswith(OURS)]
    return Import(min(homes, key=lambda key: (key.count("."), len(key), key)), name) if homes else None


def _modules() -> list[tuple[str, types.ModuleType]]:
    return [(key, module) for key, module in list(sys.modules.items()) if isinstance(module, types.ModuleType)]


def _names(module: types.ModuleType) -> dict[str, object]:
    """What a module has, without asking a lazy one to load itself."""
    return object.__getattribute__(module, "__dict__")


def _text(value: object, attribute: str) -> str | None:
    try:
        text = getattr(value, attribute, None)
    except Exception:  # noqa: BLE001 - it is a stranger's __getattr__
        return None
    return text if type(text) is str else None
