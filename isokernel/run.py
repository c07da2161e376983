"""One isolated run, from source to outcome: the recipe.

    check -> pack -> take a worker -> Start -> relay until Outcome or death -> conclude -> commit or keep aside
    -> finished

It is a coroutine whose only waits are on futures, through a function that the caller gives: one that awaits, on an
event loop, or one that blocks, where a magic is called from inside other code. What runs code of the user (packing,
opening, binding) runs on the caller's thread; what waits for the worker runs on the session's.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from .cell import Cell
from .declaration import Declaration, check, evaluate, hint
from .errors import ProtocolError, UnboundOutput, UnpackableInput, UnpackableOutput, WorkerNotStarted
from .frontend import CaptureFrontend, KernelFrontend
from .handles import Handle, Shown, closed, openable
from .payload import Parcel, pack, unpack
from .protocol import Failure, Outcome, Publish, Refusal, Shipment, Start
from .records import Partial, Record
from .relay import Relay
from .session import Session
from .settings import differing
from .supervisor import explain

# NameError.name doesn't survive pickling: it is no argument.
UNBOUND = re.compile(r"name '(\w+)' is not defined.*", re.DOTALL)
Wait = Callable[[Future], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A cell as it was asked for: its text as the worker runs it, its analysis, its declaration as written."""

    source: str
    cell: Cell
    declaration: Declaration
    line: str


class Interruptible:
    """The run that an interrupt is meant for: before there is a worker, an interrupt is the caller's own."""

    relay: Relay | None = None
    waiting = False

    def interrupt(self, session: Session) -> bool:
        """Pass an interrupt on; False if nobody but the caller can take it."""
        if self.relay is None or not self.waiting:
            return False
        session.loop.call_soon_threadsafe(self.relay.interrupt)
        return True


async def run(
    session: Session,
    shell: InteractiveShell,
    spec: Spec,
    frontend: KernelFrontend | CaptureFrontend,
    wait: Wait,
    interruptible: Interruptible,
) -> None:
    """Run one declared cell, and bind what it declares in the shell's namespace.

    Raises
    ------
    DeclarationError, UnpackableInput, WorkerNotStarted
        Nothing was run.
    WorkerDied, UnpackableOutput
        The namespace is as it was; what there is of results is in the record's ``partial``.
    BaseException
        The cell's own, as itself; the same holds.
    """
    namespace, declaration = shell.user_ns, spec.declaration
    record = session.records.open(spec.source, declaration.line())
    begun = time.perf_counter()
    try:
        values = evaluate(declaration, namespace)
        imports = check(declaration, spec.cell, namespace, line=spec.line, values=values)
        parcels = _pack(values, namespace)
        record.cold = await _why_cold(session, spec, frontend, wait)
        relay = await _worker(session, bool(record.cold), wait)
        record.pid = relay.process.pid
        interruptible.relay = relay
        session.running.add(relay)
        try:
            start = _start(session, shell, spec, frontend, record, parcels, imports)
            session.loop.call_soon_threadsafe(relay.start, start, frontend)
            session.warm()
            outcome = await wait(relay.outcome)
            try:
                conclude(shell, spec, record, relay, outcome)
            finally:
                await wait(relay.finished)
        finally:
            session.running.discard(relay)
            del parcels
    except BaseException as error:
        if record.status == "running":
            record.status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        raise
    finally:
        record.seconds = time.perf_counter() - begun


def _pack(values: dict[str, Any], namespace: dict[str, Any]) -> tuple[Parcel, ...]:
    packing = pack(values, namespace=namespace, together=True)
    for refusal in packing.refusals:
        raise UnpackableInput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return packing.parcels


async def _worker(session: Session, cold: bool, wait: Wait) -> Relay:
    first = True
    while True:
        taken = session.take(cold)
        try:
            return await wait(taken)
        except KeyboardInterrupt:
            session.give_back(taken, cold)
            raise
        except WorkerNotStarted:
            # A template that was killed is noticed by its first fork failing; the next attempt starts another.
            if cold or not first:
                raise
        first = False


async def _why_cold(
    session: Session, spec: Spec, frontend: KernelFrontend | CaptureFrontend, wait: Wait
) -> str:
    """Why the run can't start from the template, or ''. A template whose environment is stale is made anew."""
    if spec.declaration.cold:
        return "--cold"
    asked = {name for name, value in spec.declaration.env if os.environ.get(name) != value} | spec.cell.environment
    if spec.cell.environment_open:
        _say(frontend, "starting cold, because the cell sets environment variables whose names only running it shows")
        return "environment variables set"
    if not asked and not session.environment(cold=False):
        return ""
    await wait(session.ready())  # it must have told what its imports read
    stale = session.stale()
    if stale:
        session.rebuild()
        _say(frontend, f"warming up again, because {_and(stale)} changed since the frameworks were imported")
    early = sorted(session.reads() & asked)
    if early:
        _say(frontend, f"starting cold, because {_and(early)} must be set before the frameworks are imported")
        return f"{_and(early)} set"
    return ""


def _and(names: Any) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def _say(frontend: KernelFrontend | CaptureFrontend, text: str) -> None:
    frontend.publish(Publish("stream", {"name": "stderr", "text": f"isokernel: {text}\n"}, {}))


def _start(
    session: Session,
    shell: InteractiveShell,
    spec: Spec,
    frontend: KernelFrontend | CaptureFrontend,
    record: Record,
    parcels: tuple[Parcel, ...],
    imports: dict[str, Any],
) -> Start:
    environment = session.environment(bool(record.cold))
    environment.update(spec.declaration.env)
    return Start(
        run=record.id,
        source=spec.source,
        outputs=list(spec.declaration.outputs),
        imports=[[name, found.module, found.qualname] for name, found in imports.items()],
        count=execution_count(shell),
        parent=frontend.header,
        metadata=frontend.metadata,
        cwd=os.getcwd(),
        path=[str(p) for p in sys.path],
        environment=environment,
        settings=differing(shell),
        host_pid=os.getpid(),
        seed=spec.declaration.seed,
        shipments=tuple(Shipment(*parcel.wire()) for parcel in parcels),
    )


def execution_count(shell: InteractiveShell) -> int:
    """The number of the cell that is running: IPython counts on before it runs it."""
    return max(shell.execution_count - 1, 1)


def conclude(
    shell: InteractiveShell, spec: Spec, record: Record, relay: Relay, outcome: Outcome | None
) -> None:
    """Decide what a run came to; commit, or keep aside and raise."""
    if outcome is None:
        record.status, record.exitcode = "died", relay.exitcode
        raise explain(relay.evidence())
    label = f"Out[{execution_count(shell)}]"
    values, error_parcel = _received(outcome, record, spec.declaration.outputs)
    result = values.pop(label, None)
    for payload in outcome.payload:
        shell.payload_manager.write_payload(payload, single=False)
    if outcome.status != "ok":
        record.status = outcome.status
        record.partial = Partial(values)
        error = _error(outcome, error_parcel, shell, spec, record)
        raise error
    refusals = [r for r in outcome.refusals if r.name != label]
    if refusals:
        record.status, record.partial = "refused", Partial(values)
        raise _refused(refusals[0], record)
    if outcome.missing:
        record.status, record.partial = "error", Partial(values)
        raise _with_partial(UnboundOutput(outcome.missing[0], tuple(values)), record)
    shell.user_ns.update(values)
    record.status = "ok"
    if outcome.shown is not None:
        if result is None:
            reason = next((r.reason for r in outcome.refusals if r.name == label), "")
            result = Shown(outcome.shown, reason)
        shell.displayhook.update_user_ns(result)
        shell.displayhook.fill_exec_result(result)
        shell.history_manager.output_hist_reprs[execution_count(shell)] = outcome.shown


def _received(
    outcome: Outcome, record: Record, outputs: tuple[str, ...]
) -> tuple[dict[str, Any], Parcel | None]:
    values: dict[str, Any] = {}
    error = None
    for role, shipment in zip(outcome.roles, outcome.shipments, strict=True):
        parcel = Parcel.from_wire(shipment.facts, bytes(shipment.data), shipment.fds)
        if role == "error":
            error = parcel
        else:
            count = openable(parcel)
            values.update(unpack([parcel], namespace=sys.modules["__main__"].__dict__, first=count))
            values.update({name: Handle(parcel, name, record.id) for name in parcel.names[count:]})
    order = {name: i for i, name in enumerate(outputs)}
    return dict(sorted(values.items(), key=lambda item: order.get(item[0], len(order)))), error


def _error(
    outcome: Outcome, parcel: Parcel | None, shell: InteractiveShell, spec: Spec, record: Record
) -> BaseException:
    failure = outcome.failure
    if failure is None:
        raise ProtocolError("a failed run without a failure")
    error: BaseException | None = None
    if parcel is not None and not closed(parcel):
        error = unpack([parcel], namespace=shell.user_ns)["error"]
    if not isinstance(error, BaseException):
        base = KeyboardInterrupt if failure.ename == "KeyboardInterrupt" else Exception
        error = _stand_in(failure, base)
    elif not _encodable(error):
        error = _stand_in(failure, type(error))
    lines = list(failure.traceback)
    unbound = UNBOUND.fullmatch(failure.evalue) if failure.ename == "NameError" else None
    if unbound and (advice := hint(unbound[1], shell.user_ns, spec.declaration, spec.line)):
        lines.append(advice)
    if record.partial:
        lines.append(_kept(record))
    error.__isokernel_traceback__ = lines if failure.traceback else []  # type: ignore[attr-defined]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    error.__traceback__ = None
    return error


def _stand_in(failure: Failure, base: type[BaseException]) -> BaseException:
    # For an exception that can't be carried, whose class would bring a framework into the kernel, or whose text can't
    # be sent: same name, same text. The frontend can't tell; `except` by a class that isn't here can.
    cls = type(failure.ename, (base,), {"__module__": "isokernel", "__str__": lambda self: failure.evalue})
    return cls.__new__(cls, failure.evalue)


def _encodable(error: BaseException) -> bool:
    # A lone surrogate in its text would lose the reply in ipykernel.
    try:
        str(error).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(refusal: Refusal, record: Record) -> BaseException:
    error = UnpackableOutput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return _with_partial(error, record)


def _with_partial(error: BaseException, record: Record) -> BaseException:
    text = str(error)
    lines = [f"{type(error).__name__}: {text}"] + ([_kept(record)] if record.partial else [])
    error.__isokernel_traceback__ = lines  # type: ignore[attr-defined]
    return error


def _kept(record: Record) -> str:
    names = ", ".join(record.partial)
    first = next(iter(record.partial))
    return f"Kept from this run, until the next: {names} (%keep {first})"
