"""What is carried of a process and of its libraries, but for the training frameworks."""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

from ..quiet import quiet
from .setting import Setting


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


def _pandas(pandas: Any) -> dict[str, Any]:
    registered = pandas._config.config._registered_options
    with quiet():  # of options that are deprecated
        held = {key: pandas.get_option(key) for key in registered}
    return {key: value for key, value in held.items() if value != registered[key].defval}


def _set_pandas(pandas: Any, state: dict[str, Any]) -> None:
    with quiet():
        for key in _pandas(pandas).keys() - state.keys():
            pandas.reset_option(key)
        for key, value in state.items():
            pandas.set_option(key, value)


NUMPY = "numpy.random.mtrand"

ADDRESSES = frozenset({"WANDB_SERVICE"})
"""Variables that lead to a process which the cell started, and which ends with it."""

OF_THE_PLACE = (
    Setting("working directory", "os", lambda m: m.getcwd(), lambda m, state: m.chdir(state)),
    Setting("sys.path", "sys", lambda m: list(m.path), lambda m, state: m.path.__setitem__(slice(None), state)),
    Setting("environment variables", "os", lambda m: _environment(), lambda m, state: _set_environment(state)),
)
"""What every run is given anyhow, and an undeclared one gives back."""

OF_THE_NOTEBOOK = (
    Setting("recursion limit", "sys", lambda m: m.getrecursionlimit(), lambda m, state: m.setrecursionlimit(state)),
    Setting("warning filters", "warnings", _filters, _set_filters),
    Setting("levels of loggers", "logging", _levels, _set_levels),
    Setting("numpy print options", "numpy", lambda m: m.get_printoptions(), lambda m, s: m.set_printoptions(**s)),
    Setting("numpy floating-point errors", "numpy", lambda m: m.geterr(), lambda m, state: m.seterr(**state)),
    Setting("matplotlib rcParams", "matplotlib", _rc, _set_rc),
    Setting("pandas options", "pandas", _pandas, _set_pandas),
    Setting("sklearn configuration", "sklearn", lambda m: m.get_config(), lambda m, state: m.set_config(**state)),
    Setting("random stream of random", "random", lambda m: m.getstate(), lambda m, state: m.setstate(state), True),
    Setting("random stream of numpy", NUMPY, lambda m: m.get_state(), lambda m, state: m.set_state(state), True),
)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ADDRESSES}


def _set_environment(state: dict[str, str | None]) -> None:
    for name, value in state.items():
        if value is None:
            os.environ.pop(name, None)
        elif os.environ.get(name) != value:
            os.environ[name] = value
