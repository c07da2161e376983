"""What happens to names along the paths through a cell.

For each name, only what happens to it *first* on a path counts: nothing yet (UNTOUCHED), it was BOUND by the cell, or
it was READ from outside. After that its story on this path is over: what the cell bound, or deleted, is the cell's own;
what it read from outside must have been there. The state is the set of what may have come first, over all paths; a
name that isn't in it is UNTOUCHED. A read is from outside where some path is UNTOUCHED, and certainly so where none is
BOUND. Because names don't influence each other, the effect of a block on an untouched state says all about it: a loop
is gone through once for its effect and once for its reads, however deep.

Code that runs later (bodies of functions, generator expressions) is judged by the state at the end of the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .scope import BUILTINS, IMPLICIT, Read

UNTOUCHED, BOUND, READ = 1, 2, 4
ANY = "*"  # stands in a state for the names that can't be seen

State = dict[str, int] | None  # None: no path leads here


@dataclass(slots=True)
class Findings:
    """What was found so far."""

    found: dict[str, Read] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    open_ended: dict[str, None] = field(default_factory=dict)

    def read(self, name: str, line: int, certain: bool) -> None:
        """Keep the first read of each name; of a certain and an uncertain one, the certain."""
        before = self.found.get(name)
        if before is None or (certain, -line) > (before.certain, -before.line):
            self.found[name] = Read(name, line, certain)

    def reads(self, builtin: bool) -> tuple[Read, ...]:
        """The reads in the order of their lines, of builtins or of other names."""
        chosen = (read for read in self.found.values() if (read.name in BUILTINS) is builtin)
        return tuple(sorted(chosen, key=lambda read: read.line))


class Names:
    """The state of the path that is being followed, and what was found on the way."""

    def __init__(self) -> None:
        self.findings = Findings()
        self._state: State = {}
        self._watching: list[dict[str, int]] = []  # what has happened inside each `try` that may be left anywhere
        self._hidden: tuple[frozenset[str], ...] = ()  # names of comprehensions around
        self._class: str = ""  # what the names of the class body we are in begin with in the state
        self._class_globals: set[str] = set()
        self._later: list[tuple[str, int, bool]] = []
        self._quiet = 0
        self._lazy = 0
        self._shift = 0

    def _happen(self, name: str, event: int, surely: bool = True) -> None:
        if self._state is None:
            return
        first = self._state.get(name, UNTOUCHED)
        if first & UNTOUCHED:
            self._state[name] = (first & ~UNTOUCHED if surely else first) | event
            for watch in self._watching:
                watch[name] = watch.get(name, 0) | event

    def _bind(self, name: str) -> None:
        if self._class and name not in self._class_globals:
            self._happen(self._class + name, BOUND)
            return
        self.findings.binds.add(name)
        self._happen(name, BOUND)

    def _open(self, construct: str, binds: bool = True) -> None:
        self.findings.open_ended[construct] = None
        if binds:
            self._happen(ANY, BOUND, surely=False)

    def _read(self, name: str, line: int, needed: bool = True) -> None:
        if self._state is None or name in IMPLICIT or any(name in names for names in self._hidden):
            return
        certain = needed
        if self._class and name not in self._class_globals:
            own = self._state.get(self._class + name, UNTOUCHED)
            if not own & UNTOUCHED:
                return
            certain = certain and own == UNTOUCHED
        first = self._state.get(name, UNTOUCHED)
        if not first & UNTOUCHED:
            return
        certain = certain and not (first | self._state.get(ANY, UNTOUCHED)) & BOUND
        if certain and self._lazy:
            self._read_later(name, line, reported=True)
            return
        if not self._quiet:
            self.findings.read(name, line + self._shift, certain)
        if certain or first & BOUND:
            self._happen(name, READ)

    def _read_later(self, name: str, line: int, reported: bool = False) -> None:
        if self._state is None or self._quiet or name in IMPLICIT:
            return
        if not any(name in names for names in self._hidden):
            self._later.append((name, line + self._shift, reported))


def copied(state: State) -> State:
    """A state to go on with on another path."""
    return None if state is None else dict(state)


def either(one: State, other: State) -> State:
    """The state where two paths meet."""
    if one is None or other is None:
        return other if one is None else one
    met = dict(one)
    for name, first in other.items():
        met[name] = met.get(name, UNTOUCHED) | first
    for name in one.keys() - other.keys():
        met[name] |= UNTOUCHED
    return met


def then(state: State, effect: State) -> State:
    """The state after a block that has this effect on an untouched one."""
    if state is None or effect is None:
        return None
    after = dict(state)
    for name, first in effect.items():
        before = after.get(name, UNTOUCHED)
        if before & UNTOUCHED:
            after[name] = before & ~UNTOUCHED | first
    return after


def interrupted(before: State, watch: dict[str, int]) -> State:
    """The state after a block that was left somewhere."""
    if before is None:
        return None
    after = dict(before)
    for name, first in watch.items():
        after[name] = after.get(name, UNTOUCHED) | first
    return after
