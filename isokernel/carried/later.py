"""What is done with a module once it is there."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Container
from types import ModuleType
from typing import Any


def when_imported(name: str, then: Callable[[Any], None]) -> None:
    """Call ``then(module)`` right after the import of a module that isn't loaded yet."""
    sys.meta_path.insert(0, _WhenImported(name, then))


def arrived(names: Container[str]) -> None:
    """These modules are there, though no import has brought them."""
    for each in reversed(sys.meta_path.copy()):
        if isinstance(each, _WhenImported) and each.name in names:
            sys.meta_path.remove(each)
            each.then(sys.modules[each.name])


def then_executed(loader: Any, then: Callable[[ModuleType], None]) -> None:
    """Have a loader call ``then(module)`` once it has executed the module, and show nothing of that in tracebacks."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        then(module)

    # Python leaves the frames of its own import out of a traceback, and knows them by the name of their file
    # (remove_importlib_frames in Python/import.c).
    own = importlib.machinery.SourceFileLoader.exec_module.__code__.co_filename
    exec_module.__code__ = exec_module.__code__.replace(co_filename=own)
    loader.exec_module = exec_module


class _WhenImported(importlib.abc.MetaPathFinder):
    """Calls back with one module, right after its import."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self.name, self.then = name, then

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader = spec.loader if spec else None
        if loader is not None:
            then_executed(loader, self.then)
        return spec
