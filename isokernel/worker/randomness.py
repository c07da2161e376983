"""Random streams of a fresh worker.

A fork inherits the state of every generator that its template had made, so all forks would draw the same numbers.
Python reseeds ``random`` after a fork by itself; numpy's global state is reseeded here from the system's entropy. For
``--seed`` all three (random, numpy, TensorFlow) are set, as ``keras.utils.set_random_seed`` does.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..carried import when_imported


def begin() -> None:
    """Give the process streams of its own; libraries that are imported later seed themselves freshly."""
    for name, refresh in _REFRESH.items():
        if name in sys.modules:
            refresh(sys.modules[name])
        else:
            when_imported(name, refresh)  # it may be there, and hidden
    if "tensorflow" in sys.modules:
        _count_draws(sys.modules["tensorflow"])
    else:
        when_imported("tensorflow", _count_draws)


def _count_draws(_: ModuleType) -> None:
    importlib.import_module("isokernel.payload.tensorflow.draws").install()


def seed_with(seed: int) -> None:
    """Set the streams to what ``seed`` names; those of libraries that aren't there yet when they arrive."""
    random.seed(seed)
    for name, set_seed in _SEED.items():
        if name in sys.modules:
            set_seed(sys.modules[name], seed)
        else:
            when_imported(name, lambda module, f=set_seed: f(module, seed))


# TensorFlow keeps no state before its first op, which no template has run: its kernels seed themselves then.
_REFRESH: dict[str, Callable[[Any], None]] = {"numpy.random.mtrand": lambda module: module.seed()}
_SEED: dict[str, Callable[[Any, int], None]] = {
    "numpy.random.mtrand": lambda module, seed: module.seed(seed % 2**32),
    "tensorflow.python.framework.random_seed": lambda module, seed: module.set_seed(seed),
}
