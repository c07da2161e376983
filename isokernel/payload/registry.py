"""Who knows how to carry a type: reducers by type, summarisers by library, attached when their library is there.

A reducer is a function of one object that returns what ``__reduce__`` may return, or ``NotImplemented`` to leave the
object to the next class of its MRO, or raises :class:`Refuse`. It is asked before the object's own methods are.

A library's reducers live in a module of this package (:data:`LIBRARIES`) that is imported only when the process has
the library already, so nothing here ever imports one. Invariant: what a registry answers for a type depends only on
what is registered and on which modules are loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

LIBRARIES = {
    "builtins": "isokernel.payload.python",
    "numpy": "isokernel.payload.numpy",
    "pandas": "isokernel.payload.pandas",
    "h5py": "isokernel.payload.h5py",
    "matplotlib.figure": "isokernel.payload.matplotlib",
    "tensorflow": "isokernel.payload.tensorflow",
    "keras": "isokernel.payload.keras",
    "tf_keras": "isokernel.payload.tf_keras",
}
"""Module of this package that knows a library, by the name of the module that must be loaded for it to matter.

Each has ``register(register_reducer)``, called once when the library is loaded, and may have ``summarise(obj)``: one
short line on an object of the library, such as ``"3 layers, 1,234 parameters"``, or None to leave it to others.
"""


class Refuse(Exception):
    """Raised by a reducer: this object can't be carried whole.

    Parameters
    ----------
    reason : str
        Why, and what to do instead, as the rest of a sentence that has named the object.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Registry:
    """Reducers by the type they answer for.

    A target that is a string (``"package.module:Class.Inner"``) is attached when its module is loaded.
    """

    def __init__(self) -> None:
        self._covering: dict[type, Callable] = {}
        self._exact: dict[type, Callable] = {}
        self._pending: dict[str, list[tuple[str, Callable, bool]]] = {}
        self._chains: dict[type, tuple[Callable, ...]] = {}

    def register(self, target: type | str, function: Callable, *, exact: bool = False) -> None:
        """Have `function` answer for `target`; the last registration of a target wins.

        Raises
        ------
        TypeError
            If `target` is neither a type nor a string ``"module:QualName"``.
        """
        if isinstance(target, str):
            module, colon, qualname = target.partition(":")
            if not (module and colon and qualname):
                raise TypeError(f"a target is a type or 'module:QualName', not {target!r}")
            self._pending.setdefault(module, []).append((qualname, function, exact))
        elif isinstance(target, type):
            (self._exact if exact else self._covering)[target] = function
            self._chains.clear()
        else:
            raise TypeError(f"a target is a type or 'module:QualName', not {target!r}")

    def attach(self) -> None:
        """Resolve the string targets whose modules are loaded by now.

        A name that its module lacks is dropped: the library's version has no such type.
        """
        for module in [name for name in self._pending if name in sys.modules]:
            if _initializing(sys.modules[module]):
                continue
            for qualname, function, exact in self._pending.pop(module):
                target = sys.modules[module]
                for part in qualname.split("."):
                    target = getattr(target, part, None)
                if isinstance(target, type):
                    self.register(target, function, exact=exact)

    def chain(self, kind: type) -> tuple[Callable, ...]:
        """The functions that answer for instances of `kind`, the most specific first."""
        try:
            return self._chains[kind]
        except KeyError:
            pass
        found = [self._exact[kind]] if kind in self._exact else []
        found += [self._covering[base] for base in type.mro(kind) if base in self._covering]
        # Classes of the user come and go; the table must not keep them alive, so only lasting answers are kept.
        if found or kind.__module__ != "__main__":
            self._chains[kind] = tuple(found)
        return tuple(found)


REDUCERS = Registry()

_waiting = dict(LIBRARIES)
_seen = -1
_summarisers: dict[str, Callable[[object], str | None]] = {}


def register_reducer(target: type | str, reduce: Callable, *, exact: bool = False) -> None:
    """Teach isokernel to carry a type from one process to the next.

    Parameters
    ----------
    target : type or str
        The type, subclasses included, or ``"package.module:Class"``, which imports nothing: it is looked up when
        something else has imported the module.
    reduce : callable
        ``reduce(obj)`` returns a tuple as ``object.__reduce__`` does (callable, arguments, and optionally state, list
        items, dict items, and a ``setter(obj, state)``), or a string for a global of the object's module, or
        ``NotImplemented`` to leave the object to what would have carried it otherwise; or raises
        :class:`isokernel.payload.Refuse` with what to do instead. The callable must be importable on the other side.
    exact : bool
        Leave subclasses alone.

    Raises
    ------
    TypeError
        If `target` is neither a type nor a string ``"module:QualName"``.

    Examples
    --------
    A library for annotated images may write, in the module that defines ``Image``, with no import of isokernel at
    run time for users who don't have it:

    >>> def reduce_image(image):
    ...     if image.is_live:
    ...         raise Refuse("it is a view into a camera; carry image.snapshot() instead")
    ...     return Image.from_pixels, (image.pixels, image.labels)
    >>> register_reducer("lib.image:Image", reduce_image)
    """
    global _seen
    REDUCERS.register(target, reduce, exact=exact)
    _seen = -1


def attach_loaded() -> None:
    """Bring in what is known of the libraries loaded since the last call; one comparison when there are none."""
    global _seen
    if len(sys.modules) == _seen:
        return
    for library in [name for name in _waiting if name in sys.modules]:
        if _initializing(sys.modules[library]):
            continue
        home = import_module(_waiting.pop(library))
        home.register(register_reducer)
        if hasattr(home, "summarise"):
            _summarisers[library] = home.summarise
    REDUCERS.attach()
    _seen = len(sys.modules)


def summarise(obj: object) -> str:
    """One line on `obj` by the first library of its type's bases that has words for it; '' where none has."""
    if _summarisers:
        for base in type.mro(type(obj)):
            words = _summarisers.get(base.__module__.partition(".")[0])
            text = words and words(obj)
            if text:
                return text
    return ""


def _initializing(module: object) -> bool:
    """Whether a thread is in the middle of importing `module`."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
