"""One isolated run, from source to outcome: the recipe.

    check -> pack -> lease GPUs -> take a worker -> Start -> relay until Outcome or death -> conclude
    -> commit or keep aside -> finished

It is a coroutine whose only waits are on futures, through a function that the caller gives: one that awaits, on an
event loop, or one that blocks, where a magic is called from inside other code. What runs code of the user (packing,
opening, binding) runs on the caller's thread; what waits for the worker runs on the session's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import carried, registered
from .cell import Cell
from .cgroup import parse_memory
from .conclusion import conclude, execution_count
from .declaration import Declaration, Inferred, Input, check, evaluate, infer
from .devices import Lease
from .errors import LostInput, UnpackableInput, size
from .frontend import CaptureFrontend, KernelFrontend, say, show_line
from .handles import LOST, Handle
from .hints import after_undeclared
from .leasing import leased
from .origin import Wait, why_cold, worker
from .payload import Import, Parcel, pack
from .preludes import Prelude
from .protocol import InputRequest, Outcome, Shipment, Start
from .records import Record, Stopwatch
from .relay import Relay
from .reuse import Reuse
from .session import Session
from .settings import differing
from .supervisor import Limits, unfinished

LARGE = 100_000_000  # bytes each way that are worth a line, because somebody may not know that they travel
ADVICE = "it does not see the change. Make the change in the isolated cell."
EOF = "\x04"  # what Ctrl-D is on Jupyter's stdin channel
TO_END = "running the cell again ends that, or an interrupt while nothing runs"
CACHED = ", cached in memory"  # what a dataset says of itself then
SLOW = 1.0  # seconds of packing or opening that are
NOTICEABLE = 0.05  # seconds before each cell that somebody would want to know of


@dataclass(frozen=True, slots=True)
class Spec:
    """A cell as it was asked for.

    Attributes
    ----------
    source : str
        Its text as the worker runs it.
    python : str
        Its text below the declaration, without magics.
    cell : Cell
        Its analysis.
    declaration : Declaration
    line : str
        The declaration as it was written.
    prelude : str
        The name of the prelude that it is; '' for none.
    configures : bool
        Whether it may set what a framework reads when it starts.
    """

    source: str
    python: str
    cell: Cell
    declaration: Declaration
    line: str
    prelude: str = ""
    configures: bool = True


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
    preludes = session.preludes.of(auto=declaration.auto, before=spec.prelude)
    bound = frozenset().union(*(prelude.binds for prelude in preludes))
    values = evaluate(declaration, shell.user_ns)
    if declaration.auto:
        watch.lap("check")
        # To a cell the notebook's value is the one that counts; to a prelude what those before it have made.
        without = bound if spec.prelude else frozenset()
        tell = lambda text: say(frontend, text)  # noqa: E731
        values, imports, parcels, apart = _infer(session, spec, shell.user_ns, values, without, tell)
    else:
        imports = check(declaration, spec.cell, shell.user_ns, line=spec.line, values=values, bound=bound)
        watch.lap("check")
        parcels, apart, _ = _pack(session.reuse, values, shell.user_ns)
    cached = ", ".join(_cached_again(session, values))
    if cached and session.settings.echo != "never" and "cache()" not in session.echoed:
        session.echoed.add("cache()")
        say(frontend, f"the cache() of {cached} is filled anew in each cell that uses it; cache('a file') lasts")
    packing = watch.lap("pack")
    record = session.records.open(spec.source, declaration.line())
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
        watch.lap("lease")
        unstarted = bool(lease.devices) or _configures(session, spec, preludes, record)
        try:
            relay = await worker(session, bool(record.cold), dict(declaration.env), wait, unstarted=unstarted)
        except BaseException:
            lease.release()
            raise
        relay.gone.add_done_callback(lambda _: lease.release())
        record.gpus = tuple(device.token for device in lease.devices)
        record.preloaded = () if record.cold else tuple(session.standbys.report["modules"])
        watch.lap("start")
        record.pid, interruptible.relay = relay.process.pid, relay
        try:
            limits = _limits(session, declaration)
            start = _start(session, shell, spec, frontend, record, parcels, imports, preludes, lease)
            frontend.connect(relay.forward)
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
                    _echo(session, shell, record, values, frontend)
                    if record.status == "ok":
                        after_undeclared(session, shell, spec.python, frontend)
                _report(record, packing + watch.lap("bring back"), frontend)
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
            del parcels
    except BaseException as error:
        if record.status == "running":
            record.status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        raise
    finally:
        record.seconds = watch.seconds
        session.standbys.active.discard(watch)


def _configures(session: Session, spec: Spec, preludes: tuple[Prelude, ...], record: Record) -> bool:
    """Whether something may be set for the run that a framework reads when it starts."""
    given = preludes or spec.declaration.env or session.standbys.environment(bool(record.cold))
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


def _infer(
    session: Session,
    spec: Spec,
    namespace: dict[str, Any],
    given: dict[str, Any],
    without: frozenset[str],
    tell: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Import], tuple[Parcel, ...], list[str]]:
    """What goes in, with `given`, which is declared; packed, because only that shows what functions inside read."""
    reads: frozenset[str] = frozenset()
    while True:
        found = infer(spec.cell, namespace, given, also=reads)
        if found.unseen and not reads:
            tell(f"{', '.join(found.unseen)} may read any name, so every small value goes in")
        values, spare = _inputs(session.reuse, spec, found, namespace, given, without)
        parcels, apart, left_out = _pack(session.reuse, values, namespace, spare=spare, everywhere=True)
        read = frozenset().union(*(parcel.all_reads for parcel in parcels)) & namespace.keys() - without
        if read - values.keys() - found.imports.keys() <= reads | set(left_out):
            if left_out:
                tell(f"{', '.join(left_out)} can't be carried into this cell, and doesn't see what it changes")
            return {n: v for n, v in values.items() if n not in left_out}, found.imports, parcels, apart
        reads |= read


def _inputs(
    reuse: Reuse,
    spec: Spec,
    found: Inferred,
    namespace: dict[str, Any],
    given: dict[str, Any],
    without: frozenset[str],
) -> tuple[dict[str, Any], frozenset[str]]:
    """What goes in, but for the names in `without`, and the names of it that the cell can do without."""
    certain = {read.name for read in spec.cell.reads if read.certain}
    inputs = {}
    for name, value in found.inputs.items():
        lost = getattr(value, LOST, None) if hasattr(type(value), LOST) else None
        if name in without:
            continue
        if lost is None:
            inputs[name] = value
        elif name in certain:
            raise LostInput(name, lost)
    beside = reuse.beside({**inputs, **given}, namespace)
    return {**inputs, **beside, **given}, found.spare | beside.keys()


def _echo(
    session: Session,
    shell: InteractiveShell,
    record: Record,
    values: dict[str, Any],
    frontend: KernelFrontend | CaptureFrontend,
) -> None:
    """Show what crossed as the declaration that would have said it, to be pasted."""
    line = Declaration(tuple(Input(name) for name in values), record.left).line()
    record.declaration = line
    echo = session.settings.echo if values or record.left else "never"  # a cell of imports: nothing to declare
    if echo == "always" or (echo == "first" and line not in session.echoed):
        session.echoed.add(line)
        show_line(shell, frontend, line)
    lost = ", ".join(f"{name} (a {kind.rpartition('.')[2]})" for name, kind in record.lost.items())
    if lost and session.settings.echo != "never" and lost not in session.echoed:
        session.echoed.add(lost)
        say(frontend, f"{lost} can't be carried out of this cell; join it with the cell that needs it, if one does")


def _cached_again(session: Session, values: dict[str, Any]) -> list[str]:
    """Datasets that a cell before this one was given, too, with a cache in memory that has to be filled again."""
    found = []
    for name, value in values.items():
        if isinstance(value, Handle) and value.about.endswith(CACHED):
            parcel, _ = value.__isokernel_parcel__
            if parcel in session.caches:
                found.append(name)
            session.caches.add(parcel)
    return found


def _pack(
    reuse: Reuse,
    values: dict[str, Any],
    namespace: dict[str, Any],
    *,
    spare: frozenset[str] = frozenset(),
    everywhere: bool = False,
) -> tuple[tuple[Parcel, ...], list[str], list[str]]:
    packing, apart = reuse.pack(values, namespace, everywhere=everywhere)
    for refusal in packing.refusals:
        if refusal.name not in spare:
            raise UnpackableInput(refusal.name, refusal.path, refusal.type_name, refusal.reason)
    return packing.parcels, apart, [refusal.name for refusal in packing.refusals]


def _report(record: Record, seconds: float, frontend: KernelFrontend | CaptureFrontend) -> None:
    """One line on a run that shipped much or took long to ship it, with the names it was."""
    shipped = [*((n, name, "in") for name, n in record.sent.items())]
    shipped += [(n, name, "out") for name, n in record.received.items()]
    total = sum(n for n, _, _ in shipped)
    if total < LARGE and seconds < SLOW:
        return
    largest = ", ".join(f"{name} ({way}) {size(n)}" for n, name, way in sorted(shipped, reverse=True)[:3])
    say(frontend, f"shipped {size(total)} in {seconds:.1f} s: {largest}")


def _directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # deleted; but one can go there
        return f"/proc/{os.getpid()}/cwd"


def _time(seconds: float) -> str:
    """As one writes it after ``--linger``."""
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:.3g} min"


def _start(
    session: Session,
    shell: InteractiveShell,
    spec: Spec,
    frontend: KernelFrontend | CaptureFrontend,
    record: Record,
    parcels: tuple[Parcel, ...],
    imports: dict[str, Import],
    preludes: tuple[Prelude, ...],
    lease: Lease,
) -> Start:
    roles = ["value"] * len(parcels)
    for number, prelude in enumerate(preludes):
        parcels = (*parcels, *prelude.parcels)
        roles += [f"prelude {number}"] * len(prelude.parcels)
    formats = registered.formatters(shell)
    packing = pack(formats, namespace=shell.user_ns)  # each with what it reads: no cell declares that
    _say_once(session, frontend, [refusal.name for refusal in packing.refusals])
    roles += ["registered"] * len(packing.parcels)
    parcels = (*parcels, *packing.parcels)
    if spec.declaration.auto:
        state = pack({"settings": carried.take(carried.OF_THE_NOTEBOOK)}, namespace={}).parcels
        own = {key: value for key, value in registered.take(shell).items() if key not in formats}
        magics = pack(own, namespace=shell.user_ns, together=True, everywhere=True).parcels
        roles += ["settings"] * (len(state) + len(session.framework)) + ["registered"] * len(magics)
        parcels = (*parcels, *state, *session.framework, *magics)
    settings = differing(shell)
    if spec.declaration.pdb:
        settings.setdefault("InteractiveShell", {})["pdb"] = True
    if not frontend.allow_stdin and settings.get("InteractiveShell", {}).pop("pdb", False):
        say(frontend, "no debugger will open, because this frontend can't ask for input")
    environment = session.standbys.environment(bool(record.cold))
    environment.update(spec.declaration.env)
    environment.update(lease.environment)
    shipments = tuple(Shipment(*parcel.wire()) for parcel in parcels)
    if lease.fds:  # it holds its devices itself, too
        roles.append("lease")
        shipments += (Shipment({}, b"", lease.fds),)
    return Start(
        run=record.id,
        source=spec.source,
        outputs=list(spec.declaration.outputs),
        imports=_rows(imports),
        count=execution_count(shell),
        parent=frontend.header,
        metadata=frontend.metadata,
        cwd=_directory(),
        path=[str(p) for p in sys.path],
        environment=environment,
        settings=settings,
        host_pid=os.getpid(),
        cells=dict(shell.compile._filename_map),
        observe=spec.declaration.auto,
        allow_stdin=frontend.allow_stdin,
        linger=spec.declaration.linger,
        keep_children=spec.declaration.keep_children,
        seed=spec.declaration.seed,
        preludes=[[prelude.name, prelude.source, _rows(prelude.imports)] for prelude in preludes],
        roles=roles,
        shipments=shipments,
    )


def _say_once(session: Session, frontend: KernelFrontend | CaptureFrontend, formatters: list[str]) -> None:
    """Name formatters that can't be carried: '<format> <module> <name of the type>'."""
    for formatter in formatters:
        if formatter not in session.echoed:
            session.echoed.add(formatter)
            kind, _, of = formatter.partition(" ")
            say(frontend, f"the {kind} formatter for {of.rpartition(' ')[2]} can't be carried into isolated cells")


def _rows(imports: dict[str, Import]) -> list[list[str | None]]:
    return [[name, found.module, found.qualname] for name, found in imports.items()]


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
