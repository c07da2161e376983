"""What goes into a run: found, evaluated and packed, on the cell's thread."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from .cell import Cell
from .declaration import Inferred, infer
from .errors import LostInput, UnpackableInput
from .handles import LOST, Handle
from .payload import Import, Parcel
from .reuse import Reuse
from .session import Session

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
        if found.unseen and not reads:
            tell(f"{', '.join(found.unseen)} may read any name, so every small value goes in")
        values, spare = _inputs(session.reuse, cell, found, namespace, given, without)
        parcels, apart, left_out = packed(session.reuse, values, namespace, spare=spare, everywhere=True)
        read = frozenset().union(*(parcel.all_reads for parcel in parcels)) & namespace.keys() - without
        if read - values.keys() - found.imports.keys() <= reads | set(left_out):
            if left_out:
                tell(f"{', '.join(left_out)} can't be carried into this cell, and doesn't see what it changes")
            return {n: v for n, v in values.items() if n not in left_out}, found.imports, parcels, apart
        reads |= read


def _inputs(
    reuse: Reuse,
    cell: Cell,
    found: Inferred,
    namespace: dict[str, Any],
    given: dict[str, Any],
    without: frozenset[str],
) -> tuple[dict[str, Any], frozenset[str]]:
    """What goes in, but for the names in `without`, and the names of it that the cell can do without."""
    certain = {read.name for read in cell.reads if read.certain}
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
    return {**inputs, **{name: namespace[name] for name in beside}, **given}, found.spare.union(beside)


def packed(
    reuse: Reuse,
    values: dict[str, Any],
    namespace: dict[str, Any],
    *,
    spare: frozenset[str] = frozenset(),
    everywhere: bool = False,
) -> tuple[tuple[Parcel, ...], list[str], list[str]]:
    """Values as parcels; names that changed apart from what they share, and those of `spare` that can't be packed.

    Raises
    ------
    UnpackableInput
    """
    packing, apart = reuse.pack(values, namespace, everywhere=everywhere)
    for refusal in packing.refusals:
        if refusal.name not in spare:
            raise UnpackableInput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return packing.parcels, apart, [refusal.name for refusal in packing.refusals]


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
