"""Magics and aliases that the notebook's own code has registered, for undeclared cells.

They are state of the shell, and a notebook counts on them in the next cell, wherever that runs. Magics of libraries
and extensions are none of these: they are loaded where they are needed.
"""

from __future__ import annotations

import types
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def take(shell: InteractiveShell) -> dict[str, Any]:
    """What is registered, by kind and name: ``line hello``, ``cell twice``, ``alias ll``.

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
    return found | {f"alias {name}": command for name, command in own}


def give(shell: InteractiveShell, found: dict[str, Any]) -> None:
    """Register what was taken of another shell."""
    for key, value in found.items():
        kind, _, name = key.partition(" ")
        if kind == "alias":
            shell.alias_manager.soft_define_alias(name, value)
        elif isinstance(value, type):
            shell.register_magics(value)
        else:
            shell.magics_manager.register_function(value, kind, name)
