"""What NumPy's own pickling leaves out: objects that know no way back, and one line on an array."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np

from .instances import fill
from .pickler import book
from .python import set_own
from .registry import Refuse
from .views import Views


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


def reduce_memmap(array: np.memmap) -> tuple:
    """The values: the file may be gone by then, and writes to it were not meant to come from two processes."""
    return np.asarray(array).__reduce_ex__(5)


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
    register_reducer(np.ndarray, lambda array: book(Views).reduce(array), exact=True)
    register_reducer(np.finfo, reduce_limits)
    register_reducer(np.iinfo, reduce_limits)
    register_reducer(np.ufunc, reduce_ufunc)
    register_reducer(np.memmap, reduce_memmap)
    register_reducer(np.ndarray, reduce_subclass)
    register_reducer("numpy.ma:MaskedArray", reduce_masked, exact=True)
    register_reducer(np.nditer, refuse_iterator)
