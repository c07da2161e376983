"""Exceptions with their text: traceback, causes and notes.

Frames can't be carried, but what a traceback says can: file, line and function of each. On the other side stand frames
of the same names that hold no variables. An exception is rebuilt without its ``__init__``, which may want other
arguments than ``args`` tells, or do something when called; unless its class says itself how it is to be rebuilt.
"""

from __future__ import annotations

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


def places(tb: types.TracebackType | None) -> list[tuple[types.CodeType, int, int]]:
    """What a traceback says: code without its constants, instruction and line, outermost first."""
    found = []
    while tb is not None:
        code = tb.tb_frame.f_code
        found.append((_named(code), tb.tb_lasti, tb.tb_lineno))
        tb = tb.tb_next
    return found


def _named(code: types.CodeType) -> types.CodeType:
    """Code with the names and positions of `code`, which does nothing but raise."""
    return _RAISING.replace(
        co_name=code.co_name, co_filename=code.co_filename, co_firstlineno=code.co_firstlineno,
        **({"co_qualname": code.co_qualname} if hasattr(code, "co_qualname") else {}),
    )  # fmt: skip


_RAISING = compile("raise __isokernel_place__", "<isokernel>", "exec")


class _Place(Exception):
    """Raised to have a frame."""


def traceback(where: list[tuple[types.CodeType, int, int]]) -> types.TracebackType | None:
    """A traceback that says the same, through frames that hold nothing."""
    made = None
    for code, _, line in reversed(where):
        try:
            exec(code, {"__isokernel_place__": _Place})  # the one statement above
        except _Place as place:
            frame = place.__traceback__.tb_next.tb_frame
        # No instruction (-1): columns are those of other code.
        made = types.TracebackType(made, frame, -1, line)
    return made
