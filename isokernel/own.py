"""The package's own builtins: as they were when it was first imported, whatever a user puts in their place.

``builtins.sum = numpy.sum`` in a cell is for the user's code, as ``builtins.print`` and ``builtins.open`` are that a
library wraps. Python looks a builtin up in what its module calls ``__builtins__``, so every module of this package is
given a copy before it is executed. What a run stands on of Python's library is imported by its name where it is used
(``from json import dumps``), for the same reason: who replaces ``json.dumps`` for a moment has other code in mind.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

OURS = __name__.partition(".")[0] + "."
BUILTINS = dict(vars(builtins))


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = BUILTINS
        super().exec_module(module)


class _Finder:
    """Finds what :class:`PathFinder` finds, and gives modules of this package the loader above."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Nothing but for modules of this package."""
        if not name.startswith(OURS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def keep() -> None:
    """From now on modules of this package have builtins of their own."""
    sys.meta_path.insert(0, _Finder)
