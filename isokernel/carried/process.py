"""What is carried of a process and of its libraries, but for the training frameworks."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from os import getcwd
from pathlib import Path
from types import ModuleType
from typing import Any

from ..quiet import quiet
from .later import when_imported
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
    named = {
        logger.name: (logger.level, logger.propagate, logger.disabled)
        for logger in loggers
        if logger.level or not logger.propagate or logger.disabled
    }
    root = logging.root.level, logging.root.propagate, logging.root.disabled
    return {
        "root": root,
        "disabled": manager.disable,
        "captured": logging._warnings_showwarning is not None,
        "named": named,
    }


def _set_levels(_: Any, state: dict[str, Any]) -> None:
    logging.disable(state["disabled"])
    logging.captureWarnings(state["captured"])
    for name, (level, propagate, disabled) in {"root": state["root"], **state["named"]}.items():
        logger = logging.root if name == "root" else logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, disabled


def _filters(_: Any) -> list[tuple]:
    return list(warnings.filters)


def _set_filters(_: Any, state: list[tuple]) -> None:
    warnings.filters[:] = state
    warnings._filters_mutated()


def _warned(_: Any) -> dict[str, list[tuple]]:
    """The warnings that won't be shown again, by the module they are shown for: text, category by name, line."""
    now = _filters_version()
    found = {
        name: [
            (key[0], (key[1].__module__, key[1].__qualname__), *key[2:])
            for key in registry
            if isinstance(key, tuple) and isinstance(key[0], str)
        ]
        for name, registry in _registries()
        if registry.get("version") == now  # else the filters have changed since, and all are shown again
    }
    return {**_told_elsewhere, **{name: keys for name, keys in found.items() if keys}}


def _set_warned(_: Any, state: dict[str, list[tuple]]) -> None:
    for name, registry in _registries():
        if name not in state:
            registry.clear()
    for name in state:  # not as sets, which would go through all modules
        if name not in _told_elsewhere and name not in sys.modules:
            when_imported(name, partial(_remember, name))
    _told_elsewhere.clear()
    _told_elsewhere.update(state)
    for name in state:
        if name in sys.modules:
            _remember(name, sys.modules[name])


def _remember(name: str, module: Any) -> None:
    registry = vars(module).setdefault("__warningregistry__", {})
    if _warning is not None:
        _warning.add(name)
    registry.clear()
    registry["version"] = _filters_version()
    for text, (place, category), *line in _told_elsewhere.pop(name, ()):
        kind = getattr(sys.modules.get(place), category, None)
        if kind is not None:
            registry[text, kind, *line] = True


_told_elsewhere: dict[str, list[tuple]] = {}
"""Of modules that aren't loaded in this process."""
_warning: set[str] | None = None
"""Modules for which a warning was shown; None where nobody notes them, and each may be one."""


def note_warnings() -> None:
    """Forget what was warned of in this process, and note from now on which modules something is shown for.

    In a worker to look for them among all modules is to copy the pages that these are on, some milliseconds each time.
    """
    global _warning
    _warning = set()
    with warnings.catch_warnings():  # to enter is to change the filters, and so all registries are out of date
        pass
    show = warnings._showwarnmsg

    def noted(message: warnings.WarningMessage) -> None:
        frame = sys._getframe(1)  # the warning is for a module of one of these
        while frame is not None:
            if dict.__contains__(frame.f_globals, "__warningregistry__"):
                _warning.add(dict.get(frame.f_globals, "__name__", ""))
            frame = frame.f_back
        show(message)

    warnings._showwarnmsg = noted


def _registries() -> Iterator[tuple[str, dict]]:
    """Where Python notes what it has warned of, but for the notebook's own, which IPython empties for each cell."""
    for name in list(sys.modules if _warning is None else _warning):
        module = sys.modules.get(name)
        if name != "__main__" and isinstance(module, ModuleType):
            # Of a module that is loaded lazily, to ask for its attributes is to load it.
            registry = object.__getattribute__(module, "__dict__").get("__warningregistry__")
            if isinstance(registry, dict):
                yield name, registry


def _filters_version() -> int:
    """How often the filters have changed, by which a registry is out of date; Python tells it to registries alone."""
    registry: dict[str, int] = {}
    with suppress(TypeError):  # a text without a hash, which is looked up right after
        warnings.warn_explicit([], UserWarning, "", 0, registry=registry)  # type: ignore[arg-type]
    return registry["version"]


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


def _collector(_: Any) -> tuple[bool, tuple[int, int, int], int]:
    return gc.isenabled(), gc.get_threshold(), gc.get_debug()


def _set_collector(_: Any, state: tuple[bool, tuple[int, int, int], int]) -> None:
    on, thresholds, debug = state
    (gc.enable if on else gc.disable)()
    gc.set_threshold(*thresholds)
    gc.set_debug(debug)


def _umask(_: Any) -> int | None:
    # To ask by os.umask is to set it, and a thread may make a file meanwhile.
    lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    return next((int(line.split()[1], 8) for line in lines if line.startswith("Umask:")), None)


def _visited(ipython: Any) -> list[str] | None:
    shell = ipython.get_ipython()
    return None if shell is None else [str(folder) for folder in shell.user_ns.get("_dh", ())]


def _set_visited(ipython: Any, state: list[str]) -> None:
    shell = ipython.get_ipython()
    if shell is not None and "_dh" in shell.user_ns:
        shell.user_ns["_dh"][:] = state


def _dialects(csv: Any) -> dict[str, dict[str, Any]]:
    return {name: {o: getattr(csv.get_dialect(name), o) for o in _DIALECT} for name in csv.list_dialects()}


def _set_dialects(csv: Any, state: dict[str, Any]) -> None:
    here = _dialects(csv)
    for name in here.keys() - state.keys():
        csv.unregister_dialect(name)
    for name, options in state.items():
        if here.get(name) != options:  # to make one takes a quarter of a millisecond in a fresh fork
            csv.register_dialect(name, **options)


_DIALECT = ("delimiter doublequote escapechar lineterminator quotechar quoting skipinitialspace strict").split()

NUMPY = "numpy.random.mtrand"

ADDRESSES = frozenset({"WANDB_SERVICE"})
"""Variables that lead to a process which the cell started, and which ends with it."""

OF_THE_PLACE = (
    Setting("working directory", "os", lambda m: getcwd(), lambda m, state: m.chdir(state)),
    Setting("sys.path", "sys", lambda m: list(m.path), lambda m, state: m.path.__setitem__(slice(None), state)),
    Setting("environment variables", "os", lambda m: _environment(), lambda m, state: _set_environment(state)),
    Setting("sys.argv", "sys", lambda m: list(m.argv), lambda m, state: m.argv.__setitem__(slice(None), state)),
)
"""What every run is given anyhow, and an undeclared one gives back."""

OF_THE_NOTEBOOK = (
    Setting("recursion limit", "sys", lambda m: m.getrecursionlimit(), lambda m, state: m.setrecursionlimit(state)),
    Setting("switch interval", "sys", lambda m: m.getswitchinterval(), lambda m, state: m.setswitchinterval(state)),
    Setting(
        "limit of digits", "sys", lambda m: m.get_int_max_str_digits(), lambda m, state: m.set_int_max_str_digits(state)
    ),
    Setting("garbage collector", "gc", _collector, _set_collector),
    Setting("umask", "os", _umask, lambda m, state: m.umask(state) and None),
    Setting(
        "locale",
        "locale",
        lambda m: m.setlocale(m.LC_ALL),
        lambda m, state: m.setlocale(m.LC_ALL, state) and None,
    ),
    Setting("decimal context", "decimal", lambda m: m.getcontext().copy(), lambda m, state: m.setcontext(state.copy())),
    Setting(
        "timeout of sockets",
        "socket",
        lambda m: (m.getdefaulttimeout(),),
        lambda m, state: m.setdefaulttimeout(*state),
    ),
    Setting(
        "csv dialects",
        "csv",
        _dialects,
        _set_dialects,
    ),
    Setting("csv field size limit", "csv", lambda m: m.field_size_limit(), lambda m, s: m.field_size_limit(s) and None),
    Setting("directories of %cd", "IPython", _visited, _set_visited),
    Setting(
        "nest_asyncio",
        "nest_asyncio",
        lambda m: getattr(asyncio, "_nest_patched", None),
        lambda m, state: m.apply(),
        brings=True,
    ),
    Setting("warning filters", "warnings", _filters, _set_filters),
    Setting("levels of loggers", "logging", _levels, _set_levels),
    Setting("numpy print options", "numpy", lambda m: m.get_printoptions(), lambda m, s: m.set_printoptions(**s)),
    Setting("numpy floating-point errors", "numpy", lambda m: m.geterr(), lambda m, state: m.seterr(**state)),
    Setting("matplotlib rcParams", "matplotlib", _rc, _set_rc),
    Setting("pandas options", "pandas", _pandas, _set_pandas),
    Setting("sklearn configuration", "sklearn", lambda m: m.get_config(), lambda m, state: m.set_config(**state)),
    # Like a stream, it is to be as it was after values are opened: imports change filters for a moment.
    Setting("warnings that were shown", "warnings", _warned, _set_warned, True),
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
    if "TZ" in state:
        time.tzset()
