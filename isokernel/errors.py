"""Every way an isolated run can fail.

    IsolationError
    ├── DeclarationError         what was asked for can't be meant; nothing was started
    │   ├── BadOption            an option that is unknown or has a bad value
    │   ├── MissingInput         -i names what the notebook doesn't have
    │   ├── LostInput            the cell reads what an earlier cell couldn't hand over
    │   ├── UnboundOutput        -o names what the cell never binds
    │   ├── UndeclaredName       the cell reads what -i lacks
    │   └── EmptyCell            there is nothing below the declaration
    ├── ValueRefused             a value can't be carried whole
    │   ├── UnpackableInput      nothing was started
    │   └── UnpackableOutput     the other outputs are in last_run().partial
    ├── WorkerDied               the process that ran the cell ended before the cell did
    ├── LimitExceeded            the cell took more time or memory than it may
    ├── WorkerNotStarted         no process could be had to run the cell in
    ├── FrameworkImport          code in the notebook's own process tried to import a framework
    └── ProtocolError            host and worker disagree; a bug, or memory overwritten

An error holds facts and computes its sentence from them: its first line says what to do in words that need no
knowledge of this package. A user's own exception is never one of these: it arrives as itself.

This module imports nothing of ours.
"""

from __future__ import annotations

import signal
from difflib import get_close_matches

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(nbytes: int) -> str:
    """A number of bytes for people: 1.2 GB."""
    value, unit = float(nbytes), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {_UNITS[unit]}"


class IsolationError(Exception):
    """Base of all errors that isokernel raises by itself."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: the frames would all be ours, and the message says it all."""
        return [f"{type(self).__name__}: {self}"]


class DeclarationError(IsolationError):
    """The declaration or the cell can't be meant as written; nothing was started."""


class BadOption(DeclarationError):
    """An unknown option, or a value that an option can't take.

    Parameters
    ----------
    option : str
        The word as it was written.
    known : sequence of str
        The options there are; the nearest is suggested.
    reason : str
        What is wrong with it; by default that it is unknown.
    magic : str
        Whose option.
    """

    def __init__(self, option: str, known: tuple[str, ...] = (), reason: str = "", magic: str = "%%isolated") -> None:
        super().__init__(option, known, reason, magic)
        self.option, self.known, self.reason, self.magic = option, tuple(known), reason, magic

    def __str__(self) -> str:
        if self.reason:
            return f"{self.magic} {self.option}: {self.reason}"
        near = get_close_matches(self.option, self.known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else f"; {self.magic}? lists the options."
        return f"{self.magic} has no option {self.option}{hint}"


class MissingInput(DeclarationError):
    """A declared input that the notebook doesn't have."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(name, near)
        self.name, self.near = name, tuple(near)

    def __str__(self) -> str:
        match = get_close_matches(self.name, self.near, n=1, cutoff=0.6)
        hint = f" Did you mean {match[0]}?" if match else ""
        return f"-i {self.name}: the notebook has no variable {self.name}.{hint}"


class UnboundOutput(DeclarationError):
    """A declared output that the cell binds nowhere and doesn't take as an input."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(name, near)
        self.name, self.near = name, tuple(near)

    def __str__(self) -> str:
        match = get_close_matches(self.name, self.near, n=1, cutoff=0.6)
        hint = f" Did you mean {match[0]}?" if match else ""
        return f"-o {self.name}: the cell never assigns {self.name}.{hint}"


class LostInput(DeclarationError):
    """The cell reads a name whose value an earlier cell made and couldn't hand over.

    Parameters
    ----------
    name : str
    what : str
        What happened to it, and what to do.
    """

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, what)
        self.name, self.what = name, what

    def __str__(self) -> str:
        return self.what


class UndeclaredName(DeclarationError):
    """The cell reads names that the notebook has and the declaration lacks.

    Parameters
    ----------
    reads : sequence of (name, line, path)
        Each name with the line (from 1, in the cell) that leads to it, and the functions or classes on the way
        from there to the read, as in ``('create_model', 'learning_rate')``; the path's last item is the name.
    corrected : str
        The declaration's line with the names added, ready to paste.
    """

    def __init__(self, reads: tuple[tuple[str, int, tuple[str, ...]], ...], corrected: str) -> None:
        super().__init__(reads, corrected)
        self.reads, self.corrected = tuple(reads), corrected

    @property
    def names(self) -> tuple[str, ...]:
        """The undeclared names, each once, in the order of the reads."""
        return tuple(dict.fromkeys(name for name, _, _ in self.reads))

    def __str__(self) -> str:
        one = len(self.names) == 1
        lines = [
            f"The cell reads {', '.join(self.names)} from the notebook; declare {'it' if one else 'them'} with -i:",
            "",
            f"    {self.corrected}",
            "",
        ]
        for name, line, path in self.reads:
            way = f" ({' -> '.join(path)})" if len(path) > 1 else ""
            lines.append(f"line {line} reads {name}{way}")
        return "\n".join(lines)


class EmptyCell(DeclarationError):
    """A declaration with no code below it."""

    def __str__(self) -> str:
        return "The cell has nothing to run: there is no code below its declaration."


class ValueRefused(IsolationError):
    """A value that can't be carried whole from one process to the next.

    Parameters
    ----------
    name : str
        The variable it was reached from.
    path : str
        How to reach the culprit from there, as Python source after the name: ``.layers[2].fn``; '' for itself.
    type_name : str
        The culprit's type, with its module unless that is builtins.
    reason : str
        Why, and what to do instead.
    """

    side = "The value"

    def __init__(self, name: str, path: str = "", type_name: str = "", reason: str = "") -> None:
        super().__init__(name, path, type_name, reason)
        self.name, self.path, self.type_name, self.reason = name, path, type_name, reason

    def __str__(self) -> str:
        what = f"{self.side} {self.name} can't be carried over"
        if self.path:
            what += f", because of {self.name}{self.path}"
        if self.type_name:
            what += f" (a {self.type_name})"
        return f"{what}: {self.reason}" if self.reason else f"{what}."


class UnpackableInput(ValueRefused):
    """A declared input can't be packed; nothing was started."""

    side = "The input"


class UnpackableOutput(ValueRefused):
    """A declared output can't be packed; what else the run made is in ``isokernel.last_run().partial``."""

    side = "The output"


class WorkerNotStarted(IsolationError):
    """No process could be had to run the cell in.

    Parameters
    ----------
    what : str
        What was tried.
    evidence : str
        What the attempt left: an exit status, a log.
    """

    def __init__(self, what: str, evidence: str = "") -> None:
        super().__init__(what, evidence)
        self.what, self.evidence = what, evidence

    def __str__(self) -> str:
        tail = f"\n{self.evidence}" if self.evidence else ""
        return f"The cell was not run: {self.what}. `isokernel doctor` looks into it.{tail}"


class WorkerDied(IsolationError):
    """The process that ran the cell ended before the cell did.

    Parameters
    ----------
    cause : str
        One sentence: what ended it, as far as the evidence goes.
    advice : str
        What to do, or '' where nothing is known to help.
    exitcode : int or None
        As in :attr:`multiprocessing.Process.exitcode`: negative for a signal; None where it can't be known.
    last_words : str
        The end of what the process wrote to its standard error.
    """

    def __init__(self, cause: str, advice: str = "", exitcode: int | None = None, last_words: str = "") -> None:
        super().__init__(cause, advice, exitcode, last_words)
        self.cause, self.advice, self.exitcode, self.last_words = cause, advice, exitcode, last_words

    def __str__(self) -> str:
        lines = [f"The cell's process ended early: {self.cause}. The notebook's variables are as they were."]
        if self.advice:
            lines.append(self.advice)
        lines.append(f"Evidence: {self.status}")
        if self.last_words:
            lines += ["Its last words:", self.last_words.rstrip("\n")]
        return "\n".join(lines)

    @property
    def status(self) -> str:
        """The exit status in words."""
        if self.exitcode is None:
            return "exit status unknown"
        if self.exitcode < 0:
            try:
                return f"signal {signal.Signals(-self.exitcode).name}"
            except ValueError:
                return f"signal {-self.exitcode}"
        return f"exit status {self.exitcode}"


class LimitExceeded(IsolationError):
    """The cell was stopped because it took more time or memory than it may.

    Parameters
    ----------
    what : str
        'time' or 'memory'.
    limit : str
        In words: ``10 s``, ``4.0 GB``.
    found : str
        What it used, and who, for memory; what it did, for time, where that was not the cell's code.
    stopped : bool
        It ended by itself when it was told, with what it had by then; else it was killed.
    """

    def __init__(self, what: str, limit: str, found: str = "", stopped: bool = False) -> None:
        super().__init__(what, limit, found, stopped)
        self.what, self.limit, self.found, self.stopped = what, limit, found, stopped

    def __str__(self) -> str:
        option = "timeout" if self.what == "time" else "memory"
        took = f"it took more than {self.limit}" if self.what == "time" else f"it used more memory than {self.limit}"
        found = f" ({self.found})" if self.found else ""
        kept = "" if self.stopped else " It had to be killed; the notebook's variables are as they were."
        return f"The cell was stopped at its limit: {took}{found}. --{option}, or IsoKernel.{option}, sets it.{kept}"


class FrameworkImport(IsolationError, ImportError):
    """Code in the notebook's own process has tried to import a training framework.

    Parameters
    ----------
    name : str
        The framework's module.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"{self.name} is not imported into the notebook itself, where its memory would stay until a restart. "
            f"Begin the cell with `# %% isolated --auto`, or tag it `not-isolated` if it has to run here."
        )


class ProtocolError(IsolationError):
    """Host and worker disagree about what may be said.

    Parameters
    ----------
    detail : str
        What was wrong with what came.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return (
            "What the cell's process handed over can't be read, so nothing of it was taken; run the cell again. "
            f"Code that writes outside of its memory does that.\nEvidence: {self.detail}"
        )
