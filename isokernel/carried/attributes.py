"""What the notebook sets on modules and classes that it didn't define: ``np.load = …``, ``config.RATE = 0.5``.

Two ways to see it. Of what is installed, and of Python's own: the attributes that a cell's text stores into
(`cell.stores`), compared with what they were before. Of the user's own modules, which their own functions change, too:
all that isn't as it was when the module had been imported.

Each attribute goes by a key, ``module:qualified.name``, and travels as a value beside the notebook's names, so that it
stays one object with what shares it.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from itertools import takewhile
from typing import Any

from ..installed import roots
from ..payload import ATOMS, importable
from ..payload.changes import imprint
from ..payload.importing import ABSENT, IMPORT, originals
from .later import then_executed

ANY = "*"
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_CONTAINERS = (dict, list, set)
_UNKNOWN = object()
OTHERWISE = frozenset(
    "sys:path sys:argv sys:modules sys:meta_path sys:path_hooks sys:path_importer_cache sys:stdin sys:displayhook "
    "sys:excepthook sys:ps1 sys:ps2 sys:last_type sys:last_value sys:last_traceback sys:last_exc os:environ "
    "warnings:filters builtins:input getpass:getpass".split()  # these two ipykernel sets for each cell
)
"""Attributes that are carried in another way, or are the process's own."""
ALWAYS = (
    ("sys", "unraisablehook"), ("threading", "excepthook"),
    ("warnings", "showwarning"), ("warnings", "formatwarning"),
)  # fmt: skip
"""Hooks that functions of libraries set, too."""


class Absent:
    """Stands for an attribute that was deleted."""


class Attributes:
    """What one process knows of attributes that aren't as they were.

    Parameters
    ----------
    everything : bool
        Modules of the user's may be there already.
    """

    def __init__(self, everything: bool) -> None:
        self._targets: dict[str, None] = {}
        self._whole: dict[str, dict[str, Any]] = {}  # owners of which it isn't told what is stored: as they were
        self._before: dict[str, Any] = {}  # by key, as it was
        self._printed: dict[str, Any] = {}  # what is in a container, as it was
        self._fresh: dict[str, dict[str, tuple[Any, Any]]] = {}  # of the user's modules, as they were imported
        self._last = "" if everything else next(reversed(sys.modules))  # of the modules that were looked at
        self._finder = _Finder(self._imported)
        self.arrived: Callable[[types.ModuleType], None] = lambda module: None

    def note(self, targets: Iterable[str], imports: Mapping[str, str], namespace: dict[str, Any]) -> None:
        """A cell that is about to run stores into these, as far as they are there: remember what they are."""
        for module, name in ALWAYS:  # now, because a kernel sets its own when it starts
            self._remember(f"{module}:{name}", sys.modules[module], name)
        for target in targets:
            self._targets[target] = None
            self._resolve(target, namespace, imports)

    @property
    def targets(self) -> list[str]:
        """All that were noted."""
        return list(self._targets)

    def take(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """By key, what isn't as it was; :class:`Absent` for what is gone."""
        for target in self._targets:
            self._resolve(target, namespace, {}, known=False)
        found = {}
        for key, before in self._before.items():
            module, _, path = key.partition(":")
            owner = _owner(module, path)
            if owner is None:
                continue
            now = vars(owner).get(path.rpartition(".")[2], ABSENT)
            if now is not before or (key in self._printed and self._printed[key] != imprint(now, {})):
                if now is not ABSENT:
                    found[key] = now
                elif before is not _UNKNOWN:
                    found[key] = Absent
        for key, was in self._whole.items():
            owner = _owner(*key.partition(":")[::2], of=True)
            now = {} if owner is None else vars(owner)
            prefix = key + ("." if not key.endswith(":") else "")
            found |= {prefix + n: v for n, v in list(now.items()) if was.get(n, ABSENT) is not v and not _is_own(n)}
        for name in self._users():
            found |= self._changed(name)
        return {key: value for key, value in found.items() if key not in OTHERWISE}

    def give(self, key: str, value: Any) -> bool:
        """Set one; False where its module isn't loaded."""
        module, _, path = key.partition(":")
        owner = _owner(module, path)
        if owner is None:
            return False
        name = path.rpartition(".")[2]
        self._remember(key, owner, name)
        if value is Absent:
            if name in vars(owner):
                delattr(owner, name)
        elif vars(owner).get(name, ABSENT) is not value:
            setattr(owner, name, value)
        return True

    def drop(self, key: str) -> None:
        """Have one as it was, where that is known."""
        module, _, path = key.partition(":")
        fresh = self._fresh.get(module, {}).get(path)
        before = self._before.get(key, _UNKNOWN) if fresh is None else fresh[0]
        if before is not _UNKNOWN and _owner(module, path) is not None:
            self.give(key, Absent if before is ABSENT else before)

    def watch_imports(self) -> None:
        """Remember each module of the user's as its import leaves it."""
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
        sys.meta_path.insert(place, self._finder)

    def unwatch(self) -> None:
        """Leave imports alone again."""
        sys.meta_path.remove(self._finder)

    def _imported(self, module: types.ModuleType) -> None:
        self._fresh[module.__name__] = {path: (value, _printed(value)) for path, value in _state(module)}
        self.arrived(module)

    def _users(self) -> Iterator[str]:
        """Modules of the user's; of those whose import nobody watched, what they are at the first look."""
        # From the end: in a worker, to touch each of some thousand modules is to copy the page that it is on.
        for name in [*takewhile(lambda name: name != self._last, reversed(sys.modules))]:
            module = sys.modules.get(name)
            if name not in self._fresh and isinstance(module, types.ModuleType) and _is_users(module):
                self._fresh[name] = {path: (value, _printed(value)) for path, value in _state(module)}
        self._last = next(reversed(sys.modules))
        return (name for name in list(self._fresh) if name in sys.modules)

    def _changed(self, name: str) -> dict[str, Any]:
        fresh, found = self._fresh[name], {}
        now = dict(_state(sys.modules[name]))
        for path, value in now.items():
            was = fresh.get(path)
            if was is None or was[0] is not value or (was[1] is not None and was[1] != _printed(value)):
                found[f"{name}:{path}"] = value
        found |= {f"{name}:{path}": Absent for path in fresh if path not in now}
        return found

    def _resolve(
        self, target: str, namespace: dict[str, Any], imports: Mapping[str, str], *, known: bool = True
    ) -> None:
        """Remember what a target is now, if it is an attribute of others; `known`: nothing of it was set yet."""
        base, *path, name = target.split(".")
        if base in imports:
            module, _, member = imports[base].partition(":")
            owner: Any = sys.modules.get(module)
            owner = vars(owner).get(member) if member and owner is not None else owner
        else:
            owner = dict.get(namespace, base)  # which asks nobody, as the namespace of a cell may
        for part in path:
            if not isinstance(owner, (types.ModuleType, type)) or hasattr(type(owner), IMPORT):
                return
            owner = getattr(owner, part, None)
        home = _home(owner)
        if home is None:
            return
        module, qualname = home
        if name == ANY:
            self._whole.setdefault(f"{module}:{qualname}", dict(vars(owner)) if known else {})
            return
        key = f"{module}:{qualname}.{name}" if qualname else f"{module}:{name}"
        self._remember(key, owner, name, known=known)

    def _remember(self, key: str, owner: Any, name: str, *, known: bool = True) -> None:
        if key in self._before or key in OTHERWISE:
            return
        before = vars(owner).get(name, ABSENT) if known else _UNKNOWN
        self._before[key] = before
        if type(before) in _CONTAINERS:
            self._printed[key] = imprint(before, {})
        if known:
            module, _, path = key.partition(":")
            originals.note(module, path, before)


class _Finder:
    """Finds what Python's own finder does, and has the import of a user's module told."""

    def __init__(self, imported: Callable[[types.ModuleType], None]) -> None:
        self._told = imported

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.has_location and _is_users_file(spec.origin):
            then_executed(spec.loader, self._told)
        return spec


def _is_users(module: types.ModuleType) -> bool:
    found = vars(module)
    spec = found.get("__spec__")
    return (
        found.get("__name__") != "__main__" and spec is not None and spec.has_location and _is_users_file(spec.origin)
    )


def _is_users_file(path: str | None) -> bool:
    return bool(path) and not os.path.abspath(path).startswith((*roots(), _OURS))


def _state(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module of the user's holds that its text doesn't define: values, those of its classes included."""
    for name, value in list(vars(module).items()):
        if _is_own(name) or isinstance(value, types.ModuleType):
            continue
        if isinstance(value, type) and value.__module__ == module.__name__:
            for inner, held in list(vars(value).items()):
                if not _is_own(inner) and not hasattr(type(held), "__get__"):
                    yield f"{name}.{inner}", held
        yield name, value


def _is_own(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _printed(value: Any) -> Any:
    """What tells whether a value has changed inside; None where it can't, or nobody can tell."""
    if type(value) in ATOMS or isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type)):
        return None
    return imprint(value, {})


def _home(owner: Any) -> tuple[str, str] | None:
    """The module and qualified name of what others define: a module, or a class or function of one."""
    if isinstance(owner, types.ModuleType):
        name = vars(owner).get("__name__")
        return (name, "") if name != "__main__" and sys.modules.get(name) is owner else None
    if not isinstance(owner, (type, types.FunctionType)):
        return None
    found = importable(getattr(owner, "__name__", ""), owner)
    return None if found is None or found.qualname is None else (found.module, found.qualname)


def _owner(module: str, path: str, *, of: bool = False) -> Any:
    """What has the attribute `path` of a module, or with `of` the thing itself; None where it isn't there."""
    found: Any = sys.modules.get(module)
    parts = path.split(".") if path else []
    for part in parts if of else parts[:-1]:
        found = getattr(found, part, None)
    return found if hasattr(found, "__dict__") else None
