"""What is said of a notebook, and what it is said from."""

from __future__ import annotations

from dataclasses import dataclass, field

from .cells import Cell
from .running import Executed

TRUSTED, FLAWED, UNJUDGED = "trusted", "flawed", "unjudged"


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw of one cell, or why it couldn't be judged.

    Parameters
    ----------
    reason : str
        'order', 'deleted', 'failed', 'stale', 'hidden', 'undeclared', 'seed' or 'file' for a flaw; 'missing',
        'timeout', 'died', 'input', 'start' or 'isokernel' where it couldn't be judged.
    cell : Cell or None
    what : str
        A sentence.
    evidence : tuple of (str, str)
        Where it was seen, and what was.
    facts : tuple of str
        What in the notebook could have done it.
    advice : str
    """

    reason: str
    cell: Cell | None
    what: str
    evidence: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of a notebook there are; in `renamed` each cell began with names counted afresh; `files` is what the
    first run wrote beside the notebook."""

    ordinary: Executed
    isolated: Executed | None = None
    again: Executed | None = None
    ordinary_again: Executed | None = None
    renamed: Executed | None = None
    files: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Executed, ...]:
        found = (self.ordinary, self.isolated, self.again, self.ordinary_again, self.renamed)
        return tuple(run for run in found if run is not None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a notebook can be trusted.

    Parameters
    ----------
    flaws : tuple of Finding
        By cell; the first is the one to mend first.
    unjudged : Finding or None
        Why some cells couldn't be judged.
    notes : tuple of str
        What is worth knowing and no flaw.
    through : tuple of int
        Numbers of cells that differ too, after the first flaw, perhaps only through it.
    """

    flaws: tuple[Finding, ...] = ()
    unjudged: Finding | None = None
    notes: tuple[str, ...] = ()
    through: tuple[int, ...] = ()
    cells: int = 0
    saved: int = 0
    runs: tuple[Executed, ...] = field(default=(), compare=False)

    @property
    def verdict(self) -> str:
        return FLAWED if self.flaws else UNJUDGED if self.unjudged else TRUSTED
