"""NumPy arrays that look at the same memory still do on the other side.

The first time a pack meets its arrays it only notes which memory each looks at. If some overlap, the pack is done
again, and then each overlapping array is written as a window on one that is carried whole: the array that covers them
all, where the pack has it, else the bytes from the first to the last of them. Arrays that are neighbours in one piece
of memory, as the two halves of a split are, share nothing and stay apart.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pickle import PickleBuffer

import numpy as np

from .memory import LARGE

SPARSE = 4  # memory between windows may be this many times what they show before it is worth an exact comparison
TooHard = np.exceptions.TooHardError if hasattr(np, "exceptions") else np.TooHardError
WORK = 100_000  # steps of that comparison; undecided counts as shared


class Views:
    """The arrays of one pack, and what is known of their memory."""

    def __init__(self) -> None:
        self._met: dict[int, dict[int, np.ndarray]] = {}
        self._windows: dict[int, tuple[np.ndarray, int]] = {}
        self._holders: set[int] = set()
        self._settled = False

    def reduce(self, array: np.ndarray) -> object:
        """`array` as a window, where it is known to be one."""
        if not self._settled:
            memory = array
            while isinstance(memory, np.ndarray) and memory.base is not None:
                memory = memory.base
            self._met.setdefault(id(memory), {})[id(array)] = array
        window = self._windows.get(id(array))
        if window is None:
            if id(array) in self._holders:
                return _whole_array(array)
            if array.nbytes >= LARGE and not _whole(array) and not array.dtype.hasobject:
                return np.ascontiguousarray(array).__reduce_ex__(5)  # else its bytes would go through the stream
            return NotImplemented
        holder, offset = window
        return make_window, (holder, array.dtype, array.shape, array.strides, offset, array.flags.writeable)

    def settle(self) -> bool:
        """Decide who is whose window; whether there are any, so that the pack must be done again."""
        if self._settled:
            return False
        self._settled = True
        for arrays in self._met.values():
            if len(arrays) > 1:
                for group in _overlapping([array for array in arrays.values() if array.size]):
                    self._share(group)
        return bool(self._windows)

    def _share(self, arrays: list[np.ndarray]) -> None:
        low, high = min(bounds(a)[0] for a in arrays), max(bounds(a)[1] for a in arrays)
        holder = next((a for a in arrays if bounds(a) == (low, high) and _whole(a)), None)
        if holder is None:
            if any(a.dtype.hasobject for a in arrays):
                return  # pointers can't be copied as bytes
            shown = sum(a.nbytes for a in arrays)
            if high - low > SPARSE * shown and not _any_shared(arrays):
                return
            memory = (ctypes.c_char * (high - low)).from_address(low)
            holder = np.frombuffer(memory, np.uint8)
        self._holders.add(id(holder))
        for array in arrays:
            if array is not holder:
                # `holder` is kept here: its id must stay its own while the pack lasts.
                self._windows[id(array)] = holder, array.__array_interface__["data"][0] - low


def _whole_array(array: np.ndarray) -> object:
    """An array that will be the `base` of its windows, which it is only if it is no view itself."""
    if array.dtype.hasobject:
        return NotImplemented
    order = "C" if array.flags.c_contiguous else "F"
    return make_whole, (PickleBuffer(array.reshape(-1, order=order).view(np.uint8)), array.dtype, array.shape, order)


def make_whole(buffer: object, dtype: np.dtype, shape: tuple, order: str) -> np.ndarray:
    """An array right over `buffer`."""
    return np.ndarray(shape, dtype, buffer=buffer, order=order)


def make_window(
    holder: np.ndarray, dtype: np.dtype, shape: tuple, strides: tuple, offset: int, writeable: bool
) -> np.ndarray:
    """An array that looks at the memory of `holder`, from byte `offset` on."""
    flat = holder if holder.flags.c_contiguous else holder.T
    array = np.ndarray(shape, dtype, buffer=flat, offset=offset, strides=strides)
    if not writeable:
        array.flags.writeable = False
    return array


def _whole(array: np.ndarray) -> bool:
    return array.flags.c_contiguous or array.flags.f_contiguous


def bounds(array: np.ndarray) -> tuple[int, int]:
    """Addresses of the first byte and of the one after the last."""
    low = high = array.__array_interface__["data"][0]
    for length, stride in zip(array.shape, array.strides):
        reach = (length - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + array.itemsize


def _overlapping(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    group: list[np.ndarray] = []
    end = 0
    for array in sorted(arrays, key=bounds):
        low, high = bounds(array)
        if group and low >= end:
            if len(group) > 1:
                yield group
            group = []
        end = max(end, high) if group else high
        group.append(array)
    if len(group) > 1:
        yield group


def _any_shared(arrays: list[np.ndarray]) -> bool:
    for index, array in enumerate(arrays):
        for other in arrays[:index]:
            try:
                if np.shares_memory(array, other, max_work=WORK):
                    return True
            except TooHard:
                return True
    return False
