"""How a run is stopped, and what ended one that stopped by itself.

:func:`explain` is an ordered list of decisions over evidence, each of which says no more than the evidence does;
"unknown" where it is unknown. :class:`Ladder` is what an interrupt does: first a SIGINT to the worker's whole group,
as a terminal's Ctrl-C; a second interrupt, or the end of a grace period, kills the group.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass

from .errors import WorkerDied
from .launch import Process

SENTENCES = {
    signal.SIGSEGV: "it crashed in C code (a segmentation fault)",
    signal.SIGBUS: "it crashed in C code (a bus error; a file or shared memory that it used may have been cut)",
    signal.SIGFPE: "it crashed in C code (an arithmetic error)",
    signal.SIGILL: "it crashed in C code (an instruction that this processor doesn't know)",
    signal.SIGABRT: "C code ended it by abort() (a failed check of its own)",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the end of a worker.

    ``exitcode`` as of multiprocessing, None where it was lost; ``killed`` why this package killed it, or '';
    ``last_words`` the end of its standard error; ``protocol`` what was wrong with what it sent, or ''.
    """

    exitcode: int | None
    killed: str = ""
    last_words: str = ""
    protocol: str = ""


def explain(evidence: Evidence) -> WorkerDied:
    """The error that tells the user what ended the cell's process."""
    code = evidence.exitcode
    advice = ""
    if evidence.killed:
        cause = evidence.killed
    elif evidence.protocol:
        cause = f"what it sent made no sense ({evidence.protocol}), so it was ended"
        advice = "Code that writes to file descriptors it didn't open, or outside of its memory, does that."
    elif code is None:
        cause = "unknown; its exit status was lost because the process it was copied from had ended too"
    elif code < 0 and -code in SENTENCES:
        cause = SENTENCES[signal.Signals(-code)]
        if "Fatal Python error" in evidence.last_words:
            advice = "The lines below show the Python code that was running."
    elif code == -signal.SIGKILL:
        cause = "it was killed (SIGKILL) from outside of the notebook"
        advice = "The system does that when memory runs out; it leaves no other trace in the process."
    elif code < 0:
        cause = "it was ended by a signal"
    elif code == 0:
        cause = "the cell, or C code in it, ended it with success (os._exit(0))"
        advice = "sys.exit() ends a cell without ending its process."
    else:
        cause = f"the cell, or C code in it, ended it (os._exit({code}))"
    return WorkerDied(cause, advice, code, evidence.last_words)


def unfinished(evidence: Evidence) -> str:
    """What to say of a process that ended in its exit handlers, when the cell's results had been handed over."""
    if evidence.killed:
        return f"the cell is done, but {evidence.killed} (%config IsoKernel.grace = … gives them more seconds)"
    status = WorkerDied("", exitcode=evidence.exitcode).status
    return f"the cell is done, but its process ended in its exit handlers, before all of them had run ({status})"


class Ladder:
    """Interrupts of one worker, each firmer than the one before. Used on the session's loop.

    Parameters
    ----------
    process : Process
    loop : asyncio.AbstractEventLoop
    grace : float
        Seconds from the first interrupt to the kill.
    """

    def __init__(self, process: Process, loop: asyncio.AbstractEventLoop, grace: float) -> None:
        self._process, self._loop, self._grace = process, loop, grace
        self._timer: asyncio.TimerHandle | None = None
        self.interrupts = 0
        self.killed = ""

    def interrupt(self) -> None:
        """SIGINT to the group; the second time, or when the grace period ends, SIGKILL."""
        self.interrupts += 1
        if self.interrupts > 1:
            self.kill("it was killed after a second interrupt, and what it had bound by then is lost")
            return
        self._process.signal(signal.SIGINT, group=True)
        reason = f"it did not react to an interrupt for {self._grace:g} s and was killed"
        self._timer = self._loop.call_later(self._grace, self.kill, reason)

    def kill(self, reason: str) -> None:
        """SIGKILL to the group."""
        self.killed = self.killed or reason
        self._process.signal(signal.SIGKILL, group=True)

    def rest(self) -> None:
        """The worker has answered; nothing more is done to it."""
        if self._timer is not None:
            self._timer.cancel()
