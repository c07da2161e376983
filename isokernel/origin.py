"""Which process a run starts from: the standby, or, where the template was made from another environment, another.

Some variables are read once, while a framework is imported (``KERAS_BACKEND`` is one of dozens). The template records
which ones its imports read. Where the cell or ``--env`` gives one of them another meaning, the run starts cold; where
the kernel's own environment has, or an undeclared cell does so first of all, the template is made anew. Either is said
in one line.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from .cell import Cell
from .custody import Custody
from .declaration import Declaration
from .errors import WorkerNotStarted
from .relay import Relay

OF_THE_INTERPRETER = ("PYTHON", "LD_", "MALLOC_", "GLIBC_TUNABLES")
"""What begins the names of variables that are read when a process starts."""

Wait = Callable[[Future], Awaitable[Any]]
Say = Callable[[str], None]


async def why_cold(custody: Custody, cell: Cell, declaration: Declaration, say: Say, wait: Wait) -> str:
    """Why the run can't start from the template, or ''.

    A template whose environment is stale is made anew, and so is one for a cell that sets a variable first of all: what
    it sets lasts, and the next template would have to be made with it anyhow.
    """
    if declaration.cold:
        return "--cold"
    if cell.environment.open:
        say("starting cold, because the cell sets environment variables whose names only running it shows")
        return "environment variables set"
    standbys = custody.session.standbys
    with custody.shield():
        standbys.refresh()
    for what, names in standbys.remade().items():
        say(f"warming up again, because {_and(names)} {what}")
    # With its value, and so with what that means, is known what a declaration sets and what a cell sets first of all.
    first = cell.environment.after_first(os.environ)
    given = {**os.environ, **dict(declaration.env), **first}
    given = {name: value for name, value in given.items() if value is not None}
    with_value = {*dict(declaration.env), *first}
    without = cell.environment.names - first.keys()
    if not standbys.can_tell(with_value | without, given):
        with custody.shield():
            ready = standbys.ready()
        await wait(ready)
    asked = {*standbys.differing(with_value, given), *without}
    early = sorted((standbys.reads() & asked) | {name for name in asked if name.startswith(OF_THE_INTERPRETER)})
    if not early:
        return ""
    if declaration.auto and all(name in first and not name.startswith(OF_THE_INTERPRETER) for name in early):
        say(f"warming up again, because {_and(early)} must be set before the frameworks are imported")
        with custody.shield():
            standbys.rebuild(first)
        return ""
    say(f"starting cold, because {_and(early)} must be set before Python or the frameworks start")
    return f"{_and(early)} set"


def _and(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


async def worker(custody: Custody, cold: bool, environment: Mapping[str, str], wait: Wait, *, unstarted: bool) -> Relay:
    """A worker that waits for its cell; with `unstarted` one whose framework has not been started.

    Raises
    ------
    WorkerNotStarted
    """
    first = True
    while True:
        try:
            relay = await wait(custody.take(cold, environment, unstarted=unstarted))
            if relay.prepared is not None:
                await wait(relay.prepared)
            if not relay.gone.done():
                custody.relay = relay
                return relay
        except WorkerNotStarted:
            # A template that was killed is noticed by its first fork failing; the next attempt starts another.
            if cold or not first:
                raise
        first = False
