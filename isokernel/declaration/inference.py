"""What a cell would declare that declares nothing: what goes in is every name that it is seen to read.

It need not be all: what is missing the cell asks for when it reads it, one message each. What comes back is not
inferred: it is observed where the cell runs.
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
OUTPUTS = re.compile(r"_\d+")
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
    """

    inputs: dict[str, object]
    imports: dict[str, Import]


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
    search = _Search(namespace, given, importable)
    for value in given.values():
        search.follow(value)
    for read in sorted((*cell.reads, *cell.builtin_reads), key=lambda read: read.line):
        search.take(read.name)
    for name in sorted(also):
        search.take(name)
    for name in HISTORIES.keys() & {*(read.name for read in cell.reads), *also}:
        for other in filter(HISTORIES[name].fullmatch, list(namespace)):
            search.take(other)
    return Inferred(search.inputs, search.imports)


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
            if not is_the_notebooks(name):
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


def is_the_notebooks(name: str) -> bool:
    """Whether a value under this name is the notebook's, and not something of IPython's that each process has."""
    return not is_own(name) or is_result(name)


def is_small(value: object) -> bool:
    """Whether a value may go in where nobody knows that it is needed."""
    nbytes = getattr(type(value), "nbytes", None) and getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes <= SMALL
    try:
        return len(value) <= FEW  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 (a stranger's __len__, or none)
        return True
