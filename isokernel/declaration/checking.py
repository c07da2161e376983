"""The check of a cell against its declaration."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..cell import Cell, Read, global_reads
from ..errors import UnboundOutput, UndeclaredName
from ..payload import HANDLE, Import
from ..payload import importable as import_of
from .evaluation import require
from .grammar import Declaration, corrected

# IPython's own names in the notebook's namespace: every worker has its own.
_OWN = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython", "display"})
_OWN_PATTERN = re.compile(r"__(?:name|doc|package|loader|spec|builtins?)__|_{1,3}|_(?:i|ii|iii|ih|oh|dh|\d+|i\d+)")

_ABSENT = object()


def check(
    declaration: Declaration,
    cell: Cell,
    namespace: dict[str, object],
    *,
    line: str,
    importable: Callable[[str, object], Import | None] = import_of,
    values: Mapping[str, object] | None = None,
    bound: Collection[str] = (),
    inside: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, Import]:
    """Compare what a cell reads with what it is given, functions and classes followed through any number of calls.

    Parameters
    ----------
    declaration, cell
        What was declared, and what the cell does.
    namespace : dict
        The notebook's.
    line : str
        The declaration as it was written, in whichever form.
    importable : callable
        From a name and its value to how the worker can import it, or None.
    values : mapping
        The inputs' values, from `evaluate`. Without them, what expressions give isn't followed.
    bound : collection of str
        Names that are bound before the cell begins.
    inside : mapping of str to collection of str
        What functions read that an input holds: methods, partials, what is in a list. They read the cell's names.

    Returns
    -------
    dict
        What the worker is to import, by the name that the cell, or a function it is given, reads.

    Raises
    ------
    MissingInput, UnboundOutput, UndeclaredName
    """
    require(declaration, namespace)
    given = dict.fromkeys((*(item.name for item in declaration.inputs), *sorted(bound)))
    if not cell.open_ended:
        for name in declaration.outputs:
            if name not in given and name not in cell.binds:
                raise UnboundOutput(name, tuple(sorted(cell.binds)))
    if values is None:
        values = {item.name: namespace[item.name] for item in declaration.inputs if item.expression is None}
    search = _Search(given, cell, namespace, values, importable, inside)
    search.run()
    if search.undeclared:
        reads = tuple((reach.name, reach.line, reach.path) for reach in search.undeclared.values())
        raise UndeclaredName(reads, corrected(line, tuple(search.undeclared)))
    return search.imports


def hint(name: str, namespace: Mapping[str, object], declaration: Declaration, line: str | None = None) -> str:
    """What to say under a NameError in the worker, for a name that the notebook has; '' if it hasn't.

    `line` is the declaration as it was written; without it, it is put in the form of the comment.
    """
    if name not in namespace or is_own(name) or any(item.name == name for item in declaration.inputs):
        return ""
    added = corrected(line or declaration.line(), (name,))
    return f"The notebook has a variable {name}, but this cell was not given it; declare it with -i: {added}"


def is_own(name: str) -> bool:
    """Whether `name` is IPython's in every notebook, so that the worker has one of its own."""
    return name in _OWN or _OWN_PATTERN.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class _Reach:
    """A name that is read, from which line of the cell, and through which functions."""

    name: str
    line: int
    path: tuple[str, ...]


class _Search:
    """Follows reads, those of the cell first, then those of the functions they lead to."""

    def __init__(
        self,
        given: dict[str, None],
        cell: Cell,
        namespace: dict[str, object],
        values: Mapping[str, object],
        importable: Callable[[str, object], Import | None],
        inside: Mapping[str, Collection[str]],
    ) -> None:
        self.undeclared: dict[str, _Reach] = {}
        self.imports: dict[str, Import] = {}
        self._given, self._cell, self._namespace, self._values = given, cell, namespace, values
        self._importable, self._inside = importable, inside
        self._todo: deque[tuple[_Reach, object]] = deque()

    def run(self) -> None:
        reads = sorted((*self._cell.reads, *self._cell.builtin_reads), key=lambda read: read.line)
        for read in reads:
            self._cell_read(read)
        met = {read.name for read in reads}
        for name in self._given:
            if name not in met and name in self._values:
                self._todo.append((_Reach(name, 1, (name,)), self._values[name]))
        lines = {read.name: read.line for read in reversed(reads)}
        for name, found in self._inside.items():
            for other in sorted(found):
                self._function_read(_Reach(other, lines.get(name, 1), (name, other)))
        seen: set[int] = set()
        while self._todo:
            reach, value = self._todo.popleft()
            if id(value) not in seen:
                seen.add(id(value))
                for name in sorted(self._reads(value)):
                    self._function_read(_Reach(name, reach.line, (*reach.path, name)))

    def _reads(self, value: object) -> frozenset[str]:
        if hasattr(type(value), HANDLE):
            return getattr(value, HANDLE)[0].all_reads
        return global_reads(value, self._namespace)

    def _cell_read(self, read: Read) -> None:
        reach = _Reach(read.name, read.line, (read.name,))
        if read.name in self._given:
            self._todo.append((reach, self._values.get(read.name)))
        elif not self._is_importable(read.name) and read.certain:
            self._refuse(reach)

    def _function_read(self, reach: _Reach) -> None:
        # What the cell binds itself, it may bind before the call; of what can't be seen, nothing is certain.
        if reach.name in self._given or reach.name in self._cell.binds or self._is_importable(reach.name):
            return
        if not self._cell.may_bind_unseen:
            self._refuse(reach)

    def _is_importable(self, name: str) -> bool:
        if name in self.imports:
            return True
        value = self._namespace.get(name, _ABSENT)
        if value is _ABSENT or is_own(name):
            return False
        found = self._importable(name, value)
        if found is not None:
            self.imports[name] = found
        return found is not None

    def _refuse(self, reach: _Reach) -> None:
        value = self._namespace.get(reach.name, _ABSENT)
        if value is not _ABSENT and not is_own(reach.name) and reach.name not in self.undeclared:
            self.undeclared[reach.name] = reach
            self._todo.append((reach, value))
