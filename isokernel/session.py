"""What outlives a run: the launchers, the loop that serves all runs, the records.

One session to a kernel. Its loop has a thread of its own, so that output flows and interrupts arrive whatever the
thread of the cell is doing.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any

from .configuration import Settings
from .devices import Devices, Request
from .errors import WorkerNotStarted
from .installed import changed
from .launch import Launcher, Process
from .launch.spawn import SpawnLauncher
from .launch.template import TemplateLauncher, launcher, stop_resource_tracker
from .payload import Parcel
from .preludes import Preludes
from .records import Records
from .relay import Relay
from .reuse import Reuse

# Read by C code while a library is loaded, where no Python hook sees it.
READ_BY_C = frozenset(
    "TF_CPP_MIN_LOG_LEVEL TF_CPP_MAX_LOG_LEVEL TF_CPP_VMODULE TF_CPP_MIN_VLOG_LEVEL TF_ENABLE_ONEDNN_OPTS XLA_FLAGS "
    "TF_XLA_FLAGS OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS KMP_AFFINITY".split()
)


# Set by libraries for themselves when they are imported: importing scikit-learn is no wish for another TensorFlow.
SET_BY_IMPORTS = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})
AHEAD = 2  # standbys: one for the next cell, one for the cell that is run right behind it
REST = 0.005  # seconds between a cell's end and the fork for the next one


class Session:
    """Starts workers and keeps two ahead.

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
        self.echoed: set[str] = set()  # declarations that were shown
        self._told: set[str] = set()  # by workers of their start
        self.hinted: set[str] = set()  # setters that were told of
        self.caches: weakref.WeakSet[Parcel] = weakref.WeakSet()  # with a dataset that was cached in a cell
        self.given: dict[str, Any] = {}  # settings of this process, as the last undeclared cell left them
        self.framework: tuple[Parcel, ...] = ()  # settings of frameworks, as the last undeclared cell left them
        self.template = template if template is not None else launcher(settings.preload, settings.warm)
        self.spawn = spawn if spawn is not None else SpawnLauncher()
        self.report: dict[str, Any] = {}
        self.running: set[Relay] = set()
        self.lingering: dict[str, Relay] = {}  # after their cell, for its widgets; by the cell
        self.devices = Devices()
        self.waiting: set[Request] = set()  # for GPUs
        self._all: set[Relay] = set()
        self._rest: asyncio.TimerHandle | None = None  # the end of an idle template
        self._standbys: deque[Future[Relay]] = deque()
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._closed = False
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="isokernel", daemon=True)
        self._thread.start()
        # The template imports for seconds before its first fork, and a cold worker must not wait for it. The threads
        # stay: one that has flushed sys.stdout, as multiprocess does, holds descriptors of ipykernel's for a while.
        self._starters = {launcher: _Starter(launcher) for launcher in (self.template, self.spawn)}
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
        with self._lock:
            while len(self._standbys) < AHEAD and not self._closed and self.settings.warm:
                self._standbys.append(self._begin(self.template))

    def warm_soon(self) -> None:
        """:meth:`warm`, when the reply to the cell that has just ended is on its way.

        Not while the cell runs: a fork of a process that holds TensorFlow takes a core for 10 ms, and on a small
        machine that core is the cell's or the kernel's.
        """
        if not self._closed:
            self.loop.call_soon_threadsafe(self.loop.call_later, REST, self.warm)

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = self.loop.call_later(self.settings.idle, self._take_rest)

    def _take_rest(self) -> None:
        # The next isolated cell starts the template again, and waits for its imports.
        if self.running or self.lingering:
            self._rest_later()
        elif not self._closed:
            self.rebuild()

    def take(self, cold: bool, environment: Mapping[str, str] = MappingProxyType({})) -> Future[Relay]:
        """A worker that waits for its cell; a cold one begins with `environment` beside the kernel's own.

        The future raises :class:`~isokernel.errors.WorkerNotStarted`.
        """
        if cold or not self.settings.warm:
            return self._begin(self.spawn, environment)
        with self._lock:
            while self._standbys:
                standby = self._standbys.popleft()
                dead = standby.done() and (standby.exception() or standby.result().gone.done())
                if not dead:  # one may have died while it waited, or could not be made then
                    return standby
        return self._begin(self.template)

    def ready(self) -> Future[None]:
        """Done when a standby has told what its template did; one is made now if there is none."""
        self.warm()
        ready: Future[None] = Future()
        with self._lock:
            standby = self._standbys[0] if self._standbys else None
        if standby is None:  # no template is to be kept
            ready.set_result(None)
            return ready
        # A copy: whoever gives up waiting must not cancel the standby itself; its failure is the next take's.
        standby.add_done_callback(lambda done: ready.set_result(None))
        return ready

    def give_back(self, taken: Future[Relay], cold: bool) -> None:
        """A worker that was waited for and isn't needed now."""
        with self._lock:
            if not cold:
                self._standbys.appendleft(taken)
                return
        self.call(self._discard, taken)

    def rebuild(self) -> None:
        """Drop template and standbys: what they were made from has changed."""
        with self._lock:
            stale = list(self._standbys)
            self._standbys.clear()
        self.template.stop()
        for standby in stale:
            self.call(self._discard, standby)

    def _discard(self, standby: Future[Relay]) -> None:
        standby.add_done_callback(
            lambda done: None if done.exception() else self.loop.call_soon_threadsafe(done.result().kill, "")
        )

    def _begin(self, launcher: Launcher, *given: Mapping[str, str]) -> Future[Relay]:
        ready: Future[Relay] = Future()

        def made(process: Process) -> None:
            relay = Relay(process, self.loop, self.settings.grace, self.settings.exit_grace, self._told)
            self._all.add(relay)
            relay.gone.add_done_callback(lambda _: self._clear(relay, launcher))
            if self._closed:
                relay.kill("the kernel was shut down")

            def greeted(hello: Future) -> None:
                if hello.result() is None:
                    # Before its own pipes were its standard error, it spoke into its template's log.
                    words = relay.evidence().last_words or ("" if process.cold else self.template.log())
                    ready.set_exception(WorkerNotStarted("the process ended before it could be used", words))
                    return
                if not process.cold:
                    self.report = hello.result().report
                ready.set_result(relay)

            relay.hello.add_done_callback(greeted)

        def started(process: Process | None, error: WorkerNotStarted | None) -> None:
            if process is not None:
                self.loop.call_soon_threadsafe(made, process)
            else:
                ready.set_exception(error)

        self._starters[launcher].ask(started, *given)
        return ready

    def _clear(self, relay: Relay, launcher: Launcher) -> None:
        self._all.discard(relay)
        if not self._closed and (relay.keep_children or not relay.orderly):
            keep = relay.keep_children and relay.orderly
            self._starters[launcher].do(lambda: launcher.clear(relay.process, keep=keep))

    def reads(self) -> frozenset[str]:
        """Variables that the template's imports read."""
        return READ_BY_C.union(self.report.get("reads", ())) - SET_BY_IMPORTS

    def stale(self) -> tuple[str, ...]:
        """Those of them that the kernel's environment has changed since."""
        before, now = self.template.environment, os.environ
        if self.template.pid is None:
            return ()
        return tuple(sorted(name for name in self.reads() if before.get(name) != now.get(name)))

    def upgraded(self) -> tuple[str, ...]:
        """Modules that the template has imported and that were installed anew since."""
        if self.template.pid is None:
            return ()
        return changed(self.template.installed, frozenset(self.report.get("packages", ())))

    def environment(self, cold: bool) -> dict[str, str | None]:
        """The kernel's environment as changes since the template started; None removes a variable."""
        if cold:
            return {}
        before, now = self.template.environment, dict(os.environ)
        changed: dict[str, str | None] = {k: v for k, v in now.items() if before.get(k) != v}
        changed.update({k: None for k in before if k not in now})
        return changed

    def interrupt(self) -> bool:
        """Interrupt every running cell, or else have those leave that linger; False if there are none."""
        for relay in list(self.running):
            self.loop.call_soon_threadsafe(relay.interrupt)
        for request in list(self.waiting):
            request.stop()
        found = bool(self.running or self.waiting or self.lingering)
        if not self.running and not self.waiting:
            for cell in list(self.lingering):
                self.let_go(cell)
        return found

    def linger(self, cell: str, relay: Relay) -> None:
        """Remember that a worker stays after its cell."""
        self.lingering[cell] = relay
        relay.gone.add_done_callback(lambda _: self.lingering.pop(cell, None))

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
        self.call(self._kill_all).result()
        # The template goes last of all: what lost its parent is below it.
        for relay in (ending := list(self._all)):
            relay.gone.result()
        self.template.clear_all()
        for relay in ending:
            if not relay.orderly and relay.process.cold:
                self.spawn.clear(relay.process, keep=False)
        self.template.close()
        for starter in self._starters.values():
            starter.close()
        for relay in list(self._all):  # that were being started
            relay.gone.result()
        stop_resource_tracker()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _kill_all(self) -> None:
        for relay in self._all:
            relay.kill("the kernel was shut down")

    def _forked(self) -> None:
        # A fork of the kernel that outlives it would hold the channels open, and workers tell by them that it lives.
        if not self._closed and os.getpid() != self._pid:
            for relay in self._all:
                relay.process.close()
            self._all.clear()


class _Starter:
    """A thread that starts workers by one launcher, and clears up behind them, one after the other."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="isokernel-start", daemon=True)
        self._thread.start()

    def ask(self, then: Callable[[Process | None, WorkerNotStarted | None], None], *given: Mapping[str, str]) -> None:
        """Start a worker by what the launcher is given; ``then`` is called on this thread with it, or with why not."""
        self.do(lambda: self._start(then, given))

    def do(self, function: Callable[[], None]) -> None:
        """Call a function on this thread, while no start is under way."""
        self._asked.put(function)

    def close(self) -> None:
        """Return when all that was asked for has been done."""
        self._asked.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            asked()

    def _start(self, then: Callable[[Process | None, WorkerNotStarted | None], None], given: tuple) -> None:
        try:
            process = self._launcher.start(*given)
        except WorkerNotStarted as error:
            then(None, error)
        except Exception as error:  # noqa: BLE001 (whoever waits for the worker would wait for ever)
            then(None, WorkerNotStarted("a process could not be started", f"{type(error).__name__}: {error}"))
        else:
            then(process, None)
