"""Environment variables of training frameworks: what a value means to them, and when they read it.

A framework reads some of its variables once, as it is imported; the warm process has imported it, and what it found
then holds. So for a cell that sets one it matters whether the new value means anything else, and whether it can be set
later. How each line of :data:`READ` is known is said beside it; what was read when was seen by a library that was
loaded before all others and wrote down each ``getenv`` (TensorFlow 2.21, Keras 3.15).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

Environment = Mapping[str, str]


def backend(environment: Environment) -> str:
    """Which backend Keras takes: as the variable says, else as its configuration file does."""
    named = environment.get("KERAS_BACKEND")
    if named:
        return named
    home = environment.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    try:
        configured = json.loads(Path(os.path.expanduser(home), "keras.json").read_text(encoding="utf-8"))
        return str(configured.get("backend", "tensorflow"))
    except (OSError, ValueError, AttributeError):  # none, or none that Keras would take
        return "tensorflow"


def log_level(environment: Environment) -> int:
    """Below which severity TensorFlow's C++ is silent, as ``istream >> int`` reads it: 0 for what is no number."""
    text = environment.get("TF_CPP_MIN_LOG_LEVEL", "").lstrip()
    sign, digits = (text[:1], text[1:]) if text[:1] in ("+", "-") else ("", text)
    length = next((i for i, each in enumerate(digits) if each not in "0123456789"), len(digits))
    return max(int(f"{sign}{digits[:length]}"), 0) if length else 0


def onednn(environment: Environment) -> str:
    """'on', 'off', or '' for what the processor decides: so is what TensorFlow doesn't understand."""
    said = environment.get("TF_ENABLE_ONEDNN_OPTS", "").lower()
    return {"1": "on", "true": "on", "0": "off", "false": "off"}.get(said, "")


def legacy_keras(environment: Environment) -> bool:
    """Whether ``tf.keras`` is the package ``tf_keras``."""
    return environment.get("TF_USE_LEGACY_KERAS") in ("true", "True", "1")


READ: dict[str, Callable[[Environment], object]] = {
    # keras/src/backend/config.py reads it at import, after keras.json; then keras imports that backend and no other.
    "KERAS_BACKEND": backend,
    # Set after the import it neither silences what was loud nor brings back what was silent: tried, both ways.
    "TF_CPP_MIN_LOG_LEVEL": log_level,
    # port.cc tells during the import what it has decided, and decides once.
    "TF_ENABLE_ONEDNN_OPTS": onednn,
    # tensorflow/__init__.py and its lazy loader of Keras compare it to three words at import.
    "TF_USE_LEGACY_KERAS": legacy_keras,
}
"""What the variables mean that are read as TensorFlow and Keras are imported, and that people set most."""

LATER = frozenset({
    # libcuda reads it in cuInit, which no import calls.
    "CUDA_VISIBLE_DEVICES",
    # Read when a GPU's allocator is made, with the device; no import asks for it.
    "TF_FORCE_GPU_ALLOW_GROWTH",
    # Read when the first function is compiled by XLA.
    "XLA_FLAGS",
    # Read when devices are listed for the first time.
    "TF_XLA_FLAGS",
})  # fmt: skip
"""Variables that are read when the runtime starts: they can be set in a process that has imported the framework."""

READ_BY_C = frozenset(
    "TF_CPP_MIN_LOG_LEVEL TF_CPP_MAX_VLOG_LEVEL TF_CPP_VMODULE TF_ENABLE_ONEDNN_OPTS TF_ENABLED_DEVICE_TYPES "
    "OMP_NUM_THREADS OMP_DYNAMIC OMP_PROC_BIND OMP_PLACES OMP_SCHEDULE OMP_STACKSIZE OMP_WAIT_POLICY "
    "GOMP_CPU_AFFINITY GOMP_SPINCOUNT OPENBLAS_NUM_THREADS OPENBLAS_CORETYPE GOTO_NUM_THREADS MKL_NUM_THREADS "
    "KMP_AFFINITY NPY_DISABLE_CPU_FEATURES NPY_ENABLE_CPU_FEATURES HDF5_USE_FILE_LOCKING HDF5_PLUGIN_PATH".split()
)
"""Variables that C code reads while a library is loaded, where no Python hook sees it."""


def same(name: str, one: Environment, other: Environment, found: Environment) -> bool:
    """Whether a variable of two environments means the same to what reads it.

    Parameters
    ----------
    name : str
    one, other : mapping of str to str
        That of the imports, and another.
    found : mapping of str to str
        What the imports have come to where `one` leaves it to them; empty while that isn't known.
    """
    if one.get(name) == other.get(name):
        return True
    meaning = READ.get(name)
    if meaning is None:
        return False
    before, after = meaning(one), meaning(other)
    return before == after or (before == "" and after == found.get(name, ""))


def is_open(name: str, one: Environment, other: Environment) -> bool:
    """Whether only the imports can tell if that is :func:`same`: `one` leaves it to them, `other` says the usual."""
    meaning = READ.get(name)
    return meaning is onednn and meaning(one) == "" and meaning(other) == "on"
