"""Is a cell a training cell? What the notebook's names stand for, in the words of recognition."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from .cell.imports import Imports
from .cell.meanings import Definition, Framework, Holding, Instance, Meaning, Module, Packed, Touch
from .cell.recognition import recognise, roots
from .graph import Graph
from .handles import MEMBERS, Handle, Lost
from .payload import importable, is_fixed, is_importable
from .references import Reference

HISTORIES = frozenset({"In", "Out", "_ih", "_oh"})  # stay in the notebook, whatever is packed among what they hold
MANY = 1000  # items of a container, with those of its containers, beyond which it is data
CONTAINERS = (list, tuple, set, frozenset, dict)


class Training:
    """Judges the cells of one shell.

    Parameters
    ----------
    shell : InteractiveShell
    frameworks : callable
        Names of the top-level modules that count.
    """

    def __init__(self, shell: InteractiveShell, frameworks: Callable[[], list[str]]) -> None:
        self._shell, self._frameworks = shell, frameworks
        self._imports: tuple[tuple, Imports] | None = None

    def touch(self, source: str) -> Touch:
        """Whether executing a cell touches a framework, and why."""
        frameworks = roots(self._frameworks())
        return recognise(
            self._shell.transform_cell(source),
            Names(self._shell.user_ns, frameworks, self._shell.magics_manager.magics),
            leads=self._followed(frameworks).leads,
            script=script,
            frameworks=frameworks,
            transform=self._shell.transform_cell,
        )

    def _followed(self, frameworks: frozenset[str]) -> Imports:
        key = (tuple(sys.path), frameworks)
        if self._imports is None or self._imports[0] != key:
            self._imports = key, Imports(list(sys.path), frameworks)
        return self._imports[1]


class Names:
    """A namespace, as recognition asks for it.

    Parameters
    ----------
    namespace : dict
        The notebook's.
    frameworks : frozenset of str
        Top-level modules that count as training frameworks.
    magics : mapping, optional
        The shell's, by 'line' or 'cell', and name.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        frameworks: frozenset[str],
        magics: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self._namespace, self._frameworks, self._magics = namespace, frameworks, magics

    def meaning(self, name: str) -> Meaning | None:
        """What `name` stands for; None for what means nothing here."""
        if name.startswith("%"):
            kind = "cell" if name.startswith("%%") else "line"
            magic = self._magics.get(kind, {}).get(name.lstrip("%"))
            magic = getattr(magic, "__func__", magic)  # of a class' one
            return Definition.of(magic, self._namespace) if isinstance(magic, types.FunctionType) else None
        if name in HISTORIES or name not in self._namespace:
            return None
        return self._of(name, self._namespace[name])

    def _of(self, name: str, value: Any) -> Meaning | None:
        kind = type(value)
        if kind is Handle:
            return Packed(MEMBERS)
        if kind is Lost:  # which is told where the cell is to be given it
            return Packed()
        if kind is Reference:
            # Whatever could not be imported here leads to a framework.
            target = value.__isokernel_import__
            return Framework(".".join(filter(None, (target.module, target.qualname))))
        if kind in CONTAINERS:
            return self._holding(value)
        if isinstance(value, types.ModuleType):
            return self._imported(value.__name__)
        if isinstance(value, (types.FunctionType, type)):
            found = importable(name, value)
            if found is not None:
                return self._imported(f"{found.module}.{found.qualname}")
            definition = Definition.of(value, self._namespace)
            if isinstance(value, type) or value.__globals__ is self._namespace:
                return definition
            return Instance(definition, self._parts(value))  # a library's coat around another one
        if kind.__module__ == "__main__":
            return Instance(Definition.of(kind, self._namespace), self._parts(value))
        if self._is_framework(kind.__module__):
            return self._imported(kind.__module__)
        parts = () if is_fixed(kind) and not isinstance(value, types.BuiltinFunctionType) else self._parts(value)
        return Instance(parts=parts) if parts else None

    def _parts(self, value: Any) -> tuple[Meaning, ...]:
        """What a value leads to and that means something."""
        found = map(self._part, Graph(self._namespace).parts(value, MANY))
        return tuple(dict.fromkeys(meaning for meaning in found if meaning is not None))

    def _part(self, value: Any) -> Meaning | None:
        kind = type(value)
        if kind in (Handle, Lost, Reference):
            return self._of("", value)
        if isinstance(value, (types.FunctionType, type)):
            if not is_importable(value):
                return Definition.of(value, self._namespace)
            module = value.__module__
        else:
            module = value.__name__ if isinstance(value, types.ModuleType) else kind.__module__
        return Framework(module) if isinstance(module, str) and self._is_framework(module) else None

    def _holding(self, value: Any) -> Holding:
        found, left, seen = [], [value], {id(value)}
        looked = 0
        while left:
            items = container.values() if type(container := left.pop()) is dict else container
            looked += len(items)
            if looked > MANY:
                break
            for item in list(items):
                if type(item) not in CONTAINERS:
                    found.append(self._of("", item))
                elif id(item) not in seen:
                    seen.add(id(item))
                    left.append(item)
        return Holding(tuple(meaning for meaning in found if meaning is not None))

    def _imported(self, path: str) -> Meaning:
        return Framework(path) if self._is_framework(path) else Module(path)

    def _is_framework(self, path: str) -> bool:
        return path.partition(".")[0] in self._frameworks


def script(path: str) -> str | None:
    """The source of a script that ``%run`` is given; None if it can't be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
