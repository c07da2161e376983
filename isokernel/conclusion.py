"""What a run came to: one ordered list of decisions, and what follows for the notebook.

died                      WorkerDied, with the evidence explained; what it had published is kept aside
was stopped at a limit    LimitExceeded; what was bound by then is kept aside, or what it had published
the cell raised           its own exception; likewise
an output refused         UnpackableOutput; the others are kept aside
an output never bound     UnboundOutput; the others are kept aside
otherwise                 all outputs enter the namespace together, and the result becomes Out[n]

To open a result is not yet to commit it: what the results of a declared cell would do to classes, modules and tables of
the notebook's waits for the decision, and with what is kept aside it waits until that is taken.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import carried, checkpoints, processes, registered
from .configuration import Settings
from .declaration import Declaration, hint
from .errors import ProtocolError, UnboundOutput, UnpackableOutput, ValueRefused
from .handles import Handle, Lost, Shown, closed, openable
from .payload import Import, Landings, Parcel, silence_destructors, unpack
from .protocol import Failure, Outcome, Refusal
from .records import Partial, Record
from .references import found
from .relay import Relay
from .session import Session
from .standbys import accelerators
from .submodules import needed
from .supervisor import Filled, after_memory_ran_out, explain, limit_exceeded, ran_out

# NameError.name doesn't survive pickling: it is no argument.
RESULT = re.compile(r"_{1,3}|_\d+")
UNBOUND = re.compile(r"name '(\w+)' is not defined.*", re.DOTALL)


def execution_count(shell: InteractiveShell) -> int:
    """The number of the cell that is running: IPython counts on before it runs it."""
    return max(shell.execution_count - 1, 1)


def conclude(
    shell: InteractiveShell,
    declaration: Declaration,
    line: str,
    record: Record,
    relay: Relay,
    outcome: Outcome | None,
    session: Session,
) -> None:
    """Decide what a run came to; commit, or keep aside and raise.

    Raises
    ------
    WorkerDied, UnpackableOutput, UnboundOutput, ProtocolError
    BaseException
        The cell's own.
    """
    if outcome is None:
        record.status, record.exitcode = "died", relay.exitcode
        landings = Landings()
        record.partial = Partial(_published(record, relay, declaration, session, landings), landings)
        files = checkpoints.written(Path("."), record.begun)
        raise _with_partial(explain(relay.evidence()), record, files)
    session.standbys.prepares |= outcome.started and not accelerators()
    session.configured = outcome.configured if declaration.auto else session.configured
    label = f"Out[{execution_count(shell)}]"
    landings = Landings()
    values, error_parcel = _received(shell, outcome, relay.received, record, declaration, session, landings)
    result = values.pop(label, None)
    if declaration.auto:
        _leave(shell, values, outcome, record, session)
        record.left = tuple(name for name in outcome.left if name in values and not carried.is_key(name))
        values = {}
    for payload in outcome.payload:
        shell.payload_manager.write_payload(payload, single=False)
    if outcome.status != "ok":
        record.status = outcome.status
        record.partial = Partial({**_published(record, relay, declaration, session, landings), **values}, landings)
        memory = _memory(outcome, record, relay, declaration, session)
        error = _error(outcome, error_parcel, shell, declaration, line, record, session.settings, memory)
        if relay.limit and outcome.status == "interrupted":
            raise _at_limit(error, relay, record) from None
        raise error
    refusals = [r for r in outcome.refusals if r.name != label and not declaration.auto]
    if refusals:
        record.status, record.partial = "refused", Partial(values, landings)
        raise _refused(refusals[0], record)
    if outcome.missing:
        record.status, record.partial = "error", Partial(values, landings)
        raise _with_partial(UnboundOutput(outcome.missing[0], tuple(values)), record)
    landings.commit(_handed_over(values, declaration, shell))
    shell.user_ns.update(values)
    record.status = "ok"
    if outcome.shown is not None:
        if result is None:
            reason = next((r.reason for r in outcome.refusals if r.name == label), "")
            result = Shown(outcome.shown, reason)
        shell.displayhook.update_user_ns(result)
        shell.displayhook.fill_exec_result(result)
        shell.history_manager.output_hist_reprs[execution_count(shell)] = outcome.shown


def _leave(shell: InteractiveShell, values: dict[str, Any], outcome: Outcome, record: Record, session: Session) -> None:
    """Have the notebook as an undeclared cell left it, as far as it got."""
    label = f"Out[{execution_count(shell)}]"
    # What is dropped here has ended in the cell, or goes on as what came back.
    give_back = silence_destructors()
    for name in outcome.deleted:
        if not carried.is_key(name):
            shell.user_ns.pop(name, None)
    session.outside.drop(shell, filter(carried.is_key, outcome.deleted))
    for name, module, qualname in outcome.imports:
        target = Import(module, qualname)
        below = needed(session.submodules, [target], ())
        shell.user_ns[name] = found(name, target, session.settings.may_load, below)
    for refusal in outcome.refusals:
        if carried.is_key(refusal.name):
            record.lost[carried.told(refusal.name)] = refusal.type_name
        elif refusal.name != label:
            lost = Lost(refusal.name, refusal.path, refusal.type_name, refusal.reason, record.id)
            shell.user_ns[refusal.name] = lost
            record.lost[refusal.name] = refusal.type_name
    _bring_up_to_date(shell, values)
    shell.user_ns.update({name: value for name, value in values.items() if not carried.is_key(name)})
    session.outside.give(shell, {name: value for name, value in values.items() if carried.is_key(name)})
    give_back()


def _bring_up_to_date(shell: InteractiveShell, values: dict[str, Any]) -> None:
    """Have IPython's history hold what its names (``_``, ``_3``) are about to."""
    hook, results = shell.displayhook, shell.history_manager.output_hist
    for name in filter(RESULT.fullmatch, values):
        was = shell.user_ns.get(name)
        if name[1:].isdecimal():
            if results.get(int(name[1:])) is was:
                results[int(name[1:])] = values[name]
        elif getattr(hook, name) is was:  # else it is the notebook's own
            setattr(hook, name, values[name])
        if name in shell.user_ns_hidden and shell.user_ns_hidden[name] is was:
            shell.user_ns_hidden[name] = values[name]


def _handed_over(values: dict[str, Any], declaration: Declaration, shell: InteractiveShell) -> list[Any]:
    """Outputs, but for an input that isn't one by its own name: such a one is never changed."""
    inputs = {item.name for item in declaration.inputs if item.expression is None} - {*declaration.outputs}
    kept = {id(shell.user_ns.get(name)) for name in inputs}
    return [value for value in values.values() if id(value) not in kept]


def _received(
    shell: InteractiveShell,
    outcome: Outcome,
    parcels: tuple[Parcel, ...],
    record: Record,
    declaration: Declaration,
    session: Session,
    landings: Landings,
) -> tuple[dict[str, Any], Parcel | None]:
    values: dict[str, Any] = {}
    namespace, error = sys.modules["__main__"].__dict__, None
    for role, parcel in zip(outcome.roles, parcels, strict=True):
        if role == "settings":
            session.given = unpack([parcel], namespace={})["settings"]
            carried.give(session.given, streams=False)  # the path is one of them, on which modules of values are found
    for role, parcel in zip(outcome.roles, parcels, strict=True):
        if role == "error":
            error = parcel
        elif role == "framework":
            session.framework = (parcel,)
        elif role == "settings":
            carried.give(session.given, streams=True)  # opening values may have drawn from them
        elif role == "registered":
            registered.give(shell, unpack([parcel], namespace=namespace))
        else:
            # What an undeclared cell did is done, however far it got.
            values.update(_opened(parcel, record, declaration, session, None if declaration.auto else landings))
    order = {name: i for i, name in enumerate(declaration.outputs)}
    return dict(sorted(values.items(), key=lambda item: order.get(item[0], len(order)))), error


def _opened(
    parcel: Parcel, record: Record, declaration: Declaration, session: Session, landings: Landings | None
) -> dict[str, Any]:
    """A parcel's names, with their values as far as they may be opened here."""
    namespace, may_load = sys.modules["__main__"].__dict__, session.settings.may_load
    record.received.update({name: about.nbytes for name, about in parcel.summaries.items()})
    count = 0 if declaration.packed else openable(parcel, may_load)
    values, count = _as_far_as_it_opens(parcel, namespace, count, declaration.auto, landings)
    if 0 < count < len(parcel.names):
        session.reuse.opened(parcel, values, namespace)
    return values | {name: Handle(parcel, name, record.id, may_load) for name in parcel.names[count:]}


def _as_far_as_it_opens(
    parcel: Parcel, namespace: dict[str, Any], count: int, auto: bool, landings: Landings | None
) -> tuple[dict[str, Any], int]:
    """The first `count` names, or those before the one that needs what can't be imported here: a result is a result.

    One of an undeclared cell whose own code fails here is a result, too, for cells that run elsewhere.
    """
    while True:
        try:
            return unpack([parcel], namespace=namespace, first=count, landings=landings), count
        except ValueRefused as error:
            expected = auto or isinstance(error.__cause__, ImportError)
            if not expected or error.name not in parcel.names[:count]:
                raise
            count = parcel.names.index(error.name)


def _published(
    record: Record, relay: Relay, declaration: Declaration, session: Session, landings: Landings
) -> dict[str, Any]:
    """What the cell had made sure of; of each name the latest."""
    values: dict[str, Any] = {}
    for parcel in dict.fromkeys(relay.published.values()):
        opened = _opened(parcel, record, declaration, session, landings)
        values.update({name: value for name, value in opened.items() if relay.published[name] is parcel})
    return values


def _at_limit(error: BaseException, relay: Relay, record: Record) -> BaseException:
    """The cell's interrupt as what it was: with the place in the cell, and what it is about below it."""
    when = str(error) if isinstance(error, KeyboardInterrupt) else ""
    limited = limit_exceeded(relay.evidence(), stopped=True, when=when)
    where = getattr(error, "__isokernel_traceback__", [])
    kept = [_kept(record)] if record.partial else []
    limited.__isokernel_traceback__ = [*where[:-1], f"LimitExceeded: {limited}", *kept]
    return limited


def _error(
    outcome: Outcome,
    parcel: Parcel | None,
    shell: InteractiveShell,
    declaration: Declaration,
    line: str,
    record: Record,
    settings: Settings,
    memory: str,
) -> BaseException:
    failure = outcome.failure
    if failure is None:
        raise ProtocolError("a failed run without a failure")
    error: BaseException | None = None
    if parcel is not None and not closed(parcel, settings.may_load):
        error = unpack([parcel], namespace=shell.user_ns, landings=Landings())["error"]
    if not isinstance(error, BaseException):
        base = KeyboardInterrupt if failure.ename == "KeyboardInterrupt" else Exception
        error = _stand_in(failure, base)
    elif not _encodable(error):
        error = _stand_in(failure, type(error))
    elif isinstance(error, StopIteration):
        # No coroutine can raise it (PEP 479), and a run is one.
        original, error = error, _stand_in(failure, Exception)
        error.__isokernel_original__ = original  # type: ignore[attr-defined]
    lines = list(failure.traceback)
    unbound = UNBOUND.fullmatch(failure.evalue) if failure.ename == "NameError" else None
    if unbound and (advice := hint(unbound[1], shell.user_ns, declaration, line)):
        lines.append(advice)
    if memory:
        lines.append(memory)
    if record.partial:
        lines.append(_kept(record))
    error.__isokernel_traceback__ = lines if failure.traceback else []  # type: ignore[attr-defined]
    error.__isokernel_shown__ = len(failure.traceback) if failure.shown else 0  # type: ignore[attr-defined]
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    error.__traceback__ = None
    return error


def _memory(outcome: Outcome, record: Record, relay: Relay, declaration: Declaration, session: Session) -> str:
    """What to say of memory below the cell's exception, where that is what it ran out of."""
    failure = outcome.failure
    what = ran_out(failure.ename, failure.evalue) if failure is not None else ""
    if not what:
        return ""
    given = session.devices.given({**os.environ, **dict(declaration.env)}) if what == "gpu" else ()
    mine = {relay.process.pid, *processes.below(relay.process.pid)}
    filled = []
    devices = [device for device in given if device.token in record.gpus]
    usages = session.devices.usage(devices)
    for device in devices:
        if device.key in usages:
            usage = usages[device.key]
            held = dict(zip(usage.pids, usage.held))
            others = tuple((processes.described(pid), n) for pid, n in held.items() if pid not in mine)
            cell = sum(n for pid, n in held.items() if pid in mine)
            filled.append(Filled(device.label, usage.free + usage.used, usage.free, cell, others))
    return after_memory_ran_out(what, relay.peak, filled)


def _stand_in(failure: Failure, base: type[BaseException]) -> BaseException:
    # For an exception that can't be carried, whose class would bring a framework into the kernel, or whose text can't
    # be sent: same name, same text. The frontend can't tell; `except` by a class that isn't here can.
    cls = type(failure.ename, (base,), {"__module__": "isokernel", "__str__": lambda self: failure.evalue})
    return cls.__new__(cls, failure.evalue)


def _encodable(error: BaseException) -> bool:
    # A lone surrogate in its text would lose the reply in ipykernel, and so would a __str__ that fails.
    try:
        str(error).encode()
    except Exception:  # noqa: BLE001 (any: it is the user's __str__)
        return False
    return True


def _refused(refusal: Refusal, record: Record) -> BaseException:
    error = UnpackableOutput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return _with_partial(error, record)


def _with_partial(error: BaseException, record: Record, more: list[str] | tuple[str, ...] = ()) -> BaseException:
    lines = [f"{type(error).__name__}: {error}", *more] + ([_kept(record)] if record.partial else [])
    error.__isokernel_traceback__ = lines  # type: ignore[attr-defined]
    return error


def _kept(record: Record) -> str:
    names = ", ".join(record.partial)
    first = next(iter(record.partial))
    return f"Kept from this run, until the next: {names} (%keep {first})"
