"""What of the notebook's values is packed already, and still as it was: it is not packed again.

- A large container of texts and numbers is packed once, for as long as the notebook has it and doesn't change it.
- A result that was opened, beside one that shares it and stays packed, goes back as what it is: a part of that one. So
  the list that a callback writes to is still the list that the notebook holds, when both go into the next run.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import psutil
from IPython import get_ipython

from .graph import Graph
from .payload import Packed, Packing, Parcel, Unchanged, atoms_watch, pack, stream_watch

MANY = 10_000  # items from which packing a container takes longer than a look at whether it changed
PLAIN = frozenset({list, tuple, set, frozenset, dict})
MOST = 100  # values that are kept packed, each of which holds a descriptor
SHARE = 0.25  # of the free memory that one of them may take


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    value: Any
    packed: Packed
    unchanged: Unchanged


@dataclass(frozen=True, slots=True, eq=False)  # values may be arrays, which don't compare
class _Opened:
    name: str
    value: Any
    parcel: weakref.ref[Parcel]  # the handles' own: with the last of them nothing is left to go back to
    unchanged: Unchanged | None


class Reuse:
    """What one session knows of its notebook's values. All methods belong to the thread that runs cells."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._opened: list[_Opened] = []

    def pack(
        self, values: Mapping[str, Any], namespace: dict[str, Any], *, everywhere: bool = False, kin: bool = False
    ) -> tuple[Packing, list[str]]:
        """Inputs as one parcel, with references to what is packed already.

        `everywhere` and `kin` are as of :func:`isokernel.payload.pack`; what functions have cached goes along with kin.

        Returns
        -------
        packing : Packing
        apart : list of str
            Names of results that were changed here, while what shares them in `packing` is as it was.
        """
        known = self._known(values.values(), namespace)
        how = {"namespace": namespace, "together": True, "everywhere": everywhere, "kin": kin, "caches": kin}
        packing = pack(values, known=known, **how)
        inside = {id(parcel) for each in packing.parcels for parcel in each.inner}
        joined = [opened for opened in self._opened if id(opened.parcel()) in inside]
        same = [opened for opened in joined if opened.unchanged is not None and opened.unchanged()]
        if same:
            known.update({id(opened.value): Packed(opened.parcel(), opened.name) for opened in same})
            packing = pack(values, known=known, **how)
        given = set(map(id, values.values()))
        return packing, [opened.name for opened in joined if opened not in same and id(opened.value) in given]

    def graph(self, namespace: dict[str, Any], held: Iterable[Any]) -> Graph:
        """What of the notebook shares what, also with results of which some stay packed.

        `held` is as of :class:`Graph`.
        """
        links: dict[int, list[Any]] = {}
        for opened in self._opened:
            parcel = opened.parcel()
            if parcel is not None:
                links.setdefault(id(parcel), []).append(opened.value)
                links.setdefault(id(opened.value), []).append(parcel)
        return Graph(namespace, held=held, roots=partial(self._others, namespace), links=links)

    def _others(self, namespace: dict[str, Any]) -> list[Any]:
        """What holds values of the notebook and is no name of it."""
        found = [part for kept in (*self._kept.values(), *self._opened) for part in gc.get_referents(kept)]
        found += namespace.get("_oh", {}).values()
        found += [getattr(sys, name, None) for name in ("last_exc", "last_value", "last_traceback")]
        shell = get_ipython()
        if shell is not None:
            found += [getattr(shell.displayhook, name, None) for name in ("_", "__", "___")]
            found += [getattr(shell.InteractiveTB, "tb", None), getattr(shell.last_execution_result, "result", None)]
        return found

    def opened(self, parcel: Parcel, values: Mapping[str, Any], namespace: dict[str, Any]) -> None:
        """Remember the values that were opened of a parcel whose other values stay packed."""
        for name, value in values.items():
            self._opened.append(_Opened(name, value, weakref.ref(parcel), stream_watch(value, namespace)))

    def prune(self, namespace: Mapping[str, Any]) -> None:
        """Forget what nobody can come back with."""
        if self._kept:
            held = set(map(id, namespace.values()))
            self._kept = {key: kept for key, kept in self._kept.items() if key in held}
        if self._opened:
            self._opened = [opened for opened in self._opened if opened.parcel() is not None]

    def _known(self, values: Iterable[Any], namespace: dict[str, Any]) -> dict[int, Packed]:
        known = {}
        for value in filter(_many, values):
            kept = self._kept.get(id(value))
            if kept is None or not kept.unchanged():
                self._kept.pop(id(value), None)
                kept = _keep(value, namespace)
            if kept is not None:
                known[id(value)] = kept.packed
                if len(self._kept) < MOST and kept.packed.parcel.nbytes < psutil.virtual_memory().available * SHARE:
                    self._kept[id(value)] = kept
        return known


def _keep(value: Any, namespace: dict[str, Any]) -> _Kept | None:
    unchanged = atoms_watch(value)
    packing = pack({"": value}, namespace=namespace) if unchanged is not None else None
    return _Kept(value, Packed(packing.parcels[0], ""), unchanged) if packing and packing.parcels else None


def _many(value: Any) -> bool:
    kind = type(value)
    if kind in PLAIN:
        return len(value) >= MANY
    if kind.__module__ == "builtins":
        return False
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and kind is numpy.ndarray:
        return value.dtype == object and value.size >= MANY
    if pandas is not None and kind in (pandas.DataFrame, pandas.Series):
        dtypes = [value.dtype] if value.ndim == 1 else value.dtypes
        return value.size >= MANY and any(dtype == object for dtype in dtypes)  # noqa: E721
    return False
