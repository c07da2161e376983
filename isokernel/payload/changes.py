"""Whether a value is certainly as it was.

Three ways to tell, each for what the others are too slow for; doubt counts as changed.

- Large arrays are opened from a private mapping: a page that somebody wrote to was copied by the system, and is no page
  of the file any more, which ``/proc/self/pagemap`` tells without privileges (Documentation/admin-guide/mm/pagemap.rst:
  bit 63 present, 62 swapped, 61 page of a file or shared). A gigabyte is 262,144 pages and two megabytes to read, where
  comparing it would take as long as shipping it.
- A container of nothing but atoms is as it was if it holds the very same objects, since these can't change; looking
  takes a fraction of the time that packing them takes.
- Anything else is as it was if it is packed to the same bytes.
"""

from __future__ import annotations

import hashlib
import mmap
import sys
from array import array
from collections.abc import Callable, Iterator
from itertools import chain
from operator import is_
from types import ModuleType, SimpleNamespace
from typing import Any

from .pickler import Pickler

Unchanged = Callable[[], bool]
ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None)})
LARGE = 1 << 20  # bytes below which packing again costs less than a thought
HASHED = 64 << 20  # bytes that are worth hashing
PRESENT, SWAPPED, OF_A_FILE = 1 << 63, 1 << 62, 1 << 61


def untouched(value: object) -> bool:
    """Whether `value` can't have changed: an atom, or a large array in a mapping that nobody wrote to."""
    if type(value) in ATOMS:
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.nbytes < LARGE or value.dtype.hasobject:
        return False
    if not (value.flags.c_contiguous or value.flags.f_contiguous):
        return False
    return not written(value.__array_interface__["data"][0], value.nbytes)


def array_imprint(value: object, namespace: dict) -> tuple | None:
    """The imprint of an array that is too small for :func:`untouched`; None for everything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.nbytes >= LARGE or value.dtype.hasobject:
        return None
    return imprint(value, namespace)


def written(address: int, length: int) -> bool:
    """Whether a page of this memory is something else than an untouched page of a mapped file."""
    first, last = address // mmap.PAGESIZE, (address + length - 1) // mmap.PAGESIZE
    entries = array("Q")
    try:
        with open("/proc/self/pagemap", "rb") as pagemap:
            pagemap.seek(first * 8)
            entries.frombytes(pagemap.read((last - first + 1) * 8))
    except OSError:
        return True
    return len(entries) != last - first + 1 or any(e & (PRESENT | SWAPPED) and not e & OF_A_FILE for e in entries)


def atoms_watch(value: object) -> Unchanged | None:
    """A watch on a container of atoms: a list, tuple, set, dict, or an array or a table of objects.

    Returns
    -------
    callable, or None
        ``unchanged()``, which keeps container and atoms alive; None where `value` is, or holds, something else.
    """
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return _items_watch(value)
    if kind is dict:
        return _mapping_watch(value)
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and kind is numpy.ndarray and value.dtype == object:
        return _array_watch(numpy, value)
    if pandas is not None and kind in (pandas.DataFrame, pandas.Series):
        return _table_watch(numpy, value)
    return None


def _items_watch(value: list | tuple | set | frozenset) -> Unchanged | None:
    if not ATOMS.issuperset(map(type, value)):
        return None
    before = list(value)
    return lambda: len(value) == len(before) and all(map(is_, value, before))


def _mapping_watch(value: dict) -> Unchanged | None:
    keys, held = list(value), list(value.values())
    if not ATOMS.issuperset(map(type, chain(keys, held))):
        return None
    return lambda: len(value) == len(keys) and all(map(is_, value, keys)) and all(map(is_, value.values(), held))


def _array_watch(numpy: ModuleType, value: Any) -> Unchanged | None:
    if not ATOMS.issuperset(map(type, value.flat)):
        return None
    before, facts = value.copy(), _facts(value)
    return lambda: _facts(value) == facts and _same_objects(numpy, value, before)


def _facts(array: Any) -> tuple:
    return array.shape, array.strides, array.dtype, array.flags.writeable


def _same_objects(numpy: ModuleType, one: Any, other: Any) -> bool:
    return bool((_addresses(numpy, one) == _addresses(numpy, other)).all())


def _addresses(numpy: ModuleType, array: Any) -> Any:
    """The addresses of an array's objects, without asking any of them."""
    interface = {**array.__array_interface__, "typestr": numpy.dtype(numpy.uintp).str}
    del interface["descr"]
    return numpy.asarray(SimpleNamespace(__array_interface__=interface, array=array))


def _table_watch(numpy: ModuleType, value: Any) -> Unchanged | None:
    before, facts = [], _labels(value)
    if sum(column.nbytes for column in _columns(value) if column.dtype != object) > HASHED:
        return None
    for column in _columns(value):
        kept = _kept(numpy, column)
        if kept is None:
            return None
        before.append(kept)
    if value.attrs:
        return None

    def unchanged() -> bool:
        if value.attrs or len(facts) != len(_labels(value)) or not all(map(_is_or_equal, facts, _labels(value))):
            return False
        return all(_as_kept(numpy, column, kept) for column, kept in zip(_columns(value), before, strict=True))

    return unchanged


def _labels(table: Any) -> list:
    # An Index can't be changed but for its names.
    return [table.shape, table.flags.allows_duplicate_labels, *table.axes, *(list(axis.names) for axis in table.axes)]


def _is_or_equal(one: object, other: object) -> bool:
    return one is other or (type(one) in (tuple, bool, list) and one == other)


def _columns(table: Any) -> Iterator[Any]:
    # One at a time, and none is kept: pandas copies what is written to while somebody looks at it.
    return iter([table] if table.ndim == 1 else (table.iloc[:, i] for i in range(table.shape[1])))


def _kept(numpy: ModuleType, column: Any) -> tuple | None:
    """What a column is compared with later."""
    if not isinstance(column.dtype, numpy.dtype):
        return None
    held = column.to_numpy()
    if column.dtype == object:
        return (object, held.copy()) if ATOMS.issuperset(map(type, held.flat)) else None
    return held.dtype, _digest(numpy, held)


def _as_kept(numpy: ModuleType, column: Any, kept: tuple) -> bool:
    kind, before = kept
    if column.dtype != kind:
        return False
    held = column.to_numpy()
    if kind is object:
        return _same_objects(numpy, held, before)
    return _digest(numpy, held) == before


def _digest(numpy: ModuleType, held: Any) -> bytes:
    return hashlib.blake2b(numpy.ascontiguousarray(held).view("u1")).digest()


def stream_watch(value: object, namespace: dict) -> Unchanged | None:
    """A watch on any value: whether it is still packed to the same bytes.

    Parameters
    ----------
    value : object
    namespace : dict
        The user's globals.

    Returns
    -------
    callable, or None
        ``unchanged()``, which keeps the value alive; None where the value can't be packed, or has large parts that
        can be changed without a trace.
    """
    before = imprint(value, namespace)
    return None if before is None else lambda: imprint(value, namespace) == before


def imprint(value: object, namespace: dict) -> tuple | None:
    """What tells a value from another one by what it is packed to; None where it can't be packed."""
    pickler = Pickler(namespace, everywhere=True)
    pickler.tells = False  # what a function of the notebook reads is no part of it
    pickler.caches = True
    try:
        pickler.dump(value)
    except Exception:  # noqa: BLE001 (whatever the reducers of users and libraries raise)
        return None
    digest = hashlib.blake2b()
    for piece in pickler.pieces:
        digest.update(piece)
    buffers = [_buffer_imprint(buffer) for buffer in pickler.buffers]
    return None if None in buffers else (digest.digest(), *buffers)


def reads_inside(value: object, namespace: dict) -> frozenset[str]:
    """What functions of the notebook read of its namespace, wherever in `value` they are; builtins included.

    Empty for what can't be packed.
    """
    pickler = Pickler(namespace, everywhere=True)
    try:
        pickler.dump(value)
    except Exception:  # noqa: BLE001 (whatever the reducers of users and libraries raise)
        return frozenset()
    return frozenset(pickler.notes.reads).union(*(parcel.all_reads for parcel in pickler.notes.inner.values()))


def _buffer_imprint(buffer: memoryview) -> tuple | None:
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        address = numpy.frombuffer(buffer, "u1").__array_interface__["data"][0]
        if not written(address, buffer.nbytes):
            return address, buffer.nbytes
    return (hashlib.blake2b(buffer).digest(), buffer.nbytes) if buffer.nbytes <= HASHED else None
