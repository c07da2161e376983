"""Which process a run starts from: the standby, or, where the template was made from another environment, another.

Some variables are read once, while a framework is imported (``KERAS_BACKEND`` is one of dozens). The template records
which ones its imports read. Where the cell or ``--env`` sets one of them, the run starts cold; where the kernel's own
environment has changed one, the template is made anew. Either is said in one line.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from .cell import Cell
from .declaration import Declaration
from .errors import WorkerNotStarted
from .relay import Relay
from .session import Session

OF_THE_INTERPRETER = ("PYTHON", "LD_", "MALLOC_", "GLIBC_TUNABLES")
"""What begins the names of variables that are read when a process starts."""

Wait = Callable[[Future], Awaitable[Any]]
Say = Callable[[str], None]


async def why_cold(session: Session, cell: Cell, declaration: Declaration, say: Say, wait: Wait) -> str:
    """Why the run can't start from the template, or ''. A template whose environment is stale is made anew."""
    if declaration.cold:
        return "--cold"
    asked = {name for name, value in declaration.env if os.environ.get(name) != value} | cell.environment
    if cell.environment_open:
        say("starting cold, because the cell sets environment variables whose names only running it shows")
        return "environment variables set"
    upgraded = session.standbys.upgraded()
    if upgraded:
        session.standbys.rebuild()
        say(f"warming up again, because {_and(upgraded)} changed on disk since it was imported")
    if not asked and not session.standbys.changed():
        return ""
    await wait(session.standbys.ready())  # it must have told what its imports read
    stale = session.standbys.stale()
    if stale:
        session.standbys.rebuild()
        say(f"warming up again, because {_and(stale)} changed since the frameworks were imported")
    early = sorted((session.standbys.reads() & asked) | {name for name in asked if name.startswith(OF_THE_INTERPRETER)})
    if early:
        say(f"starting cold, because {_and(early)} must be set before Python or the frameworks start")
        return f"{_and(early)} set"
    return ""


def _and(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


async def worker(session: Session, cold: bool, environment: Mapping[str, str], wait: Wait, *, unstarted: bool) -> Relay:
    """A worker that waits for its cell; with `unstarted` one whose framework has not been started.

    Raises
    ------
    WorkerNotStarted
    KeyboardInterrupt
        While it was waited for; it is kept for the next run.
    """
    first = True
    while True:
        taken = session.standbys.take(cold, environment, unstarted=unstarted)
        try:
            relay = await wait(taken)
            if relay.prepared is not None:
                await wait(relay.prepared)
            if not relay.gone.done():
                return relay
        except KeyboardInterrupt:
            session.standbys.give_back(taken, cold)
            raise
        except WorkerNotStarted:
            # A template that was killed is noticed by its first fork failing; the next attempt starts another.
            if cold or not first:
                raise
        first = False
