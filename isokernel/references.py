"""Modules, and members of modules, that the notebook has by name only, because its process must not import them.

``import tensorflow as tf`` in a cell that runs elsewhere leaves a :class:`Reference` in the notebook. Given to the next
cell it is the module again; here it is a name, and says what to do.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from typing import Any

from .handles import FRAMEWORKS, MayLoad
from .payload import Import


class Reference:
    """A module, or a member of one, that is imported only where isolated cells run.

    Parameters
    ----------
    name : str
        What the notebook calls it.
    target : Import
    """

    __slots__ = ("_name", "_target")

    def __init__(self, name: str, target: Import) -> None:
        self._name, self._target = name, target

    @property
    def __isokernel_import__(self) -> Import:
        """What the worker imports for it."""
        return self._target

    def __repr__(self) -> str:
        module, qualname = self._target.module, self._target.qualname
        what = f"module {module}" if qualname is None else f"{module}.{qualname}"
        return f"<{what}, imported where isolated cells run>"

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise AttributeError(
            f"{self._name} is imported where isolated cells run, not in the notebook itself, so it has no .{attribute} "
            f"here. Use it in a cell that begins with `# %% isolated --auto`."
        )

    def __call__(self, *args: Any, **options: Any) -> Any:
        raise TypeError(
            f"{self._name} is imported where isolated cells run, so it can't be called in the notebook itself. "
            f"Use it in a cell that begins with `# %% isolated --auto`."
        )


def found(name: str, target: Import, may_load: MayLoad, submodules: Iterable[str] = ()) -> Any:
    """What the notebook has under a name that a cell elsewhere has imported: the real thing, but for frameworks.

    Whatever imports a framework is one here, too, and a package of which one of `submodules` does: that is found out by
    trying, with frameworks out of reach.
    """
    if not may_load() and target.module.partition(".")[0] in FRAMEWORKS:
        return Reference(name, target)
    before = set(sys.modules)
    try:
        value: Any = importlib.import_module(target.module)
        for part in target.qualname.split(".") if target.qualname else ():
            value = getattr(value, part)
        for submodule in submodules:
            if importlib.util.find_spec(submodule) is not None:
                importlib.import_module(submodule)
    except (ImportError, AttributeError):
        root = target.module.partition(".")[0]
        for left in [key for key in sys.modules if key not in before and key.partition(".")[0] == root]:
            del sys.modules[left]  # half of a library is worse than none
        return Reference(name, target)
    return value
