"""A cell's life in its worker: prepared, run, and what it left packed."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .. import carried, payload, registered, settings
from ..errors import UnpackableOutput
from ..protocol import LAST_ERROR, Ended, Failure, NamesReply, Outcome, Published, Refusal, Shipment, Start
from . import template
from .namespace import Ask, Notebook, install
from .observation import Left, Observation
from .preparation import Preparation
from .readiness import framework_is_started
from .shell import WorkerKernel, failure, payloads
from .streams import Outbox

NOT_RUN = "its inputs were being opened, and the cell had not begun"


class Life:
    """The cell of one worker.

    Parameters
    ----------
    kernel : WorkerKernel
    loop : asyncio.AbstractEventLoop
        Where the cell's coroutine and its own awaits run.
    start : Start
    outbox : Outbox
    ask : callable
        For names of the notebook; see :class:`~isokernel.worker.namespace.Notebook`.
    """

    def __init__(
        self, kernel: WorkerKernel, loop: asyncio.AbstractEventLoop, start: Start, outbox: Outbox, ask: Ask
    ) -> None:
        self._outbox = outbox
        self.kernel, self.shell, self.loop, self.start = kernel, kernel.shell, loop, start
        self.pid = os.getpid()
        self.own = frozenset(self.shell.user_ns)  # IPython's names
        self.notebook: Notebook | None = None
        if start.lends:
            self.notebook = Notebook(ask, self._lent, start.names)
            install(self.shell, self.notebook)
            if start.deletes:
                self.notebook.watch_deletions()
        self.namespace = self.shell.user_ns
        self.preparation = Preparation(kernel, loop, start)
        self.given: dict[str, int] = {}  # what went in, by name: the id, for what the cell drops is to be gone
        self.parcels: list[payload.Parcel] = []  # kept until the process ends: their descriptors are under way
        self.result: Any = None
        self.error: BaseException | None = None
        self.failed, self.seconds, self.opening = False, 0.0, 0.0
        self.failure: Failure | None = None  # of the cell's code
        self.observation: Observation | None = None
        self.registered: dict[str, Any] = {}  # magics, aliases and formatters, as an observed cell found them
        self.handlers: dict[str, Any] = {}  # of signals, as a declared cell found them
        self.timers: dict[str, tuple[float, float]] = {}  # that were running when it ended
        self.configured: dict[str, dict[str, Any]] = {}  # IPython's settings, likewise
        self.imprints: dict[str, tuple | None] = {}  # of small arrays that were declared to go in
        self.outside = self.preparation.outside
        self.settings: dict[str, Any] = {}  # of an observed cell, as it found them
        self.context = contextvars.copy_context()  # the cell's: numpy keeps its print options in one
        self.modules = len(sys.modules)

    def outcome(self) -> Outcome:
        """Run the cell, and say what it left; an interrupt that comes later waits."""
        try:
            return self._outcome()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def _outcome(self) -> Outcome:
        reply: dict[str, Any] = {}
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            begun = time.perf_counter()
            self._prepare()
            self.opening = time.perf_counter() - begun
            if isinstance(self.error, KeyboardInterrupt):
                raise self.error
            if self.error is not None:  # a prelude's
                self.failed = True
                return self._report("error", {})
            reply = self._run()
            return self._report("error" if self.failed else "ok", reply)
        except KeyboardInterrupt as interrupt:
            if self.error is None:  # it came between the cell and us
                notes = getattr(interrupt, "__notes__", ())
                what = f"of its results {'; '.join(notes)}" if notes else "its results were being packed"
                self.error = KeyboardInterrupt(f"the cell had run, and {what}; they are lost" if reply else NOT_RUN)
                self.failed = True
                self.shell.showtraceback((KeyboardInterrupt, self.error, None))
            status, packed = "interrupted", bool(reply)
        except Exception as error:  # noqa: BLE001 (any: opening inputs runs the code of their types)
            status, packed = "error", False
            if self.failure is None:
                self.error, self.failed = error, True
                self.shell.showtraceback((type(error), error, error.__traceback__))
        try:
            return self._report(status, reply if packed else {}, packed=packed)
        except Exception:  # noqa: BLE001 (any: as above; what failed once fails again, and the error is still told)
            return Outcome(status, [], [], [], self.failure or self._failure(status), seconds=self.seconds)

    def publish(self, values: dict[str, Any]) -> None:
        """Hand values over before the end; returns when they are on their way."""
        found = payload.pack(values, namespace=self.namespace, everywhere=self.observation is not None)
        for refusal in found.refusals:
            raise UnpackableOutput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
        self._outbox.put(Published(tuple(Shipment(*parcel.wire()) for parcel in found.parcels)))
        self._outbox.flush()

    def let_go(self) -> None:
        """Drop all that the cell has left in its namespace, in ``Out``, and in the traceback of its error.

        What the notebook has as well doesn't end here.
        """
        if self.observation is not None:
            payload.silence_destructors()
        self.loop.set_exception_handler(lambda loop, context: None)  # a task that is still pending is no news now
        self.given, self.result, self.error = {}, None, None
        for name in ("last_exc", "last_type", "last_value", "last_traceback"):
            vars(sys).pop(name, None)
        self.shell.last_execution_result = None
        self.namespace.get("_oh", {}).clear()
        self.shell.user_ns_hidden.clear()
        hook = self.shell.displayhook
        hook._ = hook.__ = hook.___ = None
        for name in ["_", "__", "___", *(name for name in dict.keys(self.namespace) if name not in self.own)]:
            self.namespace[name] = None  # not removed: as at Python's own exit, where what is left finds None

    def _prepare(self) -> None:
        self.preparation.run()
        self.context, self.error = self.preparation.context, self.preparation.error
        given, self.preparation.given = self.preparation.given, {}
        self.given |= {name: id(value) for name, value in given.items()}
        if self.error is not None:
            return
        if self.start.observe:
            self.observation = Observation(self.namespace, self.outside.take(self.shell))
            self.observation.give({name: self.namespace[name] for name in self.given if self._has(name)})
            self.settings = self.context.run(carried.take, carried.OF_THE_PLACE + carried.OF_THE_NOTEBOOK)
            self.registered, self.configured = registered.take(self.shell), settings.differing(self.shell)
        else:
            self.handlers = registered.handlers()
            self.imprints = {name: payload.array_imprint(value, self.namespace) for name, value in given.items()}

    def _lent(self, reply: NamesReply) -> None:
        """Have what the notebook lends the cell as an input."""
        before = frozenset(dict.keys(self.namespace))
        lent = self.preparation.lend(reply, self.notebook.deleted)
        if LAST_ERROR in lent:
            return
        self.given |= {name: id(value) for name, value in lent.items()}
        if self.observation is not None:
            bound = dict.keys(self.namespace) - before
            self.observation.bound({name: self.namespace[name] for name in bound})
            self.observation.give(lent)

    def _run(self) -> dict[str, Any]:
        def remember(result: Any) -> None:
            self.error = result.error_before_exec or result.error_in_exec
            if self.kernel.interrupted and isinstance(self.error, asyncio.CancelledError):
                self.error = KeyboardInterrupt()
            self.result = result.result

        self.shell.events.register("post_run_cell", remember)
        begun = time.perf_counter()
        run = self.kernel.do_execute(
            self.start.source,
            silent=False,
            store_history=True,
            allow_stdin=self.start.allow_stdin,
            cell_meta=self.start.metadata,
        )
        try:
            reply = self.loop.run_until_complete(self.loop.create_task(run, context=self.context))
        finally:
            self.timers = registered.stop_timers()  # what comes now is none of the cell's code
        self.seconds = time.perf_counter() - begun
        if os.getpid() != self.pid:
            os._exit(0 if reply["status"] == "ok" else 1)  # a fork that the cell made, and let run to the cell's end
        self.failed = reply["status"] != "ok"
        self.failure = self._failure(reply["status"])  # before anything is said: is its message the cell's last word
        self._outbox.send(Ended())
        if isinstance(self.error, KeyboardInterrupt):
            raise self.error
        return reply

    def _report(self, status: str, reply: dict[str, Any], *, packed: bool = False) -> Outcome:
        begun = time.perf_counter()
        left = self._left()
        names = [n for n in self.start.outputs if self._has(n)]
        if self.observation is not None:
            # With those that were given and didn't change: what shares something with them comes back with them.
            names += [n for n in (*left.values, *self.given) if self._has(n) and n not in names]
        elif status != "ok":
            names += [n for n in self.given if self._has(n) and n not in names and self._may_have_changed(n)]
        values = {n: self.namespace[n] for n in dict.fromkeys(names)}
        if self.observation is not None:
            beside = self.outside.take(self.shell)
            left = self.observation.beside(left, beside)
            values |= beside
        wanted = {*left.values, *self.start.outputs} if self.observation is not None else None
        shown = None
        if status == "ok" and self.result is not None:
            label = f"Out[{self.start.count}]"
            values[label] = self.result
            if wanted is not None:
                wanted.add(label)
            shown = self.shell.history_manager.output_hist_reprs.get(self.start.count)
        if packed:
            values = {}  # packing them is what was interrupted
        # A function that is handed over brings what the cell made for it; what the notebook has, it shall find there.
        found = payload.pack(
            values,
            namespace=self.namespace,
            along=None if self.observation else lambda name: name not in self.given and name not in self.own,
            wanted=wanted,
            everywhere=self.observation is not None,
        )
        # What can be neither watched nor carried back was only looked at, for all that is known: it is what it was.
        as_it_was = {refusal.name for refusal in found.refusals} & left.unknown
        shipments, roles = [*map(self._ship, found.parcels)], ["value"] * len(found.parcels)
        if status != "ok" and self.error is not None:
            packed_error = payload.pack({"error": self.error}, namespace=self.namespace)
            shipments += map(self._ship, packed_error.parcels)
            roles += ["error"] * len(packed_error.parcels)
        early = False
        if self.observation is not None:
            held = self.context.run(carried.take, carried.OF_THE_PLACE + carried.OF_THE_NOTEBOOK)
            changed = carried.changed(self.settings, held)
            framework = self.context.run(carried.take, carried.OF_FRAMEWORKS)
            early = carried.of_the_start(framework)
            for role, state in (("settings", changed), ("framework", framework)):
                packed_state = payload.pack({"settings": state}, namespace={}).parcels if state else ()
                shipments += map(self._ship, packed_state)
                roles += [role] * len(packed_state)
            now = registered.take(self.shell)
            more = {key: value for key, value in now.items() if self.registered.get(key) != value}
            if configured := settings.changed(self.shell, self.configured):
                more[registered.SETTINGS] = configured
            more |= self.timers  # behind the handlers, which they need
            packing = payload.pack(more, namespace=self.namespace, together=True, everywhere=True)
            shipments += map(self._ship, packing.parcels)
            roles += ["registered"] * len(packing.parcels)
            self._tell_ended(refusal.name for refusal in packing.refusals)
        else:
            now = registered.handlers()
            self._tell_ended(
                [*(key for key, value in now.items() if self.handlers.get(key, value) != value), *self.timers]
            )
        if self.notebook is not None:
            self.notebook.answers = False
        return Outcome(
            status=status,
            roles=roles,
            payload=payloads(reply.get("payload", [])),
            missing=[n for n in self.start.outputs if not self._has(n)],
            failure=self.failure or self._failure(status),
            refusals=tuple(
                Refusal(r.name, r.path, r.type_name, r.reason) for r in found.refusals if r.name not in as_it_was
            ),
            shown=shown,
            imports=[list(each) for each in left.imports],
            deleted=list(left.deleted),
            left=[name for name in left.values if name not in as_it_was],
            seconds=self.seconds,
            opening=self.opening,
            packing=time.perf_counter() - begun,
            imported=template.imported_since(self.modules),
            started=framework_is_started(),
            configured=early,
            shipments=tuple(shipments),
        )

    def _tell_ended(self, names: Iterable[str]) -> None:
        """Say which handlers and timers end with this process, where the notebook may count on them."""
        told = [name for name in names if name.partition(" ")[0] in (registered.SIGNAL, registered.TIMER)]
        if told:
            what = ", ".join(
                f"{'the handler of ' * name.startswith(registered.SIGNAL)}{name.split()[1]}" for name in told
            )
            self._outbox.write("stderr", f"isokernel: set by this cell, and ended with its process: {what}\n")

    def _has(self, name: str) -> bool:
        return dict.__contains__(self.namespace, name)

    def _left(self) -> Left:
        if self.observation is None:
            return Left()
        hook = self.shell.displayhook
        left = self.observation.left({"_": hook._, "__": hook.__, "___": hook.___})
        if self.notebook is None:
            return left
        deleted = {name for name in self.notebook.deleted if not self._has(name)}
        return replace(left, deleted=(*left.deleted, *sorted(deleted.difference(left.deleted))))

    def _may_have_changed(self, name: str) -> bool:
        value = self.namespace[name]
        if id(value) != self.given[name]:
            return True
        before = self.imprints.get(name)
        return not (before == payload.imprint(value, self.namespace) if before else payload.untouched(value))

    def _failure(self, status: str) -> Failure | None:
        if status == "ok":
            return None
        session, error = self.kernel.session, self.error
        told = failure(type(error), error, []) if error is not None else None
        shown = session.failure  # the last one; not all are: an exception group is printed, a UsageError is one line
        if shown is not None and (told is None or (shown.ename, shown.evalue) == (told.ename, told.evalue)):
            return replace(shown, shown=not session.outbox.withdraw())
        return told or failure(KeyboardInterrupt, None, [])

    def _ship(self, parcel: payload.Parcel) -> Shipment:
        self.parcels.append(parcel)
        return Shipment(*parcel.wire())
