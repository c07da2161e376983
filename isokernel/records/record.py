"""One run, and how long each part of it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from .partial import Partial
from .report import as_html, as_text, duration


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run: what was done, and for how many seconds."""

    name: str
    seconds: float


class Stopwatch:
    """Tells the parts of a run apart.

    Attributes
    ----------
    phases : list of Phase
        That are over.
    """

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self._begun = self._last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.perf_counter() - self._begun

    def lap(self, name: str, **within: float) -> float:
        """The time since the last one was a phase of this name, but for what took so many seconds `within` it.

        Those are phases of their own, and come before it. The seconds of all of it.
        """
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        self.phases += [Phase(part.replace("_", " "), took) for part, took in within.items() if took]
        self.phases.append(Phase(name, max(seconds - sum(within.values()), 0.0)))
        return seconds


@dataclass(slots=True, repr=False)
class Record:
    """One run.

    Attributes
    ----------
    id : str
        The run's number in this kernel, from '1'.
    source : str
        The cell.
    declaration : str
        In the comment form, without the values of its variables.
    status : str
        'running', 'ok', 'error', 'interrupted', 'died', 'refused' (an output couldn't be packed).
    cold : str
        Why a fresh interpreter was started for it; '' for a copy of the template.
    seconds : float
        From the check to idle.
    phases : list of Phase
        Of these, in order.
    memory : tuple of (float, int)
        Seconds since the cell was handed over, and bytes that the run's processes then held together.
    preloaded : tuple of str
        Modules that its process had from its birth.
    begun : float
        When, in seconds of :func:`time.time`.
    partial : Partial
        What was bound by then, or had been published, of a run that failed.
    sent, received : dict of str to int
        Bytes of each name, in and out.
    left : tuple of str
        Names that an undeclared cell bound or changed.
    lost : dict of str to str
        What it bound and could not hand over, with what that is.
    gpus : tuple of str
        The GPUs that it had a lease of, as ``CUDA_VISIBLE_DEVICES`` named them.
    """

    id: str
    source: str
    declaration: str
    status: str = "running"
    cold: str = ""
    seconds: float = 0.0
    phases: list[Phase] = field(default_factory=list)
    memory: tuple[tuple[float, int], ...] = ()
    preloaded: tuple[str, ...] = ()
    begun: float = field(default_factory=time.time)
    partial: Partial = field(default_factory=Partial)
    pid: int | None = None
    exitcode: int | None = None
    sent: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    lost: dict[str, str] = field(default_factory=dict)
    gpus: tuple[str, ...] = ()

    @property
    def cell_seconds(self) -> float:
        """The cell's own."""
        return sum(phase.seconds for phase in self.phases if phase.name == "cell")

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.status}, {duration(self.seconds)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(as_text(self))

    def _repr_html_(self) -> str:
        return as_html(self)
