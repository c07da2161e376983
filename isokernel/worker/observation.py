"""What a cell did to its namespace, seen from outside: names bound, rebound and deleted, and values changed.

The namespace after the cell is the truth. Nothing here holds a value while the cell runs: what it deletes is gone, with
its memory, and its destructor runs there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import carried, payload

IPYTHONS = re.compile(r"_(?:i{1,3}|i?\d+|ih|oh|dh)|__builtins?__")
"""Names that IPython binds while a cell runs."""
RESULTS = re.compile(r"_{1,3}")
"""Those of the last results, which a cell may bind, too (``for _ in range(3)``)."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a cell left.

    Attributes
    ----------
    values : tuple of str
        Names bound or rebound, and names of given values that changed.
    imports : tuple of (str, str, str or None)
        Names bound to what another process can import: name, module, qualified name.
    deleted : tuple of str
        Names that were there, and are gone.
    unknown : frozenset of str
        Those of `values` that were given and not rebound, and of which it can't be told whether they changed.
    """

    values: tuple[str, ...] = ()
    imports: tuple[tuple[str, str, str | None], ...] = ()
    deleted: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()


class Observation:
    """Begins before a cell runs, and tells afterwards what it left.

    Parameters
    ----------
    namespace : dict
        The cell's, as it is when it begins.
    beside : mapping of str to object
        What there is outside of the namespace, by key.
    """

    def __init__(self, namespace: dict[str, Any], beside: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._before = {name: id(value) for name, value in dict.items(namespace)}
        self._imprints: dict[str, tuple | None] = {}
        self._beside = {
            key: (value, None if type(value) in payload.ATOMS else payload.imprint(value, namespace))
            for key, value in beside.items()
        }

    def give(self, given: Mapping[str, Any]) -> None:
        """Have values watched that are now in the namespace under these names, as the notebook has them."""
        self._before |= {name: id(value) for name, value in given.items()}
        for name, value in given.items():
            if type(value) not in payload.ATOMS:
                self._imprints[name] = payload.imprint(value, self._namespace)

    def bound(self, names: Mapping[str, Any]) -> None:
        """Take these names, which something else than the cell has bound, for part of how it began."""
        self._before |= {name: id(value) for name, value in names.items()}

    def left(self, results: Mapping[str, Any]) -> Left:
        """What is different now; `results` are the last ones, under the names that IPython has for them."""
        values: list[str] = []
        imports: list[tuple[str, str, str | None]] = []
        unknown = set()
        for name, value in list(dict.items(self._namespace)):
            if self._before.get(name) == id(value):
                if name in self._imprints:
                    if self._imprints[name] is None:
                        unknown.add(name)
                    if self._imprints[name] is None or self._imprints[name] != payload.imprint(value, self._namespace):
                        values.append(name)
                continue
            if IPYTHONS.fullmatch(name) or (RESULTS.fullmatch(name) and results.get(name) is value):
                continue
            found = payload.importable(name, value)
            if found is None:
                values.append(name)
            else:
                imports.append((name, found.module, found.qualname))
        deleted = [name for name in self._before if not dict.__contains__(self._namespace, name)]
        return Left(tuple(values), tuple(imports), tuple(deleted), frozenset(unknown))

    def beside(self, left: Left, now: Mapping[str, Any]) -> Left:
        """With what is different outside of the namespace."""
        values = []
        for key, value in now.items():
            before, imprint = self._beside.get(key, (self, None))
            if not carried.same(value, before) or (imprint and imprint != payload.imprint(value, self._namespace)):
                values.append(key)
        deleted = [key for key in self._beside if key not in now]
        return replace(left, values=(*left.values, *values), deleted=(*left.deleted, *deleted))
