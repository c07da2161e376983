"""Modules that are there, and not to be seen until a cell imports them.

What the template imports because cells have imported it time and again is nothing that a notebook has asked for. So
each package is hidden again right behind its import: its modules, and what else the import has left, warning filters,
environment variables, Keras' registered objects. A cell's import brings all that back, at once. A package that leaves
what can't be taken back like that is not to be preloaded.
"""

from __future__ import annotations

import builtins
import copy
import copyreg
import importlib.abc
import logging
import os
import random
import signal
import sys
import warnings
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..carried import arrived

REGISTRIES = (
    "keras.src.saving.object_registration",
    "tf_keras.src.saving.object_registration",
)
"""Modules with the names that Keras knows, and may be told by who imports more."""


@dataclass(slots=True)
class Traces:
    """What an import can leave beside its modules.

    Attributes
    ----------
    environment : dict
    filters : list
        Of warnings.
    registered : dict
        For each of Keras' registries the name of its module and of itself, with what is in it.
    others : dict
        What can't be taken back, by what a user would call it.
    """

    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    filters: list[Any] = field(default_factory=lambda: list(warnings.filters))
    registered: dict[tuple[str, str], dict] = field(default_factory=lambda: {k: dict(v) for k, v in _registries()})
    others: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def now(cls, shell: InteractiveShell) -> Traces:
        """What there is at present."""
        return cls(others=_others(shell))


def _registries() -> list[tuple[tuple[str, str], dict]]:
    found = []
    for name in REGISTRIES:
        for attribute in ("GLOBAL_CUSTOM_OBJECTS", "GLOBAL_CUSTOM_NAMES"):
            registry = getattr(sys.modules.get(name), attribute, None)
            if registry is not None:
                found.append(((name, attribute), registry))
    return found


def _others(shell: InteractiveShell) -> dict[str, Any]:
    root = logging.root
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", {})
    return {
        "the root logger": (root.level, [*root.handlers], [*root.filters], root.manager.disable),
        "logging": (logging.getLoggerClass(), logging.getLogRecordFactory(), logging.raiseExceptions),
        "handlers of signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "hooks": (
            sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook, sys.gettrace(), sys.getprofile(),
            warnings.showwarning, warnings.formatwarning, __import__,
        ),
        "finders of modules": ([each for each in sys.meta_path if type(each) is not Hidden], [*sys.path_hooks]),
        "builtins": {name: id(value) for name, value in vars(builtins).items() if name != "_"},
        "how types are pickled": dict(copyreg.dispatch_table),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), os.getcwd(), [*sys.argv]),
        "random numbers": random.getstate(),
        "matplotlib's settings": dict(dict.items(settings)),
        "IPython": (
            {event: [*held] for event, held in shell.events.callbacks.items()},
            {kind: dict(held) for kind, held in shell.magics_manager.magics.items()},
            [*shell.ast_transformers], [*shell.input_transformers_cleanup], [*shell.input_transformers_post],
            {mime: dict(each.type_printers) for mime, each in shell.display_formatter.formatters.items()},
        ),
    }  # fmt: skip


class Group:
    """What one package's import has brought: modules, what else, and the groups that it has brought back."""

    def __init__(self, modules: dict[str, ModuleType], left: Traces, needs: list[Group]) -> None:
        self.modules, self.left, self.needs, self.seen = modules, left, needs, False

    def show(self) -> None:
        """Have all of it there."""
        if self.seen:
            return
        self.seen = True
        for each in self.needs:
            each.show()
        sys.modules.update(self.modules)
        for name, value in self.left.environment.items():
            os.environ.setdefault(name, value)
        if new := [each for each in self.left.filters if each not in warnings.filters]:
            warnings.filters[:0] = new
            warnings._filters_mutated()
        for (module, attribute), held in self.left.registered.items():
            getattr(sys.modules[module], attribute).update(held)
        arrived(self.modules)

    def hide(self) -> None:
        """Have none of it there."""
        self.seen = False
        for name in self.modules:
            sys.modules.pop(name, None)


class Hidden(importlib.abc.MetaPathFinder):
    """Finds what is hidden; of a process and those that it forks."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}  # by the name of a module

    def hide(self, before: set[str], was: Traces, shell: InteractiveShell) -> str:
        """Hide what an import has brought, with all that it has left; or say why that isn't possible.

        Parameters
        ----------
        before : set of str
            Names of modules that were there before it.
        was : Traces
            As they were before it.
        shell : InteractiveShell

        Returns
        -------
        str
            '' if it is hidden.
        """
        new = {name: module for name, module in sys.modules.items() if name not in before}
        now, theirs = Traces.now(shell), {name.partition(".")[0] for name in new}
        for what, value in now.others.items():
            if isinstance(value, dict) and what == "how types are pickled":
                value = {kind: f for kind, f in value.items() if kind.__module__.partition(".")[0] not in theirs}
            if what in was.others and value != was.others[what] and (what[:10] != "matplotlib" or was.others[what]):
                return f"its import changes {what}"
        if changed := [name for name, value in was.environment.items() if now.environment.get(name) != value]:
            return f"its import changes {', '.join(changed)} in the environment"
        if [each for each in now.filters if each in was.filters] != was.filters:
            return "its import changes the filters of warnings"
        left = Traces(
            {name: value for name, value in now.environment.items() if name not in was.environment},
            [each for each in now.filters if each not in was.filters],
            {
                key: {name: held for name, held in registry.items() if name not in was.registered[key]}
                for key, registry in now.registered.items()
                if key in was.registered
            },
        )
        shown = [*dict.fromkeys(self.groups[name] for name in new if name in self.groups)]
        own = {
            name: module
            for name, module in new.items()
            if name not in self.groups and name.partition(".")[0] not in sys.stdlib_module_names
        }
        group = Group(own, left, shown)
        for each in (*shown, group):
            each.hide()
        for name in left.environment:
            del os.environ[name]
        warnings.filters[:] = was.filters
        warnings._filters_mutated()
        for key, added in left.registered.items():
            registry = getattr(sys.modules[key[0]], key[1])
            for name in added:
                del registry[name]
        self.groups.update(dict.fromkeys(own, group))
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        return ""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """That of a module that is hidden."""
        group = self.groups.get(name)
        if group is None or group.seen:
            return None
        module = group.modules[name]
        known = getattr(module, "__spec__", None)
        spec = ModuleSpec(name, None) if known is None else copy.copy(known)
        spec.loader = _Shown(group, name, known)
        return spec


class _Shown(importlib.abc.Loader):
    """Loads what is hidden."""

    def __init__(self, group: Group, name: str, known: ModuleSpec | None) -> None:
        self._group, self._name, self._known = group, name, known

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._group.modules[self._name]

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._known
        self._group.show()

    def __getattr__(self, name: str) -> Any:  # a file's loader has more
        return getattr(self.__dict__["_known"].loader, name)


HIDDEN = Hidden()
