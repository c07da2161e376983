"""One life: born, told a cell, run it, hand over what it left, gone.

:func:`forked` is where a copy of the template starts, :func:`main` where a fresh interpreter does; both are
:func:`live` a moment later. Nothing is cleaned up that the system takes back with the process.
"""

from __future__ import annotations

import asyncio
import contextvars
import faulthandler
import gc
import os
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from .. import carried, payload, publishing, registered, settings
from ..channel import Channel
from ..errors import UnpackableOutput
from ..processes import MARK, adopt_orphans, kill_below
from ..protocol import (
    Ended,
    Failure,
    Finished,
    Hello,
    Inquiry,
    Message,
    Outcome,
    Prepare,
    Prepared,
    Published,
    Refusal,
    Shipment,
    Start,
    decode,
)
from . import leaving, randomness, template
from .answering import answer
from .listener import Listener
from .observation import Left, Observation
from .preparation import Preparation
from .readiness import framework_is_started, start_framework
from .shell import WorkerKernel, attach, build, failure, let_run_nested, payloads, rehearse
from .streams import Outbox, last_words

NOT_RUN = "its inputs were being opened, and the cell had not begun"
KEEP = "--keep-children keeps what a cell starts"
PARTING = 1.0  # seconds for the host to end a worker that is finished


def forked(ends: Any) -> NoReturn:
    """Begin as a fork of the template."""
    os.setpgid(0, 0)  # its own group: the kernel's interrupts reach it once, through the host
    from multiprocess import forkserver, resource_tracker

    # The template's server and tracker are the kernel's. With these held open the template would outlive the kernel
    # for as long as any worker runs, and the cell's own use of multiprocess must find nothing started.
    os.close(forkserver._forkserver._forkserver_alive_fd)
    os.close(resource_tracker._resource_tracker._fd)
    forkserver._forkserver.__init__()
    resource_tracker._resource_tracker._fd = None
    os.dup2(ends.stdout, 1)
    os.dup2(ends.stderr, 2)
    os.close(ends.stdout)
    os.close(ends.stderr)
    os.environ[MARK] = ends.mark
    leaving.forget_handlers()
    live(ends.socket)


def main() -> NoReturn:
    """Begin as a fresh interpreter, with the channel's descriptor as argument."""
    fd, *written_to = map(int, sys.argv[1:])
    for other in written_to:
        os.close(other)  # they are 1 and 2 already
    sys.argv[1:] = []
    live(socket.socket(fileno=fd))


def live(sock: socket.socket) -> NoReturn:
    """One life, from the first message to the end of the process."""
    try:
        _live(sock)
    except BaseException:  # noqa: BLE001 (ours, not the cell's; sys.stderr is a queue that nobody will empty)
        last_words(traceback.format_exc())
        os._exit(70)  # EX_SOFTWARE


def _live(sock: socket.socket) -> NoReturn:
    # Until there is something to interrupt it waits; also for the threads that are started meanwhile, and for good.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    faulthandler.enable(2)
    adopt_orphans()
    leaving.volunteer()
    sock.set_inheritable(False)  # a program that the cell starts, or becomes, would hold it open
    channel = Channel(sock)
    outbox = Outbox(channel, _channel_lost)
    kernel = build()
    randomness.begin()
    rehearse(kernel)
    attach(kernel, outbox)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    let_run_nested(loop)
    listener = Listener(channel, outbox, kernel, end_of_host)
    leaving.reserve()
    gc.freeze()  # what is looked through when the cell has ended is the cell's
    outbox.put(Hello(os.getpid(), template.REPORT))
    while not isinstance(message := _next(channel), Start):
        if isinstance(message, Prepare):
            start_framework()
            outbox.put(Prepared())
        else:
            assert isinstance(message, Inquiry)
            outbox.put(answer(kernel, message))
    start = message
    listener.begin()
    life = Life(kernel, loop, start, outbox)
    publishing.connect(life.publish)
    outcome = life.outcome()
    listener.ended = True
    outbox.send(outcome)  # what comes now may end the process
    if start.linger:
        listener.linger(start.linger)
    leaving.say_goodbye(life.let_go, keep=start.keep_children)
    leaving.release()
    kept = leaving.kept() if start.keep_children else []
    if not start.keep_children and leaving.has_children():
        if left := leaving.left_running():
            outbox.write("stderr", f"isokernel: ended {', '.join(left)}, which the cell had left running ({KEEP})\n")
        leaving.end_children()
    outbox.send(Finished(kept))
    # The host ends us in a moment, when it has replied; if it doesn't, we do.
    time.sleep(PARTING)
    os._exit(0)


def _next(channel: Channel) -> Message:
    frame = channel.receive()
    if frame is None:
        end_of_host()
    return decode(frame)


def end_of_host() -> NoReturn:
    """The host is gone: nobody is left to run for. Where it isn't, it is told that the cell has cut the connection."""
    last_words("isokernel: the connection to the notebook has ended\n")
    with suppress(OSError):  # no descriptor is left to look with
        kill_below(os.getpid())
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _channel_lost() -> NoReturn:
    # A host that is gone ends us by _listen. This is a cell that closed descriptors which it did not open.
    last_words("isokernel: the connection to the notebook was closed by code in the cell\n")
    os._exit(72)  # EX_OSFILE


class Life:
    """The cell of one worker.

    Parameters
    ----------
    kernel : WorkerKernel
    loop : asyncio.AbstractEventLoop
        Where the cell's coroutine and its own awaits run.
    start : Start
    outbox : Outbox
    """

    def __init__(self, kernel: WorkerKernel, loop: asyncio.AbstractEventLoop, start: Start, outbox: Outbox) -> None:
        self._outbox = outbox
        self.kernel, self.shell, self.loop, self.start = kernel, kernel.shell, loop, start
        self.pid = os.getpid()
        self.namespace = self.shell.user_ns
        self.own = frozenset(self.namespace)  # IPython's names
        self.given: dict[str, Any] = {}  # what was declared to go in, and went in
        self.parcels: list[payload.Parcel] = []  # kept until the process ends: their descriptors are under way
        self.result: Any = None
        self.error: BaseException | None = None
        self.failed, self.seconds, self.opening = False, 0.0, 0.0
        self.failure: Failure | None = None  # of the cell's code
        self.observation: Observation | None = None
        self.registered: dict[str, Any] = {}  # magics, aliases and formatters, as an observed cell found them
        self.configured: dict[str, dict[str, Any]] = {}  # IPython's settings, likewise
        self.watches: dict[str, payload.Unchanged | None] = {}  # on small arrays that were declared to go in
        self.settings: dict[str, Any] = {}  # of an observed cell, as it found them
        self.context = contextvars.copy_context()  # the cell's: numpy keeps its print options in one
        self.modules = len(sys.modules)

    def outcome(self) -> Outcome:
        """Run the cell, and say what it left."""
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
        except KeyboardInterrupt:
            if self.error is None:  # it came between the cell and us
                when = "the cell had run, and its results were being packed; they are lost" if reply else NOT_RUN
                self.error, self.failed = KeyboardInterrupt(when), True
                self.shell.showtraceback((KeyboardInterrupt, self.error, None))
            return self._report("interrupted", reply, packed=bool(reply))
        except Exception as error:  # noqa: BLE001 (any: opening inputs runs the code of their types)
            self.error, self.failed = error, True
            self.shell.showtraceback((type(error), error, error.__traceback__))
            return self._report("error", {})

    def publish(self, values: dict[str, Any]) -> None:
        """Hand values over before the end; returns when they are on their way."""
        found = payload.pack(values, namespace=self.namespace, everywhere=self.observation is not None)
        for refusal in found.refusals:
            raise UnpackableOutput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
        self._outbox.put(Published(tuple(Shipment(*parcel.wire()) for parcel in found.parcels)))
        self._outbox.flush()

    def let_go(self) -> None:
        """Drop all that the cell has left in its namespace, in ``Out``, and in the traceback of its error."""
        self.loop.set_exception_handler(lambda loop, context: None)  # a task that is still pending is no news now
        self.given, self.result, self.error = {}, None, None
        for name in ("last_exc", "last_type", "last_value", "last_traceback"):
            vars(sys).pop(name, None)
        self.shell.last_execution_result = None
        self.namespace.get("_oh", {}).clear()
        self.shell.user_ns_hidden.clear()
        hook = self.shell.displayhook
        hook._ = hook.__ = hook.___ = None
        for name in ["_", "__", "___", *(name for name in self.namespace if name not in self.own)]:
            self.namespace[name] = None  # not removed: as at Python's own exit, where what is left finds None

    def _prepare(self) -> None:
        preparation = Preparation(self.kernel, self.loop, self.start)
        preparation.run()
        self.given, self.context, self.error = preparation.given, preparation.context, preparation.error
        if self.error is not None:
            return
        if self.start.observe:
            self.observation = Observation(self.namespace, self.own, self.given)
            self.settings = self.context.run(carried.take, carried.OF_THE_PLACE + carried.OF_THE_NOTEBOOK)
            self.registered, self.configured = registered.take(self.shell), settings.differing(self.shell)
        else:
            self.watches = {name: payload.array_watch(value, self.namespace) for name, value in self.given.items()}

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
        reply = self.loop.run_until_complete(self.loop.create_task(run, context=self.context))
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
        left = self.observation.left() if self.observation is not None else Left((), (), ())
        names = [n for n in self.start.outputs if n in self.namespace]
        if self.observation is not None:
            # With those that were given and didn't change: what shares something with them comes back with them.
            names += [n for n in (*left.values, *self.given) if n in self.namespace and n not in names]
        elif status != "ok":
            names += [n for n in self.given if n in self.namespace and n not in names and self._may_have_changed(n)]
        values = {n: self.namespace[n] for n in dict.fromkeys(names)}
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
            packed_more = payload.pack(more, namespace=self.namespace, together=True, everywhere=True).parcels
            shipments += map(self._ship, packed_more)
            roles += ["registered"] * len(packed_more)
        return Outcome(
            status=status,
            roles=roles,
            payload=payloads(reply.get("payload", [])),
            missing=[n for n in self.start.outputs if n not in self.namespace],
            failure=self.failure or self._failure(status),
            refusals=tuple(Refusal(r.name, r.path, r.type_name, r.reason) for r in found.refusals),
            shown=shown,
            imports=[list(each) for each in left.imports],
            deleted=list(left.deleted),
            left=list(left.values),
            seconds=self.seconds,
            opening=self.opening,
            packing=time.perf_counter() - begun,
            imported=template.imported_since(self.modules),
            started=framework_is_started(),
            configured=early,
            shipments=tuple(shipments),
        )

    def _may_have_changed(self, name: str) -> bool:
        value = self.namespace[name]
        if value is not self.given[name]:
            return True
        unchanged = self.watches.get(name)
        return not (unchanged() if unchanged is not None else payload.untouched(value))

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
