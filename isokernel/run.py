"""One isolated run, from source to outcome: the recipe.

    check -> pack -> lease GPUs -> take a worker -> Start -> relay until Outcome or death -> conclude
    -> commit or keep aside -> finished

It is a coroutine whose only waits are on futures, through a function that the caller gives: one that awaits, on an
event loop, or one that blocks, where a magic is called from inside other code. What runs code of the user (packing,
opening, binding) runs on the caller's thread; what waits for the worker runs on the session's.
"""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from .cgroup import parse_memory
from .conclusion import conclude
from .declaration import Declaration, check, evaluate
from .frontend import CaptureFrontend, KernelFrontend, say, show_line
from .hints import after_undeclared
from .inputs import cached_again, inferred, packed
from .leasing import leased
from .orders import orders
from .origin import Wait, why_cold, worker
from .payload import Import, Parcel
from .preludes import Prelude
from .protocol import InputRequest, Outcome
from .records import Record, Stopwatch
from .relay import Relay
from .remarks import echo_declaration, report_shipped
from .session import Session
from .spec import Spec
from .submodules import imported_by
from .supervisor import Limits, unfinished

ADVICE = "it does not see the change. Make the change in the isolated cell."
EOF = "\x04"  # what Ctrl-D is on Jupyter's stdin channel
TO_END = "running the cell again ends that, or an interrupt while nothing runs"
NOTICEABLE = 0.05  # seconds before each cell that somebody would want to know of


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
    WorkerDied, UnpackableOutput, UnboundOutput
        The namespace is as it was; what there is of results is in the record's ``partial``.
    BaseException
        The cell's own, as itself; the same holds.
    """
    declaration, watch = spec.declaration, Stopwatch()
    place = str(frontend.metadata.get("cellId") or spec.source)
    session.let_go(place)
    session.submodules.update(dict.fromkeys(imported_by(spec.source)))
    preludes = session.preludes.of(auto=declaration.auto, before=spec.prelude)
    bound = frozenset().union(*(prelude.binds for prelude in preludes))
    values = evaluate(declaration, shell.user_ns)
    if declaration.auto:
        watch.lap("check")
        # To a cell the notebook's value is the one that counts; to a prelude what those before it have made.
        without = bound if spec.prelude else frozenset()
        tell = lambda text: say(frontend, text)  # noqa: E731
        values, imports, parcels, apart = inferred(session, spec.cell, shell.user_ns, values, without, tell)
    else:
        imports = check(declaration, spec.cell, shell.user_ns, line=spec.line, values=values, bound=bound)
        watch.lap("check")
        parcels, apart, _ = packed(session.reuse, values, shell.user_ns)
    cached = ", ".join(cached_again(session, values))
    if cached and session.settings.echo != "never" and "cache()" not in session.echoed:
        session.echoed.add("cache()")
        say(frontend, f"the cache() of {cached} is filled anew in each cell that uses it; cache('a file') lasts")
    packing = watch.lap("pack")
    record = session.records.open(spec.source, declaration.shown())
    record.phases = watch.phases
    for parcel in parcels:
        record.sent.update({name: about.nbytes for name, about in parcel.summaries.items()})
    if apart:
        say(
            frontend,
            f"{', '.join(apart)} changed here since the run that made it, and what shares it is packed: {ADVICE}",
        )
    session.standbys.active.add(watch)
    try:
        record.cold = await why_cold(session, spec.cell, declaration, lambda text: say(frontend, text), wait)
        watch.lap("origin")
        sources = (*(prelude.source for prelude in preludes), spec.python)
        lease = await leased(session, shell, sources, parcels, declaration, frontend, wait)
        try:
            watch.lap("lease")
            unstarted = bool(lease.devices) or _configures(session, spec, preludes)
            relay = await worker(session, bool(record.cold), dict(declaration.env), wait, unstarted=unstarted)
        except BaseException:
            lease.release()
            raise
        relay.gone.add_done_callback(lambda _: lease.release())
        try:
            record.gpus = tuple(device.token for device in lease.devices)
            record.preloaded = () if relay.process.cold else tuple(session.standbys.report.get("modules", ()))
            watch.lap("start")
            record.pid, interruptible.relay = relay.process.pid, relay
            limits = _limits(session, declaration)
            start, sent = orders(
                session, shell, spec, frontend, relay.process, parcels, imports, preludes, lease, record.id
            )
            frontend.connect(relay.forward, place)
            session.start(relay, start, frontend, limits)
            outcome = await _concluded(session, relay, frontend, wait)
            if outcome is None:
                watch.lap("cell")
            else:
                watch.lap("way", open=outcome.opening, cell=outcome.seconds, pack_back=outcome.packing)
                if outcome.imported:
                    session.loop.call_soon_threadsafe(session.standbys.learn, outcome.imported)
            record.memory = relay.memory
            try:
                conclude(shell, declaration, spec.line, record, relay, outcome, session)
                if relay.limit:  # it has caught the interrupt, and gone on to its end
                    say(frontend, f"it was interrupted at its limit of {limits.seconds:g} s")
                if spec.prelude:
                    _keep_prelude(session, spec, parcels, imports, record, frontend)
            finally:
                if declaration.auto and not spec.prelude:
                    echo_declaration(session, shell, record, values, frontend)
                    if record.status == "ok":
                        after_undeclared(session, shell, spec.python, frontend)
                report_shipped(record, packing + watch.lap("bring back"), frontend)
                if declaration.linger and outcome is not None:
                    session.linger(place, relay)
                    relay.gone.add_done_callback(lambda _: frontend.disconnect())
                    show_line(shell, frontend, f"Its widgets are heard for {_time(declaration.linger)} more; {TO_END}.")
                else:
                    await wait(relay.finished)
                    watch.lap("exit")
                if relay.unfinished:
                    say(frontend, unfinished(relay.evidence()))
                relay.gone.add_done_callback(lambda _: setattr(record, "exitcode", relay.exitcode))
        finally:
            if relay not in session.lingering.values():
                frontend.disconnect()
            session.ended(relay)
            del parcels, sent
    except BaseException as error:
        if record.status == "running":
            record.status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        raise
    finally:
        record.seconds = watch.seconds
        session.standbys.active.discard(watch)
        session.standbys.settle()


def _configures(session: Session, spec: Spec, preludes: tuple[Prelude, ...]) -> bool:
    """Whether something may be set for the run that a framework reads when it starts."""
    given = preludes or spec.declaration.env or session.standbys.changed()
    return bool(spec.configures or given or (spec.declaration.auto and session.configured))


def _limits(session: Session, declaration: Declaration) -> Limits:
    seconds = declaration.timeout or session.settings.timeout
    return Limits(seconds, parse_memory(declaration.memory or session.settings.memory))


async def _concluded(
    session: Session,
    relay: Relay,
    frontend: KernelFrontend | CaptureFrontend,
    wait: Wait,
) -> Outcome | None:
    """Wait for the outcome, and answer what the cell asks until then."""
    turn = await wait(relay.turn)
    while isinstance(turn, InputRequest):
        answer = None
        try:
            answer = frontend.ask(turn.prompt, turn.password, relay.withdrawn)
        except EOFError:
            answer = EOF
        except KeyboardInterrupt:
            session.loop.call_soon_threadsafe(relay.interrupt)
        turn = await wait(relay.answer(turn, answer))
    return turn


def _keep_prelude(
    session: Session,
    spec: Spec,
    parcels: tuple[Parcel, ...],
    imports: dict[str, Import],
    record: Record,
    frontend: KernelFrontend | CaptureFrontend,
) -> None:
    prelude = Prelude(spec.prelude, spec.source, parcels, imports, spec.cell.binds, record.cell_seconds)
    session.preludes.put(prelude)
    cost = f", which takes {prelude.seconds:.1f} s" if prelude.seconds >= NOTICEABLE else ""
    say(frontend, f"runs at the start of every isolated cell from now on{cost} (%prelude lists)")


def _time(seconds: float) -> str:
    """As one writes it after ``--linger``."""
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:.3g} min"
