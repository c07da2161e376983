"""Submodules that cells import by dotted names: ``import a.b`` binds ``a``, and counts wherever ``a.b`` is used."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from .payload import Import, Parcel

_STATEMENT = re.compile(r"^[ \t]*import[ \t]+([^#;\n]+)", re.MULTILINE)
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")


def imported_by(source: str) -> list[str]:
    """The dotted names that a cell imports as they are; ``import a.b as c`` binds the submodule itself."""
    names = (part.strip() for line in _STATEMENT.findall(source) for part in line.split(","))
    return [name for name in names if _DOTTED.fullmatch(name)]


def needed(known: Collection[str], imports: Iterable[Import], parcels: Iterable[Parcel]) -> list[str]:
    """Those of `known` that belong to modules which a run is given under a name, or reads in a function."""
    modules = {each.module for each in imports if each.qualname is None}
    left = list(parcels)
    while left:
        parcel = left.pop()
        modules.update(target for target in parcel.imports.values() if ":" not in target)
        left += parcel.inner
    return [name for name in known if any(name.startswith(f"{module}.") for module in modules)]
