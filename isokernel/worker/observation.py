"""What a cell did to its namespace, seen from outside: names bound, rebound and deleted, and values changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .. import payload

Own = Collection[str]
OWN = re.compile(r"__\w+__|_+|_(?:i+|i?\d+|ih|oh|dh|exit_code)")
"""Names that IPython binds while a cell runs."""


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
        Names that were given, and are gone.
    """

    values: tuple[str, ...]
    imports: tuple[tuple[str, str, str | None], ...]
    deleted: tuple[str, ...]


class Observation:
    """Begins before a cell runs, and tells afterwards what it left.

    Parameters
    ----------
    namespace : dict
        The cell's, as it is when it begins.
    own : collection of str
        Names of IPython's, which are not the cell's.
    given : mapping of str to object
        Values that went in; each is packed now, to be compared with later.
    """

    def __init__(self, namespace: dict[str, Any], own: Own, given: Mapping[str, Any]) -> None:
        self._namespace, self._own = namespace, own
        self._before = dict(namespace)
        self._unchanged = {
            name: payload.stream_watch(value, namespace)
            for name, value in given.items()
            if type(value) not in payload.ATOMS
        }
        self._given = given

    def left(self) -> Left:
        """What is different now."""
        values: list[str] = []
        imports: list[tuple[str, str, str | None]] = []
        for name, value in list(self._namespace.items()):
            if name in self._own or OWN.fullmatch(name):
                continue
            if name in self._before and self._before[name] is value:
                if name in self._given and self._changed(name):
                    values.append(name)
                continue
            found = payload.importable(name, value)
            if found is None:
                values.append(name)
            else:
                imports.append((name, found.module, found.qualname))
        deleted = [name for name in self._before if name not in self._namespace and name not in self._own]
        return Left(tuple(values), tuple(imports), tuple(deleted))

    def _changed(self, name: str) -> bool:
        if name not in self._unchanged:
            return False  # an atom
        unchanged = self._unchanged[name]
        return unchanged is None or not unchanged()
