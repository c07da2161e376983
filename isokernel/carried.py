"""Settings of a process, and random streams, that travel with undeclared cells.

A cell that declares nothing keeps the semantics of a notebook, where ``np.random.seed(0)`` in one cell is felt by the
next. This is the whole list of what is carried for it; a declared cell is given none of it. What a framework holds is
carried from one isolated run to the next; the rest is also the notebook's own, in both directions.

Private names of Python's library are in the table of docs/design.md, those of frameworks in :data:`PRIVATE`.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Later = Callable[[str, Callable[[Any], None]], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is carried.

    Parameters
    ----------
    name : str
        What a user would call it.
    module : str
        The module that must be loaded for it to exist.
    get : callable
        ``get(module)`` returns its state, which can be packed, or None for none.
    set : callable
        ``set(module, state)``.
    stream : bool
        A random stream, which is set after values were opened, because opening may draw from it.
    """

    name: str
    module: str
    get: Callable[[Any], Any]
    set: Callable[[Any, Any], None]
    stream: bool = False


def _rc(matplotlib: Any) -> dict[str, Any]:
    default = matplotlib.rcParamsDefault
    return {k: v for k, v in dict.items(matplotlib.rcParams) if k != "backend" and v != dict.get(default, k)}


def _set_rc(matplotlib: Any, state: dict[str, Any]) -> None:
    gone = [key for key in _rc(matplotlib) if key not in state]
    matplotlib.rcParams.update({**{key: matplotlib.rcParamsDefault[key] for key in gone}, **state})


def _levels(_: Any) -> dict[str, Any]:
    manager = logging.root.manager
    loggers = [logger for logger in manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    named = {logger.name: logger.level for logger in loggers if logger.level}
    return {"root": logging.root.level, "disabled": manager.disable, "named": named}


def _set_levels(_: Any, state: dict[str, Any]) -> None:
    logging.root.setLevel(state["root"])
    logging.disable(state["disabled"])
    for name, level in state["named"].items():
        logging.getLogger(name).setLevel(level)


def _filters(_: Any) -> list[tuple]:
    return list(warnings.filters)


def _set_filters(_: Any, state: list[tuple]) -> None:
    warnings.filters[:] = state
    warnings._filters_mutated()


NUMPY = "numpy.random.mtrand"

OF_THE_PLACE = (
    Setting("working directory", "os", lambda m: m.getcwd(), lambda m, state: m.chdir(state)),
    Setting("sys.path", "sys", lambda m: list(m.path), lambda m, state: m.path.__setitem__(slice(None), state)),
    Setting("environment variables", "os", lambda m: dict(m.environ), lambda m, state: _set_environment(state)),
)
"""What every run is given anyhow, and an undeclared one gives back."""

OF_THE_NOTEBOOK = (
    Setting("recursion limit", "sys", lambda m: m.getrecursionlimit(), lambda m, state: m.setrecursionlimit(state)),
    Setting("warning filters", "warnings", _filters, _set_filters),
    Setting("levels of loggers", "logging", _levels, _set_levels),
    Setting("numpy print options", "numpy", lambda m: m.get_printoptions(), lambda m, s: m.set_printoptions(**s)),
    Setting("numpy floating-point errors", "numpy", lambda m: m.geterr(), lambda m, state: m.seterr(**state)),
    Setting("matplotlib rcParams", "matplotlib", _rc, _set_rc),
    Setting("sklearn configuration", "sklearn", lambda m: m.get_config(), lambda m, state: m.set_config(**state)),
    Setting("random stream of random", "random", lambda m: m.getstate(), lambda m, state: m.setstate(state), True),
    Setting("random stream of numpy", NUMPY, lambda m: m.get_state(), lambda m, state: m.set_state(state), True),
)


def _set_environment(state: dict[str, str | None]) -> None:
    for name, value in state.items():
        if value is None:
            os.environ.pop(name, None)
        elif os.environ.get(name) != value:
            os.environ[name] = value


def _eager(module: Any) -> bool | None:
    return False if module.default_execution_mode != module.EAGER_MODE else None


def _set_eager(module: Any, state: bool) -> None:
    if not state:
        importlib.import_module("tensorflow").compat.v1.disable_eager_execution()


def _seed(module: Any) -> tuple[int | None, Any] | None:
    context = module.context()
    rng = getattr(context, "_rng", None)
    return None if context._seed is None else (context._seed, rng.getstate() if rng is not None else None)


def _set_seed(module: Any, state: tuple[int | None, Any]) -> None:
    seed, stream = state
    importlib.import_module("tensorflow").random.set_seed(seed)
    if stream is not None:
        module.context()._rng.setstate(stream)


def _keras_state(module: Any) -> dict[str, Any]:
    return {name: value for name in KERAS if (value := module.get_global_attribute(name)) is not None}


def _set_keras_state(module: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        module.set_global_attribute(name, value)


def _numpy_behaviour(module: Any) -> tuple[str, bool] | None:
    if not module.ops._numpy_style_slicing:
        return None
    return module.ops.get_dtype_conversion_mode().name.lower(), module.np_dtypes.is_prefer_float32()


def _set_numpy_behaviour(module: Any, state: tuple[str, bool]) -> None:
    mode, prefer_float32 = state  # one by one: all together warn that it must be the first thing that a program does
    module.ops.set_dtype_conversion_mode(mode)
    module.ops.enable_numpy_style_slicing()
    module.np_math_ops.enable_numpy_methods_on_tensor()
    module.np_dtypes.set_prefer_float32(prefer_float32)


def _logical_devices(module: Any) -> dict[str, list[tuple]] | None:
    split = module.context()._virtual_device_map.items()
    return {device.name: [tuple(part) for part in parts] for device, parts in split if len(parts) > 1} or None


def _set_logical_devices(module: Any, state: dict[str, list[tuple]]) -> None:
    config = importlib.import_module("tensorflow").config
    for device in config.list_physical_devices():
        if device.name in state:
            parts = [config.LogicalDeviceConfiguration(*part) for part in state[device.name]]
            config.set_logical_device_configuration(device, parts)


KERAS = ("object_name_uids", "dtype_policy", "interactive_logging", "traceback_filtering")
"""Global attributes of Keras: its name counters, and what its ``config`` sets."""

_KERAS = "keras.src.backend.common.global_state"
_CONFIG = "keras.src.backend.config"

OF_FRAMEWORKS = (
    Setting("logical devices", "tensorflow.python.eager.context", _logical_devices, _set_logical_devices),
    Setting("eager execution", "tensorflow.python.eager.context", _eager, _set_eager),
    Setting(
        "functions run eagerly", "tensorflow.python.eager.polymorphic_function.eager_function_run",
        lambda m: m.functions_run_eagerly() or None, lambda m, state: m.run_functions_eagerly(state),
    ),
    Setting(
        "numpy behaviour of tensors", "tensorflow.python.ops.numpy_ops.np_config",
        _numpy_behaviour, _set_numpy_behaviour,
    ),
    Setting(
        "Keras configuration", _CONFIG,
        lambda m: {"floatx": m.floatx(), "epsilon": m.epsilon(), "image_data_format": m.image_data_format()},
        lambda m, state: [getattr(m, f"set_{name}")(value) for name, value in state.items()] and None,
    ),
    Setting("Keras names and policies", _KERAS, _keras_state, _set_keras_state),
    Setting("random stream of TensorFlow", "tensorflow.python.eager.context", _seed, _set_seed, True),
)  # fmt: skip


PRIVATE = (
    ("tensorflow.python.eager.context", "context"),
    ("tensorflow.python.eager.context", "default_execution_mode"),
    ("tensorflow.python.eager.context", "Context._set_global_seed"),
    ("tensorflow.python.eager.context", "Context.set_logical_device_configuration"),
    ("tensorflow.python.framework.ops", "_numpy_style_slicing"),
    ("tensorflow.python.framework.ops", "enable_numpy_style_slicing"),
    ("tensorflow.python.framework.ops", "get_dtype_conversion_mode"),
    ("tensorflow.python.framework.ops", "set_dtype_conversion_mode"),
    ("tensorflow.python.ops.numpy_ops.np_math_ops", "enable_numpy_methods_on_tensor"),
    ("tensorflow.python.ops.numpy_ops.np_dtypes", "set_prefer_float32"),
    ("tensorflow.python.eager.polymorphic_function.eager_function_run", "run_functions_eagerly"),
    (_KERAS, "get_global_attribute"),
    (_KERAS, "set_global_attribute"),
    (_CONFIG, "set_floatx"),
)
"""Names of frameworks that are not their public API: a test fails by the name that went."""


def take(settings: tuple[Setting, ...]) -> dict[str, Any]:
    """The present state of what is loaded, by name."""
    found = {}
    for setting in settings:
        module = sys.modules.get(setting.module)
        if module is not None and (state := setting.get(module)) is not None:
            found[setting.name] = state
    return found


def give(state: dict[str, Any], *, streams: bool | None = None, later: Later | None = None) -> None:
    """Set what was taken, where its library is loaded.

    Parameters
    ----------
    state : dict
        Of :func:`take` or :func:`changed`.
    streams : bool, optional
        Only random streams, or only the others.
    later : callable, optional
        ``later(name, set)`` calls ``set(module)`` when that module is imported.
    """
    for setting in (*OF_THE_PLACE, *OF_THE_NOTEBOOK, *OF_FRAMEWORKS):
        if setting.name not in state or streams not in (None, setting.stream):
            continue
        module, held = sys.modules.get(setting.module), state[setting.name]
        if module is not None:
            setting.set(module, held)
        elif later is not None:
            later(setting.module, lambda module, setting=setting, held=held: setting.set(module, held))


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What of `after` is not as in `before`; of environment variables, only those that differ."""
    found = {name: state for name, state in after.items() if _text(state) != _text(before.get(name))}
    variables = "environment variables"
    if variables in found:
        was, now = before.get(variables, {}), after[variables]
        found[variables] = {
            **{name: value for name, value in now.items() if was.get(name) != value},
            **{name: None for name in was if name not in now},
        }
    return found


def _text(state: Any) -> bytes:
    return pickle.dumps(state)  # states hold arrays, which don't compare
