"""What the notebook's own code has registered with its shell: formatters, for all cells; magics and aliases, and
settings that a cell changes, for undeclared ones; and with the system: handlers of signals, and timers.

They are state of the shell, and a notebook counts on them in the next cell, wherever that runs. Magics of libraries
and extensions are none of these: they are loaded where they are needed. Formatters go by the names of their types, so
that no type has to be there before its values are.
"""

from __future__ import annotations

import signal
import sys
import threading
import types
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import settings

SETTINGS, SIGNAL, TIMER = "settings", "signal", "timer"
_KEPT = {signal.SIGINT, signal.SIGCHLD, signal.SIGKILL, signal.SIGSTOP}
_SIGNALS = {f"{SIGNAL} {number.name}": number for number in signal.Signals if number not in _KEPT}
_FIRST = {key: signal.getsignal(number) for key, number in _SIGNALS.items()}  # as every process of a kernel begins
_set: set[str] = set()  # those that have been others, which what was started meanwhile may have inherited
_TIMERS = {"ITIMER_REAL": signal.SIGALRM, "ITIMER_VIRTUAL": signal.SIGVTALRM, "ITIMER_PROF": signal.SIGPROF}
_OURS = {"isokernel", "ipykernel", "IPython", "tornado", "zmq", "debugpy", "pydevd"}
_THEIRS = ("IPython", "matplotlib_inline")
"""Packages whose formatters each process registers for itself, by its settings."""


def take(shell: InteractiveShell) -> dict[str, Any]:
    """What is registered, by kind and name: ``line hello``, ``cell twice``, ``alias ll``, ``text/html pkg.mod Name``.

    A function of the notebook, or, for a method of one of its classes, that class; the command of an alias.
    """
    found: dict[str, Any] = {}
    for kind in ("line", "cell"):
        for name, magic in shell.magics_manager.magics[kind].items():
            code = magic.__func__ if isinstance(magic, types.MethodType) else magic
            if isinstance(code, types.FunctionType) and code.__globals__ is shell.user_ns:
                found[f"{kind} {name}"] = magic if code is magic else type(magic.__self__)
    manager = shell.alias_manager
    own = set(manager.aliases) - set(manager.default_aliases)
    return found | {f"alias {name}": command for name, command in own} | formatters(shell) | handlers()


def set_here(shell: InteractiveShell) -> dict[str, Any]:
    """As :func:`take`, without what another process of the kernel has anyhow: signals that nobody has touched."""
    found = take(shell)
    _set.update(key for key in _SIGNALS.keys() & found.keys() if found[key] is not _FIRST[key])
    return {key: value for key, value in found.items() if key not in _SIGNALS or key in _set}


def handlers() -> dict[str, Any]:
    """What answers to signals, as ``signal SIGALRM``: a function, or a number of ``signal.Handlers``.

    Not to an interrupt, which each process answers in its own way.
    """
    found = {key: signal.getsignal(number) for key, number in _SIGNALS.items()}
    return {key: handler for key, handler in found.items() if handler is not None and not _is_library(handler)}


def stop_timers() -> dict[str, tuple[float, float]]:
    """Stop this process' timers; what was left of each, and its interval, in seconds, as ``timer ITIMER_REAL``."""
    left = {f"{TIMER} {name}": signal.setitimer(getattr(signal, name), 0.0) for name in _TIMERS}
    return {key: state for key, state in left.items() if state[0]}


def _is_library(handler: Any) -> bool:
    module = str(getattr(handler, "__module__", "")).partition(".")[0]
    return callable(handler) and module in sys.stdlib_module_names | _OURS


def _answer(name: str, handler: Any) -> None:
    if threading.current_thread() is threading.main_thread():  # the only one that may
        signal.signal(signal.Signals[name], handler)


def _start_timer(name: str, state: tuple[float, float]) -> None:
    if callable(signal.getsignal(_TIMERS[name])):  # else it would end the notebook
        signal.setitimer(getattr(signal, name), *state)


def formatters(shell: InteractiveShell) -> dict[str, Any]:
    """Functions that format a type, by format, module and name of the type.

    Each in a tuple: a function that has a name of its own finds what it reads where it is, others bring it along.
    """
    found: dict[str, Any] = {}
    for kind, formatter in _formatters(shell).items():
        default = formatter._type_printers_default() if hasattr(formatter, "_type_printers_default") else {}
        by_name = {
            (typ.__module__, typ.__name__): function
            for typ, function in formatter.type_printers.items()
            if function is not default.get(typ)
        }
        for (module, name), function in {**formatter.deferred_printers, **by_name}.items():
            if module == "__main__" and not _is_current(shell, formatter, name):
                continue
            code = getattr(function, "func", function)  # of a partial one
            if str(getattr(code, "__module__", "")).partition(".")[0] not in _THEIRS:
                found[f"{kind} {module} {name}"] = (function,)
    return found


def give(shell: InteractiveShell, found: dict[str, Any]) -> None:
    """Register what was taken of another shell."""
    known = _formatters(shell)
    for key, value in found.items():
        kind, _, name = key.partition(" ")
        if key == SETTINGS:
            settings.give(shell, value)
        elif kind == SIGNAL:
            _answer(name, value)
        elif kind == TIMER:
            _start_timer(name, value)
        elif kind in known:
            module, _, name = name.rpartition(" ")
            formatter = known[kind]
            for typ in [t for t in formatter.type_printers if (t.__module__, t.__name__) == (module, name)]:
                del formatter.type_printers[typ]
            formatter.for_type_by_name(module, name, *value)
        elif kind == "alias":
            shell.alias_manager.soft_define_alias(name, value)
        elif isinstance(value, type):
            shell.register_magics(value)
        else:
            shell.magics_manager.register_function(value, kind, name)


def _is_current(shell: InteractiveShell, formatter: Any, name: str) -> bool:
    # A class of the notebook that was defined again is another one, and has the name.
    return ("__main__", name) in formatter.deferred_printers or shell.user_ns.get(name) in formatter.type_printers


def _formatters(shell: InteractiveShell) -> dict[str, Any]:
    display = shell.display_formatter
    more = {"_ipython_display_": display.ipython_display_formatter, "mimebundle": display.mimebundle_formatter}
    return {**display.formatters, **more}
