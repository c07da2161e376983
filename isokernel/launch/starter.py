"""A thread for the starts of one launcher.

A template imports for seconds before its first fork, and a cold worker must not wait for it. The thread stays: one that
has flushed sys.stdout, as multiprocess does, holds descriptors of ipykernel's for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue

from ..errors import WorkerNotStarted
from . import Launcher, Process


class Starter:
    """A thread that starts workers by one launcher, and clears up behind them, one after the other."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="isokernel-start", daemon=True)
        self._thread.start()

    def ask(
        self,
        then: Callable[[Process | None, WorkerNotStarted | None], None],
        *given: Mapping[str, str],
        wanted: Callable[[], bool],
    ) -> None:
        """Start a worker by what the launcher is given, if it is `wanted` when its turn comes.

        ``then`` is called on this thread with it, or with why not.
        """
        self.do(lambda: self._start(then, given, wanted))

    def do(self, function: Callable[[], None]) -> None:
        """Call a function on this thread, while no start is under way."""
        self._asked.put(function)

    def end(self) -> None:
        """Have the thread end when all that was asked for has been done."""
        self._asked.put(None)

    def close(self) -> None:
        """End it, and return when it has ended."""
        self.end()
        self._thread.join()

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            asked()

    def _start(
        self,
        then: Callable[[Process | None, WorkerNotStarted | None], None],
        given: tuple,
        wanted: Callable[[], bool],
    ) -> None:
        if not wanted():
            then(None, WorkerNotStarted("what it was to be made from has changed"))
            return
        try:
            process = self._launcher.start(*given)
        except WorkerNotStarted as error:
            then(None, error)
        except Exception as error:  # noqa: BLE001 (whoever waits for the worker would wait for ever)
            then(None, WorkerNotStarted("a process could not be started", f"{type(error).__name__}: {error}"))
        else:
            then(process, None)
