"""One thing that is carried: where it lives, how its state is had, and how it is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is carried.

    Parameters
    ----------
    name : str
        What a user would call it.
    module : str
        The module that must be loaded for it to exist.
    get : callable
        ``get(module)`` returns its state, which can be packed, or None for none.
    set : callable
        ``set(module, state)``.
    stream : bool
        A random stream, which is set after values were opened, because opening may draw from it.
    start : bool
        It has to be set before the framework starts.
    brings : bool
        Its module is imported where it isn't yet: to have imported it elsewhere is not enough.
    """

    name: str
    module: str
    get: Callable[[Any], Any]
    set: Callable[[Any, Any], None]
    stream: bool = False
    start: bool = False
    brings: bool = False
