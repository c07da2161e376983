"""The last guard: frameworks are not imported into the notebook's own process, whoever tries.

Code that asks whether a framework is installed is told the truth; code that imports one gets an ImportError that says
what to do. A library that can do without the framework goes on without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from .errors import FrameworkImport


class Guard(MetaPathFinder):
    """A finder that refuses.

    Parameters
    ----------
    frameworks : callable
        Names of the top-level modules that are refused now; empty where they may be imported.
    """

    def __init__(self, frameworks: Callable[[], Collection[str]]) -> None:
        self._frameworks = frameworks

    def install(self) -> None:
        """Stand before all other finders."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Let everything pass again."""
        sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The framework's own specification, with a loader that refuses; None for everything else."""
        if name not in self._frameworks():
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _Refusing(name)
        return spec


class _Refusing(Loader):
    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        raise FrameworkImport(self._name)

    def exec_module(self, module: ModuleType) -> None:
        raise FrameworkImport(self._name)
