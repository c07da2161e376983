"""What the notebook's own code has registered with its shell: formatters, for all cells; magics and aliases, and
settings that a cell changes, for undeclared ones.

They are state of the shell, and a notebook counts on them in the next cell, wherever that runs. Magics of libraries
and extensions are none of these: they are loaded where they are needed. Formatters go by the names of their types, so
that no type has to be there before its values are.
"""

from __future__ import annotations

import types
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import settings

SETTINGS = "settings"
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
    return found | {f"alias {name}": command for name, command in own} | formatters(shell)


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
