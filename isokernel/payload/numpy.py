"""What NumPy's own pickling leaves out: objects that know no way back, maps of files, and one line on an array."""

from __future__ import annotations

import gc
import mmap
import os
from collections.abc import Callable

import numpy as np

from .instances import fill
from .pickler import book
from .python import set_own
from .registry import Refuse
from .views import Views, bounds


def reduce_limits(limits: np.finfo | np.iinfo) -> tuple:
    """np.finfo and np.iinfo by the type they are about."""
    return type(limits), (limits.dtype,)


def reduce_ufunc(ufunc: np.ufunc) -> object:
    """A ufunc that np.frompyfunc made of a function; those of libraries go by name."""
    parts = gc.get_referents(ufunc)
    function = next((part for part in parts if callable(part)), None)
    if function is None:
        return NotImplemented
    return np.frompyfunc, (function, ufunc.nin, ufunc.nout)


def reduce_memmap(array: np.memmap) -> object:
    """A map of a file, as one of the same file: what is written to it is in the file, and seen by all who map it.

    Where the file is gone, or isn't what was mapped, the values. A map that keeps its changes to itself (mode ``c``)
    brings them along.
    """
    found = _mapped(array)
    if found is None:
        return np.asarray(array).__reduce_ex__(5)
    source, place = found
    values = np.array(array) if source.mode == "c" else None  # of no class
    make, args = make_map, (str(source.filename), source.mode, place, type(array), values)
    return make, args, dict(vars(array), _mmap=None), None, None, set_map


def reduce_array(array: np.ndarray) -> object:
    """An array; one that looks at a mapped file does so over there."""
    found = _mapped(array) if array.base is not None else None
    if found is None or found[0].mode == "c":
        return book(Views).reduce(array)
    return make_map, (str(found[0].filename), found[0].mode, found[1], np.ndarray, None)


Place = tuple[int, int, np.dtype, tuple[int, ...], tuple[int, ...], int]
"""Where an array is in a file: first byte, bytes spanned, dtype, shape, strides, and its start in what it spans."""


def _mapped(array: np.ndarray) -> tuple[np.memmap, Place] | None:
    """The map that an array looks at, if its file is still there, and where the array is in the file."""
    source: object = array
    while source is not None and not isinstance(base := getattr(source, "base", None), mmap.mmap):
        source = base
    if not isinstance(source, np.memmap) or source.filename is None or not array.size:
        return None
    start = np.frombuffer(source.base, np.uint8).__array_interface__["data"][0]
    if not _is_of(source.filename, start):
        return None
    low, high = bounds(array)
    first = source.offset - source.offset % mmap.ALLOCATIONGRANULARITY + low - start
    at = array.__array_interface__["data"][0] - low
    return source, (first, high - low, array.dtype, array.shape, array.strides, at)


def _is_of(path: str, address: int) -> bool:
    """Whether the memory at `address` is of the file that is at `path` now."""
    try:
        here = os.stat(path)
        with open("/proc/self/maps") as maps:
            for line in maps:
                span, _, _, _, inode, *_ = line.split(None, 5)
                low, high = (int(each, 16) for each in span.split("-"))
                if low <= address < high:
                    return int(inode) == here.st_ino
    except OSError:
        pass  # no file; or a system that doesn't tell
    return False


def make_map(path: str, mode: str, place: Place, kind: type, values: np.ndarray | None) -> np.ndarray:
    """An array on these bytes of a file; with `values` that are not in it, where they are given."""
    first, span, dtype, shape, strides, at = place
    memory = np.memmap(path, np.uint8, "r+" if mode == "w+" else mode, first, span)
    memory.mode = mode
    array = np.lib.stride_tricks.as_strided(
        memory[at : at + dtype.itemsize].view(dtype), shape, strides, subok=True, writeable=mode != "r"
    )
    if values is not None:
        array[...] = values
    return array if kind is np.memmap else array.view(kind)


def set_map(array: np.memmap, own: dict) -> None:
    """Give a map the attributes it had."""
    vars(array).update(own, _mmap=array._mmap)


class Seen:
    """Each array of a subclass as a plain array: for one pack the same one whenever it is asked for."""

    def __init__(self) -> None:
        self._arrays: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def plain(self, array: np.ndarray) -> np.ndarray:
        """`array` without its class."""
        if id(array) not in self._arrays:
            self._arrays[id(array)] = array, array.view(np.ndarray)
        return self._arrays[id(array)][1]

    def settle(self) -> bool:
        """There is nothing to settle."""
        return False


def reduce_subclass(array: np.ndarray) -> object:
    """An array of a subclass with the attributes it was given, which NumPy's own pickling forgets."""
    kind = type(array)
    if kind is np.ndarray:
        return NotImplemented
    if (kind.__reduce__, kind.__reduce_ex__) != (np.ndarray.__reduce__, np.ndarray.__reduce_ex__):
        return NotImplemented
    if kind.__setstate__ is not np.ndarray.__setstate__:
        return NotImplemented
    own = object.__getstate__(array)
    state = own if isinstance(own, tuple) else (own, None)
    return make_subclass, (kind, book(Seen).plain(array)), state, None, None, set_subclass


def make_subclass(kind: type, array: np.ndarray) -> np.ndarray:
    """`array` as one of `kind`."""
    return array.view(kind)


def set_subclass(array: np.ndarray, state: tuple[dict | None, dict | None]) -> None:
    """Give an array the attributes it had."""
    fill(array, *state)


def reduce_masked(array: np.ma.MaskedArray) -> tuple:
    """Data and mask as they are, with what else makes up the array: NumPy's own pickling makes all masks soft."""
    data = book(Seen).plain(array)
    if array.baseclass is not np.ndarray:
        data = data.view(array.baseclass)
    own = {name: value for name, value in vars(array).items() if name != "_mask"}
    return make_masked, (data, np.ma.getmask(array)), own, None, None, set_own


def make_masked(data: np.ndarray, mask: np.ndarray | np.bool_) -> np.ma.MaskedArray:
    """A masked array over `data` and `mask` themselves."""
    return np.ma.MaskedArray(data, mask, copy=False)


def refuse_iterator(iterator: object) -> tuple:
    """np.nditer: a place in memory of this process."""
    raise Refuse("it is a place in arrays of this process; carry the arrays, and iterate where they are used.")


def summarise(obj: object) -> str | None:
    """``float32 (60000, 28, 28)``."""
    return f"{obj.dtype} {obj.shape}" if isinstance(obj, np.ndarray) else None


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer(np.ndarray, reduce_array, exact=True)
    register_reducer(np.finfo, reduce_limits)
    register_reducer(np.iinfo, reduce_limits)
    register_reducer(np.ufunc, reduce_ufunc)
    register_reducer(np.memmap, reduce_memmap)
    register_reducer(np.ndarray, reduce_subclass)
    register_reducer("numpy.ma:MaskedArray", reduce_masked, exact=True)
    register_reducer(np.nditer, refuse_iterator)
