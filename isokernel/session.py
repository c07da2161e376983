"""What outlives a run: the standbys, the loop that serves all runs, the records.

One session to a kernel. Its loop has a thread of its own, so that output flows and interrupts arrive whatever the
thread of the cell is doing.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from .carried import Outside
from .configuration import Settings
from .devices import Devices
from .launch import Launcher
from .launch.template import TemplateLauncher
from .payload import Parcel
from .preludes import Preludes
from .protocol import Start
from .records import Records
from .relay import Relay, Sink
from .reuse import Reuse
from .standbys import Standbys
from .supervisor import Limits

REST = 0.005  # seconds between a cell's end and the fork for the next one


class Interruptible(Protocol):
    """A run, to which an interrupt may be handed.

    Attributes
    ----------
    thread : int
        The identity of its cell's thread.
    """

    thread: int

    def interrupt(self) -> bool:
        """Take it; False where only a signal gets there."""


class Session:
    """The runs of one kernel.

    Parameters
    ----------
    settings : Settings
    template, spawn : Launcher, optional
        For tests: others than the real ones.
    """

    def __init__(
        self, settings: Settings, *, template: TemplateLauncher | None = None, spawn: Launcher | None = None
    ) -> None:
        self.settings = settings
        self.records = Records()
        self.reuse = Reuse()
        self.preludes = Preludes()
        self.submodules: dict[str, None] = {}  # which cells have imported, in their order
        self.echoed: set[str] = set()  # declarations that were shown
        self.configured = False  # settings of frameworks were carried that have to be set before one starts
        self.hinted: set[str] = set()  # setters that were told of
        self.caches: weakref.WeakSet[Parcel] = weakref.WeakSet()  # with a dataset that was cached in a cell
        self.given: dict[str, Any] = {}  # settings of this process, as the last undeclared cell left them
        self.outside = Outside(everything=True)
        self.framework: tuple[Parcel, ...] = ()  # settings of frameworks, as the last undeclared cell left them
        self.runs: set[Interruptible] = set()
        self.running: set[Relay] = set()
        self.lingering: dict[str, Relay] = {}  # after their cell, for its widgets; by the cell
        self.devices = Devices()
        self._rest: asyncio.TimerHandle | None = None  # the end of an idle template
        self._pid = os.getpid()
        self._closed = False
        self.loop = asyncio.SelectorEventLoop()
        self.standbys = Standbys(settings, self.loop, template, spawn)
        self._thread = threading.Thread(target=self._serve, name="isokernel", daemon=True)
        self._thread.start()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forked)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Call a function on the loop's thread."""
        answer: Future[Any] = Future()

        def do() -> None:
            try:
                answer.set_result(function(*args))
            except BaseException as error:  # noqa: BLE001 (handed to whoever waits)
                answer.set_exception(error)

        self.loop.call_soon_threadsafe(do)
        return answer

    def warm(self) -> None:
        """Have standbys made, in the background; a failure is the next run's to report."""
        if not self._closed:
            self.loop.call_soon_threadsafe(self._rest_later)
        self.standbys.warm()

    def warm_soon(self) -> None:
        """:meth:`warm`, when the reply to the cell that has just ended is on its way.

        Not while the cell runs: a fork of a process that holds TensorFlow takes a core for 10 ms, and on a small
        machine that core is the cell's or the kernel's.
        """
        if not self._closed:
            self.loop.call_soon_threadsafe(self.loop.call_later, REST, self._between)

    def _between(self) -> None:
        if not self._closed:
            self._rest_later()
            self.standbys.refresh()
            self.standbys.warm()
            self.standbys.busy(bool(self.running))

    def refresh_soon(self) -> None:
        """Have the template made anew in the background, if a cell has changed what it was made from."""
        if not self._closed:
            self.loop.call_soon_threadsafe(self.standbys.refresh)

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = self.loop.call_later(self.settings.idle, self._take_rest)

    def _take_rest(self) -> None:
        # The next isolated cell starts the template again, and waits for its imports.
        if self.running or self.lingering or self.standbys.starting:
            self._rest_later()
        elif not self._closed:
            self.standbys.rebuild()

    def start(self, relay: Relay, start: Start, parcels: tuple[Parcel, ...], sink: Sink, limits: Limits) -> None:
        """Give a worker its cell; the run is under way until :meth:`ended`."""
        self.running.add(relay)
        self.loop.call_soon_threadsafe(self._start, relay, start, parcels, sink, limits)

    def _start(self, relay: Relay, start: Start, parcels: tuple[Parcel, ...], sink: Sink, limits: Limits) -> None:
        relay.start(start, sink, limits, parcels)
        self.standbys.busy(True)

    def ended(self, relay: Relay) -> None:
        """A run is over."""
        self.running.discard(relay)
        self.warm_soon()

    def interrupt(self) -> set[int]:
        """Hand an interrupt to every run that takes it; the threads of their cells.

        Elsewhere what runs is the notebook's own code, maybe that which packs a cell's inputs or opens its results.
        """
        # A copy, made in C: cells begin and end meanwhile.
        return {run.thread for run in tuple(self.runs) if run.interrupt()}

    def let_all_go(self) -> bool:
        """Have those workers leave that linger; False if there are none."""
        lingering = list(self.lingering)
        for cell in lingering:
            self.let_go(cell)
        return bool(lingering)

    def linger(self, cell: str, relay: Relay) -> None:
        """Remember that a worker stays after its cell."""
        self.lingering[cell] = relay
        relay.gone.add_done_callback(lambda _: self._forget(cell, relay))

    def _forget(self, cell: str, relay: Relay) -> None:
        if self.lingering.get(cell) is relay:  # the cell may have run again meanwhile
            del self.lingering[cell]

    def let_go(self, cell: str) -> None:
        """Have the worker leave that lingers for this cell, if one does."""
        relay = self.lingering.get(cell)
        if relay is not None:
            self.loop.call_soon_threadsafe(relay.let_go)

    def close(self) -> None:
        """End all workers and the template; returns when they are gone. Safe to call twice."""
        if self._closed or os.getpid() != self._pid:
            return
        self._closed = True
        atexit.unregister(self.close)
        self.call(self.standbys.begin_close).result()
        self.standbys.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _forked(self) -> None:
        if not self._closed and os.getpid() != self._pid:
            self.standbys.forked()
