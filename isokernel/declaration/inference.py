"""What a cell would declare that declares nothing: what goes in is every name that it may read.

What comes back is not inferred: it is observed where the cell runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..cell import Cell, global_reads, is_code
from ..payload import HANDLE, Import, importable
from .checking import is_own

SMALL = 1 << 20  # bytes, by what the value says of itself, up to which it goes in with a cell that may read anything
RESULT = re.compile(r"_{1,3}|_i?\d+")  # names of IPython's whose values are the notebook's
OUTPUTS, NONE = re.compile(r"_\d+"), re.compile(r"(?!)")
HISTORIES = {"Out": OUTPUTS, "_oh": OUTPUTS}
"""By what other names IPython has what is in them; ``In`` is the worker's own."""
FEW = 10_000  # items, for values that only say how many they have


@dataclass(frozen=True, slots=True)
class Inferred:
    """What an undeclared cell is given.

    Attributes
    ----------
    inputs : dict of str to object
        Values of the notebook, by name, in the order in which they were found.
    imports : dict of str to Import
        What the worker imports instead.
    unseen : tuple of str
        Constructs that may read anything (``exec``, ``%run``), for which every small value went in, and what is quoted.
    spare : frozenset of str
        Those inputs.
    """

    inputs: dict[str, object]
    imports: dict[str, Import]
    unseen: tuple[str, ...]
    spare: frozenset[str]


def infer(
    cell: Cell,
    namespace: Mapping[str, object],
    given: Mapping[str, object] = MappingProxyType({}),
    *,
    also: Iterable[str] = (),
    importable: Callable[[str, object], Import | None] = importable,
) -> Inferred:
    """Find what a cell has to be given.

    Parameters
    ----------
    cell : Cell
        Its analysis.
    namespace : mapping of str to object
        The notebook's names.
    given : mapping of str to object
        What is declared; functions among it are followed, too.
    also : iterable of str
        Names that functions inside the inputs were found to read.
    importable : callable
        As :func:`isokernel.payload.importable`.
    """
    unseen = tuple(dict.fromkeys(c for c in cell.open_ended if not c.startswith("from ")))
    search = _Search(namespace, given, importable)
    for value in given.values():
        search.follow(value)
    for read in sorted((*cell.reads, *cell.builtin_reads), key=lambda read: read.line):
        search.take(read.name)
    for name in sorted(also):
        search.take(name)
    certain = frozenset(search.inputs)
    for read in cell.reads:
        for name in filter(HISTORIES.get(read.name, NONE).fullmatch, list(namespace)):
            search.take(name)
    if unseen:
        for name in sorted(cell.quoted):
            search.take(name)
        for name, value in list(namespace.items()):
            if not name.startswith("_") and _small(value):
                search.take(name)
    return Inferred(search.inputs, search.imports, unseen, frozenset(search.inputs) - certain)


class _Search:
    """Follows reads, through functions and classes of the notebook, to what they read."""

    def __init__(
        self,
        namespace: Mapping[str, object],
        given: Mapping[str, object],
        importable: Callable[[str, object], Import | None],
    ) -> None:
        self.inputs: dict[str, object] = {}
        self.imports: dict[str, Import] = {}
        self._namespace, self._given, self._importable = namespace, given, importable
        self._todo: list[str] = []

    def take(self, name: str) -> None:
        """Have `name` go in, if the notebook has it, and all that it reads."""
        self._todo = [name]
        while self._todo:
            name = self._todo.pop()
            if name in self.inputs or name in self.imports or name in self._given:
                continue
            if is_own(name) and not is_result(name):
                continue
            if name not in self._namespace:
                continue
            value = self._namespace[name]
            found = self._importable(name, value)
            if found is not None:
                self.imports[name] = found
            else:
                self.inputs[name] = value
                self._queue_reads(value)

    def follow(self, value: object) -> None:
        """Have all go in that a declared `value` reads."""
        self._todo = []
        self._queue_reads(value)
        for name in self._todo[::-1]:
            self.take(name)

    def _queue_reads(self, value: object) -> None:
        if hasattr(type(value), HANDLE):
            self._todo += sorted(getattr(value, HANDLE)[0].all_reads, reverse=True)
            return
        for code in (value, type(value)):
            if is_code(code):
                self._todo += sorted(global_reads(code, self._namespace), reverse=True)


def is_result(name: str) -> bool:
    """Whether IPython has bound `name` to a result, or to the text of a cell."""
    return RESULT.fullmatch(name) is not None


def _small(value: object) -> bool:
    nbytes = getattr(type(value), "nbytes", None) and getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes <= SMALL
    try:
        return len(value) <= FEW  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 (a stranger's __len__, or none)
        return True
