"""One isolated run, from source to outcome: the recipe.

    check -> pack -> lease GPUs -> take a worker -> Start -> relay until Outcome or death -> conclude
    -> commit or keep aside -> finished

It is a coroutine whose only waits are on futures, through a function that the caller gives: one that awaits, on an
event loop, or one that blocks, where a magic is called from inside other code. What runs code of the user (packing,
opening, binding) runs on the caller's thread; what waits for the worker runs on the session's. What it takes on its way
belongs to the custody that it is given, and goes back with that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from IPython.core.interactiveshell import InteractiveShell

from .carried import is_elsewhere, told
from .cgroup import parse_memory
from .conclusion import conclude
from .custody import Custody
from .declaration import Declaration, check, evaluate
from .errors import ProtocolError
from .frontend import CaptureFrontend, KernelFrontend, say, show_line
from .hints import after_undeclared
from .inputs import Lender, cached_again, inferred, packed
from .leasing import leased
from .orders import orders
from .origin import Wait, why_cold, worker
from .payload import Import, Parcel, reads_inside
from .preludes import Prelude
from .protocol import InputReply, InputRequest, NamesReply, NamesRequest, Outcome
from .records import Record, Stopwatch
from .remarks import echo_declaration, report_shipped
from .session import Session
from .spec import Spec
from .submodules import imported_by
from .supervisor import Limits, unfinished

ADVICE = "it does not see the change. Make the change in the isolated cell."
EOF = "\x04"  # what Ctrl-D is on Jupyter's stdin channel
TO_END = "running the cell again ends that, or an interrupt while nothing runs"
SHOWN = 3  # names in one line
NOTICEABLE = 0.05  # seconds before each cell that somebody would want to know of


@dataclass(slots=True)
class _Run:
    """One run, as far as it has got.

    Attributes
    ----------
    custody : Custody
        What it has taken.
    place : str
        Which cell of the notebook it is.
    preludes : tuple of Prelude
        What runs before it.
    given : list of str
        What goes in, by name, with `imports` beside it; packed, that is `parcels`. No values: what the cell replaces or
        deletes ends there.
    lender : Lender or None
        Of an undeclared cell.
    packing : float
        Seconds.
    """

    custody: Custody
    shell: InteractiveShell
    spec: Spec
    frontend: KernelFrontend | CaptureFrontend
    wait: Wait
    place: str
    preludes: tuple[Prelude, ...]
    watch: Stopwatch = field(default_factory=Stopwatch)
    given: list[str] = field(default_factory=list)
    lender: Lender | None = None
    imports: dict[str, Import] = field(default_factory=dict)
    parcels: tuple[Parcel, ...] = ()
    packing: float = 0.0
    limits: Limits = field(default_factory=Limits)

    @property
    def session(self) -> Session:
        return self.custody.session

    @property
    def declaration(self) -> Declaration:
        return self.spec.declaration

    @property
    def record(self) -> Record:
        return self.custody.record

    def say(self, text: str) -> None:
        """One line of ours, below the cell."""
        say(self.frontend, text)


async def run(
    custody: Custody, shell: InteractiveShell, spec: Spec, frontend: KernelFrontend | CaptureFrontend, wait: Wait
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
    session = custody.session
    place = str(frontend.metadata.get("cellId") or spec.source)
    session.let_go(place)
    session.submodules.update(dict.fromkeys(imported_by(spec.source)))
    preludes = session.preludes.of(auto=spec.declaration.auto, before=spec.prelude)
    one = _Run(custody, shell, spec, frontend, wait, place, preludes)
    _pack(one)
    try:
        await _take(one)
        _start(one)
        outcome = await _outcome(one)
        try:
            _conclude(one, outcome)
        finally:
            await _see_off(one, outcome)
    finally:
        one.record.seconds = one.watch.seconds


def _pack(one: _Run) -> None:
    """Check the cell against the notebook, and pack what goes in."""
    session, spec, declaration, watch = one.session, one.spec, one.declaration, one.watch
    namespace = one.shell.user_ns
    bound = frozenset().union(*(prelude.binds for prelude in one.preludes))
    given = evaluate(declaration, namespace)
    if declaration.auto:
        watch.lap("check")
        # To a cell the notebook's value is the one that counts; to a prelude what those before it have made.
        without = bound if spec.prelude else frozenset()
        given |= session.outside.take(one.shell)
        values, one.imports, one.parcels, apart = inferred(session, spec.cell, namespace, given, without, one.say)
        one.lender = Lender(session, namespace, {*values, *one.imports}, without, one.say)
    else:
        _tell_of_the_outside(one)
        values = given
        judge = partial(check, declaration, spec.cell, namespace, line=spec.line, values=given, bound=bound)
        one.imports = judge()
        watch.lap("check")
        # Functions inside of values read the cell's names, too; which these are, packing shows.
        one.parcels, apart, _ = packed(session.reuse, given, namespace, everywhere=True)
        reads = frozenset().union(*(parcel.all_reads for parcel in one.parcels))
        if (reads & namespace.keys()) - given.keys() - spec.cell.binds:
            one.imports = judge(inside={name: reads_inside(value, namespace) for name, value in given.items()})
    one.given = list(values)
    cached = ", ".join(cached_again(session, values))
    if cached and session.settings.echo != "never" and "cache()" not in session.echoed:
        session.echoed.add("cache()")
        one.say(f"the cache() of {cached} is filled anew in each cell that uses it; cache('a file') lasts")
    one.packing = watch.lap("pack")
    record = one.custody.record = session.records.open(spec.source, declaration.shown())
    record.phases = watch.phases
    for parcel in one.parcels:
        record.sent.update({name: about.nbytes for name, about in parcel.summaries.items()})
    if apart:
        one.say(f"{', '.join(apart)} changed here since the run that made it, and what shares it is packed: {ADVICE}")


def _tell_of_the_outside(one: _Run) -> None:
    """Say once what of the notebook's process a declared cell would have in one process, and isn't given."""
    session = one.session
    if session.settings.echo == "never":
        return
    left = [key for key in session.outside.take(one.shell) if key not in session.echoed and not is_elsewhere(key)]
    if left:
        session.echoed.update(left)
        named = ", ".join(map(told, left[:SHOWN])) + (f" and {len(left) - SHOWN} more" if left[SHOWN:] else "")
        one.say(f"declared cells aren't given {named}, set in this notebook; set it in the cell or in a %%prelude")


async def _take(one: _Run) -> None:
    """Take devices and a worker, or wait for them."""
    session, spec, declaration, custody = one.session, one.spec, one.declaration, one.custody
    session.standbys.active.add(custody)
    one.record.cold = await why_cold(custody, spec.cell, declaration, one.say, one.wait)
    one.watch.lap("origin")
    sources = (*(prelude.source for prelude in one.preludes), spec.python)
    lease = await leased(custody, one.shell, sources, one.parcels, declaration, one.frontend, one.wait)
    one.watch.lap("lease")
    unstarted = bool(lease.devices) or _configures(session, spec, one.preludes)
    relay = await worker(custody, bool(one.record.cold), dict(declaration.env), one.wait, unstarted=unstarted)
    one.watch.lap("start")
    one.record.gpus = tuple(device.token for device in lease.devices)
    one.record.preloaded = () if relay.process.cold else tuple(session.standbys.report.get("modules", ()))
    one.record.pid = relay.process.pid


def _start(one: _Run) -> None:
    """Tell the worker its cell."""
    session, custody, record, relay = one.session, one.custody, one.record, one.custody.relay
    one.limits = _limits(session, one.declaration)
    start, parcels = orders(
        session, one.shell, one.spec, one.frontend, relay.process, one.parcels, one.imports, one.preludes,
        custody.lease, record.id, lender=one.lender,
    )  # fmt: skip
    relay.gone.add_done_callback(lambda _: setattr(record, "exitcode", relay.exitcode))
    custody.start(start, parcels, one.frontend, one.place, one.limits)


async def _outcome(one: _Run) -> Outcome | None:
    """Wait for the outcome, and answer what the cell asks until then; None where the worker died."""
    custody, relay = one.custody, one.custody.relay
    turn = await one.wait(relay.turn)
    while turn is not None and not isinstance(turn, Outcome):
        reply = _answer(one, turn) if isinstance(turn, InputRequest) else _lend(one, turn)
        turn = await one.wait(relay.answer(reply))
    custody.its_own = False
    if one.lender is not None:
        one.parcels, one.imports = (*one.parcels, *one.lender.parcels), one.imports | one.lender.imports
        one.given += one.lender.lent
    if turn is None:
        one.watch.lap("cell")
    else:
        one.watch.lap("way", open=turn.opening, cell=turn.seconds, pack_back=turn.packing)
        if turn.imported:
            one.session.loop.call_soon_threadsafe(one.session.standbys.learn, turn.imported)
    one.record.memory = relay.memory
    return turn


def _lend(one: _Run, request: NamesRequest) -> NamesReply:
    if one.lender is None:
        raise ProtocolError("a cell that has what it declares asked for more")
    return one.lender.reply(request)


def _answer(one: _Run, request: InputRequest) -> InputReply | None:
    custody = one.custody
    try:
        custody.asking = True
        answer = one.frontend.ask(request.prompt, request.password, custody.relay.withdrawn)
        return InputReply(request.number, answer) if answer is not None else None
    except EOFError:
        return InputReply(request.number, EOF)
    except KeyboardInterrupt:
        one.session.loop.call_soon_threadsafe(custody.relay.interrupt)
        return None
    finally:
        custody.asking = False


def _conclude(one: _Run, outcome: Outcome | None) -> None:
    """Bind what came back, or raise."""
    conclude(one.shell, one.declaration, one.spec.line, one.record, one.custody.relay, outcome, one.session)
    if one.custody.relay.limit:  # it has caught the interrupt, and gone on to its end
        one.say(f"it was interrupted at its limit of {one.limits.seconds:g} s")
    if one.spec.prelude:
        _keep_prelude(one)


async def _see_off(one: _Run, outcome: Outcome | None) -> None:
    """Say what there is to say, and wait until the worker has put out its last."""
    shell, declaration, record, relay = one.shell, one.declaration, one.record, one.custody.relay
    if declaration.auto and not one.spec.prelude:
        echo_declaration(one.session, shell, record, one.given, one.frontend)
        if record.status == "ok":
            after_undeclared(one.session, shell, one.spec.python, one.frontend)
    report_shipped(record, one.packing + one.watch.lap("bring back"), one.frontend)
    if declaration.linger and outcome is not None:
        one.custody.linger(one.place)
        told = f"Its widgets are heard for {_time(declaration.linger)} more; {TO_END}."
        show_line(shell, one.frontend, told)
    else:
        one.custody.its_own = True  # exit handlers
        await one.wait(relay.finished)
        one.watch.lap("exit")
    if relay.unfinished:
        one.say(unfinished(relay.evidence()))


def _configures(session: Session, spec: Spec, preludes: tuple[Prelude, ...]) -> bool:
    """Whether something may be set for the run that a framework reads when it starts."""
    given = preludes or spec.declaration.env or session.standbys.changed()
    return bool(spec.configures or given or (spec.declaration.auto and session.configured))


def _limits(session: Session, declaration: Declaration) -> Limits:
    seconds = declaration.timeout or session.settings.timeout
    return Limits(seconds, parse_memory(declaration.memory or session.settings.memory))


def _keep_prelude(one: _Run) -> None:
    spec = one.spec
    prelude = Prelude(spec.prelude, spec.source, one.parcels, one.imports, spec.cell.binds, one.record.cell_seconds)
    one.session.preludes.put(prelude)
    cost = f", which takes {prelude.seconds:.1f} s" if prelude.seconds >= NOTICEABLE else ""
    one.say(f"runs at the start of every isolated cell from now on{cost} (%prelude lists)")


def _time(seconds: float) -> str:
    """As one writes it after ``--linger``."""
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:.3g} min"
