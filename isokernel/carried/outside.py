"""What a notebook leaves in its process beside its names, and that is made of its objects.

Handlers of loggers, transformers of IPython, flags, attributes of modules: each is a value that may share its objects
with the notebook's names, and so it travels with them, under a key that no name can be (``np:load``,
``handlers:root``), is observed as they are, and comes back if the cell has changed it.

What the notebook's own process can't have, because the module that holds it is a framework, waits there, packed, for
the next run.
"""

from __future__ import annotations

import logging
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..payload import HANDLE, importable
from .attributes import Attributes
from .later import when_imported

Values = dict[str, Any]


def is_key(name: str) -> bool:
    """Whether this is a key of ours, and no name."""
    return ":" in name


def is_elsewhere(key: str) -> bool:
    """Whether it is of use in the notebook's own process, or travels with the values that need it."""
    return key.partition(":")[0] in ("transformers", "callbacks", "registered")


def told(key: str) -> str:
    """A key as users would say it."""
    kind, _, of = key.partition(":")
    return f"{KINDS[kind].name} {of}".strip() if kind in KINDS else key.replace(":", ".")


def _module(key: str) -> str:
    """Which has to be loaded for it to be set."""
    kind = key.partition(":")[0]
    return KINDS[kind].module if kind in KINDS else kind


class Outside:
    """What one process knows of it.

    Parameters
    ----------
    everything : bool
        As of :class:`Attributes`.
    """

    def __init__(self, everything: bool = False) -> None:
        self.attributes = Attributes(everything)
        self.attributes.arrived = self._arrived
        self.theirs = weakref.WeakSet(handler for logger in _loggers() for handler in logger.handlers)
        self._waiting: Values = {}
        self._hooked: set[str] = set()
        self.settled = 0  # cells that began here; none in a process that runs one cell

    def take(self, shell: InteractiveShell) -> Values:
        """All that isn't as it was before the notebook, by key."""
        found = self.attributes.take(shell.user_ns)
        for kind, row in KINDS.items():
            if row.module in sys.modules:
                found |= {f"{kind}:{of}": value for of, value in row.take(self, shell).items()}
        return {**self._waiting, **found}

    def give(self, shell: InteractiveShell, values: Mapping[str, Any]) -> None:
        """Set what was taken elsewhere; what can't be set yet waits for its module."""
        for key, value in values.items():
            self._waiting.pop(key, None)
            kind, _, of = key.partition(":")
            module = _module(key)
            if hasattr(type(value), HANDLE) or module not in sys.modules:
                self._wait(shell, module, key, value)
            elif kind in KINDS:
                KINDS[kind].give(self, shell, of, value)
            else:
                self.attributes.give(key, value)

    def drop(self, shell: InteractiveShell, keys: Iterable[str]) -> None:
        """Have these as they were before the notebook."""
        for key in keys:
            self._waiting.pop(key, None)
            kind, _, of = key.partition(":")
            if kind not in KINDS:
                self.attributes.drop(key)
            elif KINDS[kind].module in sys.modules:
                KINDS[kind].give(self, shell, of, None)

    def settle(self) -> None:
        """A new cell begins: callbacks that came with the last one's results are to be called from now on."""
        self.settled += 1

    def _wait(self, shell: InteractiveShell, module: str, key: str, value: Any) -> None:
        self._waiting[key] = value
        self._shell = shell
        if module not in sys.modules and module not in self._hooked:
            self._hooked.add(module)
            when_imported(module, self._arrived)

    def _arrived(self, module: types.ModuleType) -> None:
        """A module is there for which something may be waiting."""
        name = module.__name__
        here = {key: value for key, value in self._waiting.items() if _module(key) == name}
        if here:
            self.give(self._shell, here)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of it.

    Attributes
    ----------
    name : str
        What a user would call it.
    module : str
        Which has to be loaded for it to exist.
    take : callable
        ``take(outside, shell)``: values, by what they are of.
    give : callable
        ``give(outside, shell, of, value)``; None for what there was before.
    """

    name: str
    module: str
    take: Callable[[Outside, InteractiveShell], Values]
    give: Callable[[Outside, InteractiveShell, str, Any], None]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same object, or hold the same ones."""
    if one is other or type(one) is not type(other):
        return one is other
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is dict and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)


def _loggers() -> list[logging.Logger]:
    found = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    return [logging.root, *found]


def _is_theirs(outside: Outside, logger: logging.Logger, handler: logging.Handler) -> bool:
    """Whether a library has put a handler there when it was imported."""
    if handler in outside.theirs or type(handler).__module__.partition(".")[0] == "absl":
        return True
    package = logger.name.partition(".")[0]
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    plain = type(handler) is logging.NullHandler or (
        type(handler) is logging.StreamHandler and any(handler.stream is stream for stream in streams)
    )
    return (
        logger is not logging.root
        and package in sys.modules
        and (plain or type(handler).__module__.partition(".")[0] == package)
    )


def _handlers(outside: Outside, shell: InteractiveShell) -> Values:
    found = {}
    for logger in _loggers():
        if logger.handlers or logger.filters:
            own = [handler for handler in logger.handlers if not _is_theirs(outside, logger, handler)]
            if own or logger.filters:
                found[logger.name] = (own, list(logger.filters))
    return found


def _set_handlers(outside: Outside, shell: InteractiveShell, name: str, value: Any) -> None:
    logger = logging.root if name == "root" else logging.getLogger(name)
    own, filters = value or ([], [])
    # The root logger has none of libraries once it has one of the notebook's: basicConfig(force=True) ends them.
    kept = (
        [h for h in logger.handlers if _is_theirs(outside, logger, h)] if logger is not logging.root or not own else []
    )
    logger.handlers[:] = [*kept, *own]
    logger.filters[:] = filters


_OURS = ("IPython", "ipykernel", "isokernel")


def _lists(shell: InteractiveShell) -> dict[str, list]:
    return {
        "of the syntax tree": shell.ast_transformers,
        "of input": shell.input_transformers_cleanup,
        "after IPython's": shell.input_transformers_post,
    }


def _is_ours(each: Any) -> bool:
    home = getattr(each, "__module__", None) or type(each).__module__
    return home.partition(".")[0] in _OURS


def _transformers(outside: Outside, shell: InteractiveShell) -> Values:
    found = {name: [each for each in held if not _is_ours(each)] for name, held in _lists(shell).items()}
    return {name: own for name, own in found.items() if own}


def _set_transformers(outside: Outside, shell: InteractiveShell, name: str, value: Any) -> None:
    held = _lists(shell)[name]
    held[:] = [*(each for each in held if _is_ours(each)), *(value or [])]


class _Callback:
    """A callback that is called around each cell, but not around the one that it came with; equal to its function.

    A cell that runs elsewhere calls there what it registers, as it ends; what was registered before is called in the
    notebook's own process, and is there to be unregistered.
    """

    def __init__(self, outside: Outside, function: Callable) -> None:
        self.function, self._outside, self._since = function, outside, outside.settled

    def __call__(self, *args: Any, **options: Any) -> None:
        if self._outside.settled > self._since:
            self.function(*args, **options)

    def __eq__(self, other: object) -> bool:
        return self.function == (other.function if isinstance(other, _Callback) else other)

    def __hash__(self) -> int:
        return hash(self.function)


def _callbacks(outside: Outside, shell: InteractiveShell) -> Values:
    found = {
        event: [getattr(each, "function", each) for each in held if _is_notebooks(each)]
        for event, held in shell.events.callbacks.items()
    }
    return {event: own for event, own in found.items() if own}


def _set_callbacks(outside: Outside, shell: InteractiveShell, event: str, value: Any) -> None:
    held = shell.events.callbacks[event]
    before = [each for each in held if _is_notebooks(each)]
    own = [next((each for each in before if each == new), None) or _Callback(outside, new) for new in value or []]
    held[:] = [*(each for each in held if not _is_notebooks(each)), *own]


def _is_notebooks(callback: Any) -> bool:
    function = getattr(callback, "function", callback)
    owner = getattr(function, "__self__", None)
    return (getattr(function, "__module__", None) if owner is None else type(owner).__module__) == "__main__"


def _accessors(outside: Outside, shell: InteractiveShell) -> Values:
    pandas, found = sys.modules["pandas"], {}
    for kind in ("DataFrame", "Series", "Index"):
        cls = getattr(pandas, kind)
        for name in cls._accessors:
            accessor = vars(cls).get(name)
            made = getattr(accessor, "_accessor", None)
            if made is not None and importable(getattr(made, "__name__", ""), made) is None:
                found[f"{kind}.{name}"] = made
    return found


def _set_accessor(outside: Outside, shell: InteractiveShell, of: str, value: Any) -> None:
    pandas = sys.modules["pandas"]
    kind, _, name = of.partition(".")
    cls = getattr(pandas, kind)
    if name in vars(cls):
        delattr(cls, name)
    cls._accessors.discard(name)
    if value is not None:
        getattr(pandas.api.extensions, f"register_{kind.lower()}_accessor")(name)(value)


def _flags(outside: Outside, shell: InteractiveShell) -> Values:
    flags = sys.modules["absl.flags"].FLAGS
    own = _own_flags(flags)
    values = {
        name: flags[name].value
        for name in flags
        if name not in own and (flags[name].present or flags[name].value != flags[name].default)
    }
    # A flag refuses to be pickled.
    return {"": ({n: (type(f), vars(f)) for n, f in own.items()}, values, flags.is_parsed())} if own or values else {}


def _set_flags(outside: Outside, shell: InteractiveShell, _: str, value: Any) -> None:
    flags = sys.modules["absl.flags"].FLAGS
    own, values, parsed = value or ({}, {}, False)
    for name in _own_flags(flags):
        delattr(flags, name)
    for name, (kind, attributes) in own.items():
        flag = kind.__new__(kind)
        vars(flag).update(attributes)
        flags[name] = flag
        flags.register_flag_by_module(sys.argv[0], flag)
    for name in values.keys() & set(flags):
        flags[name].value = values[name]
    (flags.mark_as_parsed if parsed else flags.unparse_flags)()


def _own_flags(flags: Any) -> dict[str, Any]:
    """Those that the notebook has defined, by name."""
    modules = flags.flags_by_module_dict()
    return {flag.name: flag for module in ("__main__", sys.argv[0]) for flag in modules.get(module, ())}


_KERAS = "keras.src.saving.object_registration"


def _registered(outside: Outside, shell: InteractiveShell) -> Values:
    module = sys.modules[_KERAS]
    names, found = module.GLOBAL_CUSTOM_NAMES, {}
    for name, held in module.GLOBAL_CUSTOM_OBJECTS.items():
        registered = type(held).__hash__ is not None and names.get(held) == name
        if not (registered and importable(getattr(held, "__name__", ""), held)):  # else its module registers it
            found[name] = (held, registered)
    return {"": found} if found else {}


def _set_registered(outside: Outside, shell: InteractiveShell, _: str, value: Any) -> None:
    module = sys.modules[_KERAS]
    objects, names = module.GLOBAL_CUSTOM_OBJECTS, module.GLOBAL_CUSTOM_NAMES
    for name in _registered(outside, shell).get("", {}):
        held = objects.pop(name)
        if type(held).__hash__ is not None:
            names.pop(held, None)
    for name, (held, registered) in (value or {}).items():
        objects[name] = held
        if registered:
            names[held] = name


KINDS = {
    "handlers": Kind("the handlers of logger", "logging", _handlers, _set_handlers),
    "transformers": Kind("IPython's transformers", "IPython", _transformers, _set_transformers),
    "callbacks": Kind("IPython's callbacks", "IPython", _callbacks, _set_callbacks),
    "accessors": Kind("the accessor", "pandas", _accessors, _set_accessor),
    "flags": Kind("absl's flags", "absl.flags", _flags, _set_flags),
    "registered": Kind("what Keras knows by name", _KERAS, _registered, _set_registered),
}
