"""Workers that wait for their cells: which processes are started, from what, and how many ahead.

Two ways lead to a worker, and each has a thread of its own: a copy of the template, and a fresh interpreter. What runs
import again and again is learned; a second template that has it is made beside the first, while nothing runs, and then
takes its place.
"""

from __future__ import annotations

import asyncio
import glob
import os
import threading
import weakref
from collections import deque
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any

from . import learned
from .configuration import Preload, Settings
from .errors import WorkerNotStarted
from .installed import changed
from .launch import Launcher, Process
from .launch.spawn import SpawnLauncher
from .launch.starter import Starter
from .launch.template import TemplateLauncher, launcher
from .processes import born, kill_marked, kill_seen
from .relay import Relay
from .variables import LATER, READ, READ_BY_C, is_open, same

# Set by libraries for themselves when they are imported: importing scikit-learn is no wish for another TensorFlow.
SET_BY_IMPORTS = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})
AHEAD = 2  # standbys: one for the next cell, one for the cell that is run right behind it
REST = 0.005  # seconds between a cell's end and the fork for the next one
SPARE = 4  # cores from which on a standby starts its framework while a cell runs: fewer are the cell's
QUIET = 2.0  # seconds after a run until another template is begun: whoever runs cell after cell is not disturbed


class Standbys:
    """Starts workers and keeps two ahead.

    Parameters
    ----------
    settings : Settings
    loop : asyncio.AbstractEventLoop
        That serves them.
    template, spawn : Launcher, optional
        For tests: others than the real ones.

    Attributes
    ----------
    report : dict
        What the template told last: what it imported, and how that went.
    learned : Learned or None
        What cells import; None where that is not to be learned.
    """

    def __init__(
        self,
        settings: Settings,
        loop: asyncio.AbstractEventLoop,
        template: TemplateLauncher | None = None,
        spawn: Launcher | None = None,
    ) -> None:
        self.settings, self._loop = settings, loop
        self._preload = Preload.of(settings.preload)
        self.learned = learned.of_environment() if self._preload.learns else None
        if template is None:
            template = launcher(self._preload.named, self._wanted(), settings.warm)
        self.template = template
        self.spawn = spawn if spawn is not None else SpawnLauncher()
        self.report: dict[str, Any] = {}
        self.active: set[object] = set()  # runs, from before they have a worker
        self.prepares = False  # cells start a framework: it is started ahead of them, in the standbys
        self._told: set[str] = set()  # by workers of their start
        self._all: set[Relay] = set()
        self._kept: dict[int, float] = {}  # processes that outlive their cells, and when they began
        self._marks: set[str] = set()  # in the environment of what those start
        self._waiting: deque[Future[Relay]] = deque()
        self._stale: weakref.WeakSet[Future[Relay]] = weakref.WeakSet()  # are not wanted any more
        self._remade: dict[str, tuple[str, ...]] = {}  # why the template was, since that was told last
        self._lock = threading.Lock()
        self._next: tuple[TemplateLauncher, Future[Relay]] | None = None  # is being made
        self._doomed: dict[str, tuple[str, ...]] | None = None  # learned modules with which one could not be made
        self._timer: asyncio.TimerHandle | None = None  # until that is begun
        self._running = False
        self._closed = False
        self._starters = {each: Starter(each) for each in (self.template, self.spawn)}

    def warm(self) -> None:
        """Have standbys made, in the background; a failure is the next run's to report."""
        with self._lock:
            self._waiting = deque(standby for standby in self._waiting if not _dead(standby))
            while len(self._waiting) < AHEAD and not self._closed and self.settings.warm:
                self._waiting.append(self._begin(self.template))

    def take(
        self, cold: bool, environment: Mapping[str, str] = MappingProxyType({}), *, unstarted: bool = True
    ) -> Future[Relay]:
        """A worker that waits for its cell; a cold one begins with `environment` beside the kernel's own.

        With `unstarted` its framework has not been started; without, the cell has to wait for its ``prepared``. The
        future raises :class:`~isokernel.errors.WorkerNotStarted`.
        """
        self.template.hold(cold)  # it imports what the template does, and they would share the processors
        if cold or not self.settings.warm:
            return self._begin(self.spawn, environment)
        with self._lock:
            living = [standby for standby in self._waiting if not _dead(standby)]
            fit = [standby for standby in living if not (unstarted and _prepared(standby) is not None)]
            found = min(fit, key=_distance, default=None)
            self._waiting = deque(standby for standby in living if standby is not found)
        return found if found is not None else self._begin(self.template)

    def _prepare_next(self) -> None:
        # On the loop's thread; one after the other, and with another beside it: a cell that comes meanwhile, or that
        # configures the start, shall find one that it needn't wait for.
        if not self.prepares or (self.active and len(os.sched_getaffinity(0)) < SPARE):
            return
        with self._lock:  # a cell that takes one must know that it is being prepared
            living = [standby.result() for standby in self._waiting if standby.done() and not _dead(standby)]
            as_they_are = [relay for relay in living if relay.prepared is None]
            if as_they_are and len(living) >= AHEAD and all(r.prepared.done() for r in living if r not in as_they_are):
                as_they_are[0].prepare()
                as_they_are[0].prepared.add_done_callback(lambda _: self._prepare_next())

    def ready(self) -> Future[None]:
        """Done when a standby has told what its template did; one is made now if there is none."""
        self.warm()
        ready: Future[None] = Future()
        with self._lock:
            standby = self._waiting[0] if self._waiting else None
        if standby is None:  # no template is to be kept
            ready.set_result(None)
            return ready
        # A copy: whoever gives up waiting must not cancel the standby itself; its failure is the next take's.
        standby.add_done_callback(lambda done: ready.set_result(None))
        return ready

    def give_back(self, taken: Future[Relay], cold: bool) -> None:
        """A worker that was waited for and isn't needed now."""
        with self._lock:
            if not cold and self.settings.warm:
                self._waiting.appendleft(taken)
                return
        self._discard(taken)

    @property
    def starting(self) -> bool:
        """Whether one is being started: ending the template would begin another one for it."""
        with self._lock:
            return any(not standby.done() for standby in self._waiting)

    def rebuild(self, beside: Mapping[str, str | None] = MappingProxyType({})) -> None:
        """Drop template and standbys: what they were made from has changed.

        The next one starts with the variables in `beside`, which a cell is about to set, until :meth:`settle`.
        """
        with self._lock:
            stale = list(self._waiting)
            self._waiting.clear()
            self._stale.update(stale)
        self.template.beside = beside
        self.template.stop()
        self.report = {}
        for standby in stale:
            self._discard(standby)

    def settle(self) -> None:
        """When no cell runs that was about to set variables, what starts then starts with the kernel's own."""
        if not self.active:
            self.template.beside = MappingProxyType({})

    def refresh(self) -> None:
        """Have the template made anew, at once, if what it was made from has changed."""
        for why, names in (
            ("changed on disk since it was imported", self.upgraded()),
            ("changed since the frameworks were imported", self.stale()),
        ):
            if names:
                self._remade[why] = tuple(sorted({*names, *self._remade.get(why, ())}))
                self.rebuild()
                self.warm()

    def remade(self) -> dict[str, tuple[str, ...]]:
        """Why the template was made anew since this was asked last: what has become of what."""
        told, self._remade = self._remade, {}
        return told

    def _discard(self, standby: Future[Relay]) -> None:
        standby.add_done_callback(
            lambda done: None if done.exception() else self._loop.call_soon_threadsafe(done.result().kill, "")
        )

    def _begin(self, launcher: Launcher, *given: Mapping[str, str]) -> Future[Relay]:
        ready: Future[Relay] = Future()
        self._start(launcher, given, ready)
        return ready

    def _start(self, launcher: Launcher, given: tuple, ready: Future[Relay]) -> None:
        def made(process: Process) -> None:
            relay = Relay(process, self._loop, self.settings.grace, self.settings.exit_grace, self._told)
            self._all.add(relay)
            relay.finished.add_done_callback(lambda _: self._keep(relay, launcher))
            relay.gone.add_done_callback(lambda _: self._clear(relay, launcher))
            if self._closed:
                relay.kill("the kernel was shut down")

            def greeted(hello: Future) -> None:
                if hello.result() is None:
                    # Before its own pipes were its standard error, it spoke into its template's log.
                    words = relay.evidence().last_words or ("" if process.cold else launcher.log())
                    failed(WorkerNotStarted("the process ended before it could be used", words))
                    return
                if launcher is self.template and ready not in self._stale:
                    self.report = hello.result().report
                    self._note_unfit(launcher)
                ready.set_result(relay)
                self._prepare_next()

            relay.hello.add_done_callback(greeted)

        def failed(error: WorkerNotStarted) -> None:
            if self._found_unfit(launcher, error) and launcher is self.template:
                self.template = TemplateLauncher(self._preload.named, self._wanted())
                self.template.beside = launcher.beside
                self._starters[self.template] = Starter(self.template)
                self._end(launcher)
            if launcher not in self._starters and not self._closed:  # another has taken its place
                self._start(self.template, given, ready)
            else:
                ready.set_exception(error)

        def started(process: Process | None, error: WorkerNotStarted | None) -> None:
            self._loop.call_soon_threadsafe(*((made, process) if process is not None else (failed, error)))

        self._starters[launcher].ask(started, *given, wanted=lambda: ready not in self._stale)

    def _note_unfit(self, template: TemplateLauncher) -> None:
        """What the template began with and had to do without, the next one isn't to try."""
        skipped = self.report.get("skipped", {})
        if self.learned is not None and not skipped.keys().isdisjoint(template.learned):
            self.learned.came({}, skipped)
            template.learned = {name: modules for name, modules in template.learned.items() if name not in skipped}

    def _found_unfit(self, launcher: Launcher, error: WorkerNotStarted) -> bool:
        """Note what a template ended in, if it is of what was learned: the next one is made without it."""
        name = launcher.ended_in if isinstance(launcher, TemplateLauncher) else ""
        if self._closed or not name or name not in launcher.learned:
            return False
        self.learned.came({}, {name: f"the warm process ended as it imported it: {error.evidence[-200:]}"})
        return True

    def _end(self, template: TemplateLauncher) -> None:
        """End a template that has made place for another; of what it started, others take care."""
        starter = self._starters.pop(template)
        starter.do(template.close)
        starter.end()

    def _keep(self, relay: Relay, launcher: Launcher) -> None:
        if relay.kept:
            launcher.spare(relay.kept)
            self._kept.update({pid: born(pid) for pid in relay.kept})
            self._marks.add(relay.process.mark)

    def _clear(self, relay: Relay, launcher: Launcher) -> None:
        self._all.discard(relay)
        if not self._closed and not relay.orderly:
            self._clear_up(launcher, relay.process)

    def _clear_up(self, launcher: Launcher, process: Process) -> None:
        def clear() -> None:
            try:
                launcher.clear(process)
            except OSError:  # no descriptor is left to look with; there will be
                again = self._loop.call_later, QUIET, self._clear_up, launcher, process
                self._closed or self._loop.call_soon_threadsafe(*again)

        self._starters.get(launcher, self._starters[self.spawn]).do(clear)

    def reads(self) -> frozenset[str]:
        """Variables that the template's imports read; as long as it hasn't told, those that are known anyhow."""
        known = READ.keys() if self._preload.named else frozenset()
        return READ_BY_C.union(self.report.get("reads", known)) - SET_BY_IMPORTS

    def can_tell(self, names: Collection[str], environment: Mapping[str, str]) -> bool:
        """Whether it is known what these variables, as they are in an environment, are to imports of the template."""
        if "reads" in self.report:
            return True
        known = self.reads() if self.template.learned else self.reads() | LATER
        return known.issuperset(names) and not any(is_open(name, self._imports(), environment) for name in names)

    def stale(self) -> tuple[str, ...]:
        """Those that mean something else in the kernel's environment than they did to the template's imports."""
        return self.differing(self.reads(), os.environ) if self.changed() else ()

    def differing(self, names: Collection[str], environment: Mapping[str, str]) -> tuple[str, ...]:
        """Which of these variables mean something else in an environment than to what starts from the template."""
        imports, found = self._imports(), self.report.get("found", {})
        return tuple(sorted(name for name in names if not same(name, imports, environment, found)))

    def _imports(self) -> Mapping[str, str]:
        return self.template.environment if self.template.pid is not None else os.environ

    def upgraded(self) -> tuple[str, ...]:
        """Modules that the template has imported and that were installed anew since."""
        if self.template.pid is None:
            return ()
        return changed(self.template.installed, frozenset(self.report.get("packages", ())))

    def changed(self) -> bool:
        """Whether the kernel's environment has changed since the template started."""
        return self.template.pid is not None and self.template.environment != dict(os.environ)

    def learn(self, imported: Mapping[str, list[str]]) -> None:
        """A run has imported these modules, by package, which the template had not."""
        if self.learned is not None:
            self.learned.saw(imported)

    def busy(self, running: bool) -> None:
        """A run is under way, or none; on the loop's thread.

        Another template is made while there is none, and held up meanwhile.
        """
        self._running = running
        if not running:
            self._prepare_next()
        if self._timer is not None:
            self._timer.cancel()
        if not running:
            self.template.hold(False)
        if self._next is not None:
            template, ready = self._next
            template.hold(running)
            if not running and ready.done():
                self._succeed()
        elif not running and not self._closed:
            self._timer = self._loop.call_later(QUIET, self._begin_next)

    def _wanted(self) -> dict[str, tuple[str, ...]]:
        return self.learned.modules(self._preload.apart) if self.learned is not None else {}

    def _begin_next(self) -> None:
        wanted = self._wanted()
        # One that has ended in its idle time is made when it is needed, with what is wanted then.
        if self._closed or not self.settings.warm or self.template.pid is None:
            return
        if wanted in (self.template.learned, self._doomed):
            return
        template = TemplateLauncher(self._preload.named, wanted)
        self._starters[template] = Starter(template)
        self._next = template, self._begin(template)
        self._next[1].add_done_callback(lambda _: self._running or self._loop.call_soon_threadsafe(self._succeed))

    def _succeed(self) -> None:
        """Put the template that was made, and its first standby, in the place of the old ones."""
        if self._next is None or self._running or self._closed:
            return
        (template, ready), self._next = self._next, None
        old = template
        if ready.exception():
            self._doomed = template.learned
        else:
            with self._lock:
                stale, self._waiting = self._waiting, deque([ready])
                old, self.template = self.template, template
            self.report = ready.result().hello.result().report
            for standby in stale:
                self._discard(standby)
            self.learned.came(self.report["imported"], self.report["skipped"])
            template.learned = self._wanted()  # in fewer words
        self._end(old)
        self.warm()

    def begin_close(self) -> None:
        """Kill all workers, and start none any more; on the loop's thread."""
        self._closed = True
        for relay in self._all:
            relay.kill("the kernel was shut down")

    def close(self) -> None:
        """End the templates; returns when all processes are gone."""
        # The template goes last of all: what lost its parent is below it.
        for relay in (ending := list(self._all)):
            relay.gone.result()
        self.template.clear_all()
        for relay in ending:
            if not relay.orderly and relay.process.cold:
                self.spawn.clear(relay.process)
        kill_seen(self._kept)  # whose template may have made place for another
        for mark in self._marks:
            kill_marked(mark)
        for each in self._starters:
            if isinstance(each, TemplateLauncher):
                each.close()
        for starter in self._starters.values():
            starter.close()
        for relay in list(self._all):  # that were being started
            relay.gone.result()

    def forked(self) -> None:
        """In a fork of the kernel: leave the workers to the kernel.

        A fork that outlives it would hold the channels open, and workers tell by them that it lives.
        """
        for relay in self._all:
            relay.process.close()
        self._all.clear()


def accelerators() -> bool:
    """Whether a framework that starts here opens a device: that is not done ahead of a cell."""
    return any(glob.glob(pattern) for pattern in ("/dev/nvidia[0-9]*", "/dev/kfd", "/dev/accel*"))


def _dead(standby: Future[Relay]) -> bool:
    # One may have died while it waited, or could not be made.
    return standby.done() and (standby.exception() is not None or standby.result().gone.done())


def _prepared(standby: Future[Relay]) -> Future[None] | None:
    ready = standby.done() and standby.exception() is None
    return standby.result().prepared if ready else None


def _distance(standby: Future[Relay]) -> int:
    """How far a standby is from being of use; one that is prepared is nearest, one that is being prepared farthest."""
    prepared = _prepared(standby)
    if prepared is not None:
        return 0 if prepared.done() else 3
    return 1 if standby.done() else 2
