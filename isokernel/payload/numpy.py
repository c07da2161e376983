"""What NumPy's own pickling leaves out: objects that know no way back, and one line on an array."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np

from .pickler import book
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
    register_reducer(np.nditer, refuse_iterator)
