"""Results that stay packed in the kernel.

A value whose opening would import a framework is not opened where no framework may be: what the notebook holds then is
a :class:`Handle`. As an input of the next run, also inside a list or a dict, it ships the bytes it holds, unopened and
uncopied, and arrives as the value. The last handle of a parcel frees its memory.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

from .errors import LostInput, ValueRefused, size
from .payload import Landings, Parcel, unpack

MayLoad = Callable[[], bool]


class Handle:
    """A packed result of a run.

    Parameters
    ----------
    parcel : Parcel
        What holds it, with the values that share state with it.
    name : str
        Its name in the parcel.
    run : str
        The run that made it, as in ``isokernel.last_run().id``.
    may_load : callable
        Whether a framework may be imported here to open it.
    """

    __slots__ = ("_parcel", "_name", "_run", "_may_load", "__weakref__")

    def __init__(self, parcel: Parcel, name: str, run: str, may_load: MayLoad = lambda: False) -> None:
        self._parcel, self._name, self._run, self._may_load = parcel, name, run, may_load

    @property
    def __isokernel_parcel__(self) -> tuple[Parcel, str]:
        """How it is packed again: by reference to the bytes it holds."""
        return self._parcel, self._name

    @property
    def type(self) -> str:
        """The packed value's type, with its module unless that is builtins."""
        return self._parcel.summaries[self._name].type

    @property
    def about(self) -> str:
        """One line on the value, made where it was: layers, shape, dtype, length."""
        return self._parcel.summaries[self._name].text

    @property
    def nbytes(self) -> int:
        """Bytes held for it, those of what shares its state included."""
        return self._parcel.nbytes

    @property
    def run(self) -> str:
        """The run that made it."""
        return self._run

    def load(self) -> Any:
        """Open the value here; a new object each time.

        Raises
        ------
        RuntimeError
            If that would import a framework into a kernel that holds none.
        """
        needed = closed(self._parcel, self._may_load, self._name)
        if needed:
            raise RuntimeError(
                f"Opening {self._name} here would import {', '.join(sorted(needed))} into the notebook's kernel. "
                f"Use it in a cell that begins with `# %% isolated -i {self._name}`, or allow it: "
                f"%config IsoKernel.allow_load = True"
            )
        first = self._parcel.names.index(self._name) + 1
        landings = Landings()
        values = unpack([self._parcel], namespace=sys.modules["__main__"].__dict__, first=first, landings=landings)
        landings.commit([values[self._name]])
        return values[self._name]

    def __repr__(self) -> str:
        about = f": {self.about}" if self.about else ""
        return f"<packed {self.type}{about}; {size(self.nbytes)} from run {self._run}>"

    def _repr_html_(self) -> str:
        about = f" · {html.escape(self.about)}" if self.about else ""
        return (
            f"<code>{html.escape(self.type)}</code>{about} · {size(self.nbytes)} · packed by run "
            f"{html.escape(self._run)}<br><small>Declare it as an input to use it: "
            f"<code># %% isolated -i {html.escape(self._name)}</code></small>"
        )

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        raise AttributeError(
            f"{self._name} is packed (a {self.type} from run {self._run}), so it has no .{attribute} here. "
            f"Use it in a cell that begins with `# %% isolated -i {self._name}`."
        )

    def __copy__(self) -> Handle:
        return self  # it can't be changed

    def __deepcopy__(self, memo: dict[int, Any]) -> Handle:
        return self

    def __reduce__(self) -> Any:
        raise TypeError(f"{self._name} is packed, and only isokernel can carry it; .load() gives the value itself")

    def __dir__(self) -> list[str]:
        return sorted(MEMBERS)


MEMBERS = frozenset(name for name in vars(Handle) if not name.startswith("_"))
"""What a handle itself can be asked for; all else is its value's."""

FRAMEWORKS = frozenset({"tensorflow", "keras", "torch", "jax", "jaxlib", "tf_keras"})


def closed(parcel: Parcel, may_load: MayLoad, name: str | None = None) -> frozenset[str]:
    """The frameworks that opening ``parcel``, up to ``name``, must not import into this process; empty if it may be."""
    if may_load():
        return frozenset()
    count = len(parcel.names) if name is None else parcel.names.index(name) + 1
    needed = frozenset().union(*parcel.needs[:count])
    return frozenset(root for root in needed & FRAMEWORKS if root not in sys.modules)


def openable(parcel: Parcel, may_load: MayLoad) -> int:
    """How many of the parcel's names, from its first, can be opened here without importing a framework."""
    for count, name in enumerate(parcel.names):
        if closed(parcel, may_load, name):
            return count
    return len(parcel.names)


LOST = "__isokernel_lost__"
"""Attribute of a type whose instances stand for what could not be carried: what to say to who wants to use it."""


class Lost:
    """Stands in the notebook for a value that an undeclared cell made, and that can't be carried over.

    Parameters
    ----------
    name, path, type_name, reason : str
        As of :class:`~isokernel.errors.ValueRefused`.
    run : str
        The run that made it.
    """

    __slots__ = ("_refused", "_run")

    def __init__(self, name: str, path: str, type_name: str, reason: str, run: str) -> None:
        self._refused, self._run = ValueRefused(name, path, type_name, reason), run

    @property
    def __isokernel_lost__(self) -> str:
        """What to say to who wants to use it."""
        name = self._refused.name
        return (
            f"{name} was made by run {self._run} and is gone: {self._refused} "
            f"Join the cell that makes {name} and the cell that uses it."
        )

    def __repr__(self) -> str:
        return f"<lost: {self.__isokernel_lost__}>"

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise AttributeError(self.__isokernel_lost__)

    def _asked(self, *_: Any, **__: Any) -> Any:
        raise LostInput(self._refused.name, self.__isokernel_lost__)

    # What generators, iterators, tapes, locks and open files are mostly asked, where a plain cell asks it.
    __call__ = __iter__ = __next__ = __len__ = __getitem__ = __enter__ = __exit__ = _asked


class Shown:
    """Stands in ``Out`` for a result that was displayed and can't be carried."""

    __slots__ = ("_text", "_reason")

    def __init__(self, text: str, reason: str) -> None:
        self._text, self._reason = text, reason

    def __repr__(self) -> str:
        return f"{self._text}\n(shown by an isolated cell; {self._reason})"
