"""Completion on a declaration's line: the notebook's names after ``-i``, the names that the cell binds after ``-o``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .cell import analyse
from .declaration import OPTIONS, comment_declaration

_MAGIC = "%%isolated"
_WORD = re.compile(r"[\w\-]*\Z")
_FLAG = re.compile(r"(?:^|\s)(--?\w+)")
_ASSIGNED = re.compile(r"^\s*(\w+)\s*=(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Completion:
    """Texts that may replace ``code[start:end]``."""

    matches: tuple[str, ...]
    start: int
    end: int


def complete(
    code: str, cursor: int, namespace: Mapping[str, object], transform: Callable[[str], str]
) -> Completion | None:
    """What may stand at the cursor; None where that isn't for a declaration to say.

    Parameters
    ----------
    code : str
        The cell so far.
    cursor : int
        In characters.
    namespace : mapping
        The notebook's.
    transform : callable
        IPython's ``transform_cell``, for the cell's body.
    """
    first, _, body = code.partition("\n")
    if cursor > len(first) or not (first.startswith(_MAGIC) or comment_declaration(first) is not None):
        return None
    before = first[:cursor]
    word = _WORD.search(before)[0]
    head = before[: len(before) - len(word)]
    if head.endswith("="):
        return None  # an expression, for IPython's own completer
    flags = [option for flag in _FLAG.findall(head) for option in OPTIONS if flag in option.flags]
    if word.startswith("-"):
        found = [flag for option in OPTIONS for flag in option.flags]
    elif flags and "-i" in flags[-1].flags:
        found = [name for name in list(namespace) if not name.startswith("_") or word.startswith("_")]
    elif flags and "-o" in flags[-1].flags:
        found = _bound(body, transform)
    else:
        found = []
    return Completion(tuple(sorted(f for f in found if f.startswith(word))), cursor - len(word), cursor)


def _bound(body: str, transform: Callable[[str], str]) -> list[str]:
    try:
        return list(analyse(transform(body)).binds)
    except SyntaxError:  # half a cell is the rule while one types
        return _ASSIGNED.findall(body)
