"""The namespace of an undeclared cell, which asks the notebook for a name that it lacks, when code first looks it up.

What a cell reads isn't always to be seen: functions that use ``globals()`` or ``eval``, ``df.query("a > @limit")``,
magics, ``pickle`` (which looks up a class by its name). So nothing that was inferred has to be complete: what is
missing is fetched at the read, and is an input from then on. A name that the cell has bound is the cell's, and one
that it has deleted is gone.

The interpreter lets a dict stand in for a namespace that is a subclass of one: it asks ``__missing__``, and what it
finds nowhere, behind the builtins. Here that is a method of a dict, in C, which has the builtins; only what these
lack, too, is a call of Python code. Even so each read of a global takes some 20 ns longer, of a builtin 60, so a cell
to which the notebook has nothing more to give keeps the namespace that Python makes.
"""

from __future__ import annotations

import builtins
import os
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..errors import LostInput, UnpackableInput
from ..protocol import LAST_ERROR, NamesReply

ABSENT = object()
Ask = Callable[[list[str], bool], NamesReply]
LOOKS = frozenset({"exec", "eval", "globals", "locals", "vars"})
"""Who uses one of these may delete names unseen. Not among the builtins at hand, so that it is noticed."""
COPIERS = frozenset({"tensorflow", "keras", "tf_keras"})
"""Who copies all names to look up the few that a function reads (AutoGraph): what is here will do."""


class Notebook:
    """What the notebook has beside what the cell was given.

    Parameters
    ----------
    ask : callable
        Given names, and whether small values of others are welcome, the notebook's reply; no names: which it has.
    arrive : callable
        Binds what a reply holds in the cell's namespace, where the cell has no such name of its own.
    names : list of str
        What it has beside, as far as it was told; empty: it is asked, once somebody wants to know.

    Attributes
    ----------
    namespace : Namespace
        The cell's.
    deleted : set of str
        Names that the cell has deleted, whoever had bound them.
    answers : bool
        Whether it may still be asked.
    """

    def __init__(self, ask: Ask, arrive: Callable[[NamesReply], None], names: Sequence[str] = ()) -> None:
        self._ask, self._arrive = ask, arrive
        self.deleted: set[str] = set()
        self.answers = True
        self._names: set[str] | None = set(names) or None  # that it has and the cell hasn't; None: not known yet
        self._listed = False  # somebody goes through all names, and will want their values
        self._lock, self._pid = threading.RLock(), os.getpid()
        self.namespace = _namespace(self)

    def names(self) -> set[str]:
        """What it has and the cell hasn't."""
        if not self._may_be_asked():
            return set()
        with self._lock:
            if self._names is None:
                self._names = set(self._ask([], False).names)
            self._names -= self.deleted
            self._names.difference_update(dict.keys(self.namespace))
            return self._names

    def list(self) -> list[str]:
        """All names, the cell's first, for somebody who is likely to go through their values."""
        here = list(dict.keys(self.namespace))
        if _asker().partition(".")[0] in COPIERS:
            return here
        self._listed = True
        return [*here, *sorted(self.names())]

    def take(self, name: str) -> Any:
        """Have the value of `name` in the namespace; ABSENT where there is none.

        Raises
        ------
        LostInput, UnpackableInput
            There is one that can't be had here.
        """
        if not self._may_be_asked() or name in self.deleted or type(name) is not str:
            return ABSENT
        with self._lock:
            if not dict.__contains__(self.namespace, name):  # another thread may have had it
                reply = self._ask([name], self._listed)
                if reply.lost:
                    raise LostInput(name, reply.lost)
                for refusal in reply.refusals:
                    raise UnpackableInput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
                self._arrive(reply)
                self._listed = False
            return dict.get(self.namespace, name, ABSENT)

    def watch_deletions(self) -> None:
        """From now on names that are deleted are known. Binding one takes 60 ns longer, so not without need."""
        type(self.namespace).__delitem__ = _delete

    def _may_be_asked(self) -> bool:
        return self.answers and os.getpid() == self._pid  # a fork that the cell made has nobody to ask


def _asker() -> str:
    """The module whose code went through a namespace."""
    frame = sys._getframe()
    while frame is not None and frame.f_globals is globals():
        frame = frame.f_back
    return dict.get(frame.f_globals, "__name__", "") if frame is not None else ""


class Namespace(dict):
    """A cell's namespace; what it lacks the notebook may have.

    What reads a dict's own methods past it (``dict.get(namespace, name)``) finds only what is here.
    """

    __slots__ = ()
    notebook: Notebook

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in self.notebook.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.notebook.list())

    def __len__(self) -> int:
        return dict.__len__(self) + len(self.notebook.names())

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def keys(self) -> Any:
        return dict.fromkeys(self.notebook.list()).keys()

    def values(self) -> Any:
        return dict(self.items()).values()

    def items(self) -> Any:
        return {name: self[name] for name in self.notebook.list()}.items()

    def get(self, name: str, default: Any = None) -> Any:
        found = dict.get(self, name, ABSENT)
        if found is ABSENT and name in self.notebook.names():
            found = self.notebook.take(name)
        return default if found is ABSENT else found

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name in self:
            return self[name]
        return dict.setdefault(self, name, default)

    def pop(self, name: str, *default: Any) -> Any:
        if name not in self:
            return dict.pop(self, name, *default)
        found = self[name]
        _delete(self, name)
        return found

    def clear(self) -> None:
        self.notebook.deleted.update(dict.keys(self), self.notebook.names())
        dict.clear(self)

    def update(self, *others: Any, **more: Any) -> None:
        for other in others:  # a frame's variables may be this: IPython expands a line with them
            dict.update(self, dict.items(other) if isinstance(other, Namespace) else other)
        dict.update(self, more)

    def copy(self) -> Namespace:
        """As this one, to be changed apart; it asks, too (pandas copies a frame's globals for each query)."""
        return type(self)(dict.items(self))


def _delete(namespace: Namespace, name: str) -> None:
    if dict.__contains__(namespace, name):
        dict.__delitem__(namespace, name)
    elif name not in namespace.notebook.names():
        raise KeyError(name)
    namespace.notebook.deleted.add(name)


class Builtins(dict):
    """What code finds behind its namespace: the builtins, and behind these the notebook.

    As ``__builtins__`` it is asked for attributes, too, as the module would be.
    """

    __slots__ = ("_notebook",)

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(vars(builtins))
        object.__setattr__(self, "_notebook", notebook)
        for name in LOOKS:
            del self[name]

    def __missing__(self, name: str) -> Any:
        found = vars(builtins).get(name, ABSENT)
        if name in LOOKS:
            self._notebook.watch_deletions()
        if found is ABSENT:
            found = self._notebook.take(name)
        if found is ABSENT:
            raise KeyError(name)
        return found

    @property
    def __class__(self) -> type:
        return types.ModuleType  # to isinstance() it is both

    def __getattr__(self, name: str) -> Any:
        return getattr(builtins, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(builtins, name, value)


def _namespace(notebook: Notebook) -> Namespace:
    behind = Builtins(notebook)

    class Watched(types.ModuleType):
        """The module of the builtins: ``builtins.print = ...`` is felt by the copy."""

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name not in LOOKS:
                behind[name] = value

        def __delattr__(self, name: str) -> None:
            super().__delattr__(name)
            behind.pop(name, None)

    Watched.__name__ = Watched.__qualname__ = types.ModuleType.__name__
    builtins.__class__ = Watched
    members = {"__slots__": (), "__module__": "builtins", "notebook": notebook, "__missing__": behind.__getitem__}
    namespace = type("dict", (Namespace,), members)()
    namespace["__builtins__"] = behind
    return namespace


class Main(types.ModuleType):
    """The module ``__main__`` over a namespace that Python's own module can't have."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__("__main__")
        object.__setattr__(self, "_namespace", namespace)

    def __getattribute__(self, name: str) -> Any:
        namespace = object.__getattribute__(self, "_namespace")
        if name == "__dict__":
            return namespace
        found = dict.get(namespace, name, ABSENT)
        if found is not ABSENT:
            return found
        try:
            return object.__getattribute__(self, name)
        except AttributeError:
            found = namespace.notebook.take(name)
            if found is ABSENT:
                raise AttributeError(f"module '__main__' has no attribute {name!r}") from None
            return found

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_namespace")[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            _delete(object.__getattribute__(self, "_namespace"), name)
        except KeyError:
            raise AttributeError(f"module '__main__' has no attribute {name!r}") from None

    def __dir__(self) -> list[str]:
        return list(object.__getattribute__(self, "_namespace"))


Main.__name__ = Main.__qualname__ = types.ModuleType.__name__


LAST = ("last_type", "last_value", "last_traceback", "last_exc")


def _lend_last_exception(notebook: Notebook) -> None:
    """Let ``sys.last_value`` be the notebook's, which a debugger or ``traceback.print_last()`` asks for."""

    def last(name: str) -> Any:
        error = notebook.take(LAST_ERROR) if name in LAST else ABSENT
        if error is not ABSENT:
            dict.pop(notebook.namespace, LAST_ERROR)
            sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
            if sys.version_info >= (3, 12):
                sys.last_exc = error
        if name in vars(sys):
            return vars(sys)[name]
        raise AttributeError(f"module 'sys' has no attribute {name!r}")

    sys.__getattr__ = last


def install(shell: InteractiveShell, notebook: Notebook) -> None:
    """Have a shell run its cell in the notebook's namespace, with what it has in its own."""
    namespace = notebook.namespace
    namespace.update({name: value for name, value in shell.user_ns.items() if name != "__builtins__"})
    shell.user_module, shell.user_ns = Main(namespace), namespace
    sys.modules["__main__"] = shell.user_module
    _lend_last_exception(notebook)
