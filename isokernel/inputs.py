"""What goes into a run: found, evaluated and packed, on the cell's thread; before it starts, and while it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from .carried import is_key, told
from .cell import Cell, Read
from .declaration import Inferred, infer, is_small, is_the_notebooks
from .errors import LostInput, UnpackableInput
from .handles import LOST, Handle
from .payload import Import, Parcel, pack
from .protocol import LAST_ERROR, NamesReply, NamesRequest, Refusal, Shipment
from .reuse import Reuse
from .session import Session
from .submodules import needed

FEW = 500  # names that a cell is told of from the start: IPython looks up the first word of each line
CACHED = ", cached in memory"  # what a dataset says of itself then


def inferred(
    session: Session,
    cell: Cell,
    namespace: dict[str, Any],
    given: dict[str, Any],
    without: frozenset[str],
    tell: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Import], tuple[Parcel, ...], list[str]]:
    """What goes in, with `given`, which is declared; packed, because only that shows what functions inside read."""
    reads: frozenset[str] = frozenset()
    values: dict[str, Any] = {}
    while True:
        values.clear()  # it holds what is looked through next
        found = infer(cell, namespace, given, also=reads)
        values, beside = _inputs(session.reuse, cell, found, namespace, given, without)
        spare = frozenset(values.keys() - given.keys() - _certain(cell)) | beside
        parcels, apart, left_out = packed(session.reuse, values, namespace, spare=spare, everywhere=True, kin=True)
        read = frozenset().union(*(parcel.all_reads for parcel in parcels)) & namespace.keys() - without
        if read - values.keys() - found.imports.keys() <= reads | set(left_out):
            split = [name for name in left_out if name in beside and name not in session.echoed]
            session.echoed.update(filter(is_key, split))
            if split:
                tell(f"{', '.join(map(told, split))} can't be carried into this cell, and doesn't see what it changes")
            return {n: v for n, v in values.items() if n not in left_out}, found.imports, parcels, apart
        reads |= read


def _certain(cell: Cell) -> frozenset[str]:
    """What the cell can't begin without; all else is asked for, and missed, where it is read."""
    return frozenset(read.name for read in cell.reads if read.certain)


def _inputs(
    reuse: Reuse,
    cell: Cell,
    found: Inferred,
    namespace: dict[str, Any],
    given: dict[str, Any],
    without: frozenset[str],
) -> tuple[dict[str, Any], frozenset[str]]:
    """What goes in, but for the names in `without`, and the names of it that only share something with the others."""
    certain = _certain(cell)
    inputs = {}
    for name in [name for name in found.inputs if name not in without]:
        lost = getattr(found.inputs[name], LOST, None) if hasattr(type(found.inputs[name]), LOST) else None
        if lost is None:
            inputs[name] = found.inputs[name]
        elif name in certain:
            raise LostInput(name, lost)
    # Each of the three holds its values by a reference of its own, and who counts them has to know.
    graph = reuse.graph(namespace, chain(found.inputs.values(), inputs.values(), given.values()))
    beside = [name for name in graph.joined(inputs, given.values()) if name not in without and name not in given]
    beside_them = frozenset(beside) | set(filter(is_key, given))
    return {**inputs, **{name: namespace[name] for name in beside}, **given}, beside_them


def packed(
    reuse: Reuse,
    values: dict[str, Any],
    namespace: dict[str, Any],
    *,
    spare: frozenset[str] = frozenset(),
    everywhere: bool = False,
    kin: bool = False,
) -> tuple[tuple[Parcel, ...], list[str], list[str]]:
    """Values as parcels; names that changed apart from what they share, and those of `spare` that can't be packed.

    Raises
    ------
    UnpackableInput
    """
    packing, apart = reuse.pack(values, namespace, everywhere=everywhere, kin=kin)
    for refusal in packing.refusals:
        if refusal.name not in spare:
            raise UnpackableInput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return packing.parcels, apart, [refusal.name for refusal in packing.refusals]


class Lender:
    """What the notebook has, for an undeclared cell that asks for it while it runs.

    Parameters
    ----------
    session : Session
    namespace : dict
        The notebook's.
    given : set of str
        Names of what the cell was given, imports included.
    without : frozenset of str
        Names that it is not to have.
    tell : callable
        Says something below the cell.

    Attributes
    ----------
    lent : list of str
        What it has given, by name.
    imports : dict of str to Import
        What it has named to be imported.
    parcels : list of Parcel
        What was lent, packed; they must live until it is sent.
    """

    def __init__(
        self,
        session: Session,
        namespace: dict[str, Any],
        given: set[str],
        without: frozenset[str],
        tell: Callable[[str], None],
    ) -> None:
        self._session, self._namespace, self._tell = session, namespace, tell
        self._without = given | without
        self.lent: list[str] = []
        self.imports: dict[str, Import] = {}
        self.parcels: list[Parcel] = []

    def names(self) -> list[str]:
        """What it could be asked for."""
        return list(self._names())

    def few(self) -> list[str]:
        """All that is there, where that is little to say; else nothing, and a cell that wants to know has to ask."""
        names = list(islice(self._names(), FEW + 1))
        return self._there(names) if len(names) <= FEW else []

    def __bool__(self) -> bool:
        """Whether there is anything to be asked for."""
        return hasattr(sys, "last_value") or any(self._names())

    def _there(self, names: list[str]) -> list[str]:
        # What is lost isn't among all names; who reads it by name is told what became of it.
        return [name for name in names if not hasattr(type(self._namespace[name]), LOST)]

    def _names(self) -> Iterator[str]:
        return (name for name in list(self._namespace) if name not in self._without and is_the_notebooks(name))

    def reply(self, request: NamesRequest) -> NamesReply:
        """The answer to a cell."""
        names = self.names()
        if not request.names:
            return NamesReply(request.number, names=self._there(names))
        if request.names == [LAST_ERROR]:
            return self._last(request.number)
        asked = [name for name in request.names if name in names]
        small = [n for n in names if n not in asked and is_small(self._namespace[n])] if request.more else []
        cell = Cell(reads=tuple(Read(name, 1, name in asked) for name in (*asked, *small)))
        without = frozenset(self._without)
        try:
            values, imports, parcels, _ = inferred(self._session, cell, self._namespace, {}, without, self._tell)
        except LostInput as error:
            return NamesReply(request.number, lost=error.what)
        except UnpackableInput as error:
            refusal = Refusal(error.name, error.path, error.type_name, error.reason)
            return NamesReply(request.number, refusals=(refusal,))
        imports = {name: found for name, found in imports.items() if name not in without}
        self.lent += values
        self.imports |= imports
        self.parcels += parcels
        self._without |= values.keys() | imports.keys()
        return NamesReply(
            request.number,
            imports=import_rows(self._session, imports, parcels),
            shipments=tuple(Shipment(*parcel.wire()) for parcel in parcels),
        )

    def _last(self, number: int) -> NamesReply:
        """The last exception, without what is only said of it here."""
        error = getattr(sys, "last_value", None)
        if error is None:
            return NamesReply(number)
        ours = [name for name in vars(error) if name.startswith("__isokernel") or name == "_render_traceback_"]
        said = {name: vars(error).pop(name) for name in ours}
        try:
            packing = pack({LAST_ERROR: error}, namespace=self._namespace, everywhere=True)
        finally:
            vars(error).update(said)
        self.parcels += packing.parcels
        return NamesReply(number, shipments=tuple(Shipment(*parcel.wire()) for parcel in packing.parcels))


def import_rows(session: Session, imports: dict[str, Import], parcels: tuple[Parcel, ...]) -> list[list[str | None]]:
    """What a worker imports, as it is told: with submodules that have to be there for it, which have no name."""
    rows = [[name, found.module, found.qualname] for name, found in imports.items()]
    return rows + [[None, name, None] for name in needed(session.submodules, imports.values(), parcels)]


def cached_again(session: Session, values: dict[str, Any]) -> list[str]:
    """Datasets that a cell before this one was given, too, with a cache in memory that has to be filled again."""
    found = []
    for name, value in values.items():
        if isinstance(value, Handle) and value.about.endswith(CACHED):
            parcel, _ = value.__isokernel_parcel__
            if parcel in session.caches:
                found.append(name)
            session.caches.add(parcel)
    return found
