"""Exceptions with their text: traceback, causes and notes.

Frames can't be carried, but what a traceback says can: file, line and function of each. On the other side stand frames
of the same names that hold no variables. An exception is rebuilt without its ``__init__``, which may want other
arguments than ``args`` tells, or do something when called; unless its class says itself how it is to be rebuilt.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable


def reduce_exception(error: BaseException) -> object:
    """The exception as it reduces itself, and what that leaves out."""
    reduced = error.__reduce_ex__(5)
    if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 3:
        return reduced
    make, args = reduced[:2]
    own = reduced[2] if len(reduced) == 3 else None
    kind = type(error)
    its_own = kind.__reduce__ is not BaseException.__reduce__ or kind.__reduce_ex__ is not object.__reduce_ex__
    if make is kind and isinstance(kind.__init__, types.FunctionType) and not its_own:
        make, args = make_exception, (make, args)
    # Causes are in the state, for an exception may be among its own.
    causes = error.__cause__, error.__context__, error.__suppress_context__
    fields = {name: getattr(error, name) for cls, names in _FIELDS if isinstance(error, cls) for name in names}
    return make, args, (own, places(error.__traceback__), causes, fields), None, None, set_exception


_FIELDS = (
    (SyntaxError, ("msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line")),
    (NameError, ("name",)),
    (AttributeError, ("name",)),
)
"""What Python itself sets on an exception, and its arguments don't tell."""


def make_exception(kind: type, args: tuple) -> BaseException:
    """An exception of `kind` that was never initialised by the user's code."""
    error = kind.__new__(kind, *args)
    # OSError and others keep fields in C that only their own __init__ sets.
    initialise: Callable = next(
        base.__init__ for base in type.mro(kind) if not isinstance(base.__init__, types.FunctionType)
    )
    initialise(error, *args)
    error.args = args
    return error


def set_exception(error: BaseException, state: tuple) -> None:
    """Give an exception its attributes, causes and traceback."""
    own, where, (cause, context, suppress), fields = state
    if own:
        error.__setstate__(own)
    for name, value in fields.items():
        setattr(error, name, value)
    error.__cause__, error.__context__, error.__suppress_context__ = cause, context, suppress
    error.__traceback__ = traceback(where)


def places(tb: types.TracebackType | None) -> list[tuple[types.CodeType, int]]:
    """What a traceback says: for each frame, outermost first, code that does nothing but raise there, and the line."""
    found = []
    while tb is not None:
        code, last = tb.tb_frame.f_code, tb.tb_frame.f_lineno or tb.tb_lineno
        names = {"co_name": code.co_name, "co_filename": code.co_filename, "co_qualname": code.co_qualname}
        raising = _raising(max(last - code.co_firstlineno, 0))
        found.append((raising.replace(**names, co_firstlineno=code.co_firstlineno), tb.tb_lineno))
        tb = tb.tb_next
    return found


@functools.lru_cache
def _raising(line: int) -> types.CodeType:
    """Code that raises in this line of its own, counted from 0."""
    return compile("\n" * line + "raise __isokernel_place__", "<isokernel>", "exec")


class _Place(Exception):
    """Raised to have a frame."""


def traceback(where: list[tuple[types.CodeType, int]]) -> types.TracebackType | None:
    """A traceback that says the same, through frames that hold nothing."""
    made = None
    for code, line in reversed(where):
        try:
            exec(code, {"__isokernel_place__": _Place})  # the one statement above
        except _Place as place:
            own = place.__traceback__.tb_next
        # The instruction is the code's own: executing, which IPython uses, goes on for ever where it is none.
        made = types.TracebackType(made, own.tb_frame, own.tb_lasti, line)
    return made
