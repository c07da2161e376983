"""One line on a value, made where it can be looked at, for where it stays packed."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import NamedTuple

from .refusal import type_name
from .registry import summarise


class Summary(NamedTuple):
    """One line on a value that is still packed.

    Parameters
    ----------
    type : str
        Its type, with the module unless that is builtins.
    text : str
        Shape, length, layers: what its library has to say, or ''.
    nbytes : int
        Bytes it takes in its parcel, without what a name before it brought already.
    """

    type: str
    text: str
    nbytes: int


def shown(make: Callable[[], str | None]) -> str:
    """What `make` has to say of a value, or '' where it fails: it runs code of the user, and is only for show."""
    try:
        return (make() or "").encode("utf-8", "backslashreplace").decode("utf-8")
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 (any: a layer that isn't built, a property that raises)
        return ""


SIZED = frozenset({list, dict, tuple, set, frozenset})
PLAIN = frozenset({int, float, bool, type(None), complex})


def summary(value: object, nbytes: int) -> Summary:
    """The line on `value`, which takes `nbytes`."""
    kind = type(value)
    if kind in SIZED:
        return Summary(kind.__name__, f"{len(value)} items", nbytes)
    if kind in PLAIN:
        text = repr(value) if kind is not int or value.bit_length() < 256 else f"{value.bit_length()} bits"
        return Summary(kind.__name__, text, nbytes)
    if kind in (str, bytes, bytearray):
        return Summary(kind.__name__, f"{len(value)} {'characters' if kind is str else 'bytes'}", nbytes)
    if isinstance(value, (FunctionType, type)):
        return Summary(type_name(kind), shown(lambda: value.__qualname__), nbytes)
    return Summary(type_name(kind), shown(lambda: summarise(value)), nbytes)
