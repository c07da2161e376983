"""Modules and members of modules, by their names."""

from __future__ import annotations

import importlib
from typing import Any


def imported(module: str, qualname: str | None) -> Any:
    """``module``, or what ``qualname`` is in it.

    Raises
    ------
    ImportError, AttributeError
    """
    found: Any = importlib.import_module(module)
    for part in qualname.split(".") if qualname else ():
        found = getattr(found, part)
    return found
