"""What ended a run that stopped by itself: an ordered list of decisions over evidence.

Each says no more than the evidence does; "unknown" where it is unknown. What is said below an exception that tells of
memory running out is here, too.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import IsolationError, LimitExceeded, WorkerDied, size
from .watch import Limits, Peak

SENTENCES = {
    signal.SIGSEGV: "it crashed in C code (a segmentation fault)",
    signal.SIGBUS: "it crashed in C code (a bus error; a file or shared memory that it used may have been cut)",
    signal.SIGFPE: "it crashed in C code (an arithmetic error)",
    signal.SIGILL: "it crashed in C code (an instruction that this processor doesn't know)",
    signal.SIGABRT: "C code ended it by abort() (a failed check of its own)",
    signal.SIGSYS: "it made a system call that is forbidden here",
    signal.SIGXCPU: "it used up the processor time that the system allows it (ulimit -t)",
    signal.SIGXFSZ: "it wrote a larger file than the system allows it (ulimit -f)",
    signal.SIGTERM: "somebody asked it to end (SIGTERM)",
    signal.SIGHUP: "its terminal or connection was closed (SIGHUP)",
    signal.SIGALRM: "an alarm went off that nobody in the cell waited for (SIGALRM)",
}
OURS = (70, 72)
"""Exit statuses by which :mod:`isokernel.worker.main` ends a worker that can't go on; it has said why."""

LOST = "isokernel: the connection to the notebook has ended"
"""What a worker says that finds nobody at the other end."""
CLOSING = "Code that closes file descriptors that it didn't open does that."

NO_MEMORY = ("std::bad_alloc", "Cannot allocate memory", "failed to allocate memory", "out of memory", "MemoryError")
NO_PROCESSES = ("pthread_create failed", "Resource temporarily unavailable", "can't start new thread")


NO_GPU_MEMORY = ("CUDA out of memory", "CUDA error: out of memory", "CUDA_ERROR_OUT_OF_MEMORY", "HIP out of memory")


@dataclass(frozen=True, slots=True)
class Filled:
    """A GPU on which a cell ran out of memory.

    Attributes
    ----------
    label : str
        As in ``GPU 0``.
    capacity, free : int
        Bytes.
    cell : int
        Bytes that the cell held; 0 where that isn't known.
    others : tuple of (str, int)
        What else holds memory there, in words, and how much; 0 where that isn't known.
    """

    label: str
    capacity: int
    free: int
    cell: int = 0
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the end of a worker.

    Attributes
    ----------
    exitcode : int or None
        As of multiprocessing; None where it was lost.
    killed : str
        Why this package killed it, or ''.
    last_words : str
        The end of its standard error.
    protocol : str
        What was wrong with what it sent, or ''.
    limit : str
        'time' or 'memory' where this package stopped it for that, or ''.
    limits : Limits
        What it was allowed.
    peak : Peak
        What it was seen to use.
    ended_for_memory : str
        'group' or 'machine' where the system has ended a process of the container, or of the machine, for want of
        memory while it ran; or ''.
    capacity : int
        Bytes of memory that the container or the machine has.
    packing : bool
        Its code had ended, and what it left was being packed.
    """

    exitcode: int | None
    killed: str = ""
    last_words: str = ""
    protocol: str = ""
    limit: str = ""
    limits: Limits = field(default_factory=Limits)
    peak: Peak = field(default_factory=Peak)
    ended_for_memory: str = ""
    capacity: int = 0
    packing: bool = False


def explain(evidence: Evidence) -> IsolationError:
    """The error that tells the user what ended the cell's process."""
    if evidence.limit:
        return limit_exceeded(evidence)
    cause, advice = _cause(evidence)
    return WorkerDied(cause, advice, evidence.exitcode, evidence.last_words)


def limit_exceeded(evidence: Evidence, *, stopped: bool = False, when: str = "") -> LimitExceeded:
    """The error of a run that was stopped at a limit.

    `stopped` if it heard that, and gave back what it had; `when` is what it then says of how far it had come.
    """
    if evidence.limit == "time":
        when = when or ("the cell had run, and its results were being packed" if evidence.packing else "")
        return LimitExceeded("time", f"{evidence.limits.seconds:g} s", when, stopped)
    return LimitExceeded("memory", size(evidence.limits.nbytes), held(evidence.peak), stopped)


def held(peak: Peak) -> str:
    """Who held the memory, in words: ``4.3 GB: the cell 4.1 GB, python load.py (pid 12) 0.2 GB``."""
    told = ", ".join(f"{who} {size(nbytes)}" for who, nbytes in peak.holders)
    return f"{size(peak.nbytes)}: {told}" if len(peak.holders) > 1 else size(peak.nbytes)


def ran_out(ename: str, evalue: str) -> str:
    """Of what a cell's exception says that it ran out: 'memory', 'gpu' or ''.

    By name and text, because the class is a framework's, and the notebook has none.
    """
    if ename in ("MemoryError", "_ArrayMemoryError"):
        return "memory"
    if ename == "ResourceExhaustedError":
        return "memory" if "allocator cpu" in evalue or "device:CPU" in evalue else "gpu"
    if ename in ("XlaRuntimeError", "JaxRuntimeError"):
        return "gpu" if "RESOURCE_EXHAUSTED" in evalue else ""
    return "gpu" if ename == "OutOfMemoryError" or any(text in evalue for text in NO_GPU_MEMORY) else ""


def after_memory_ran_out(what: str, peak: Peak, filled: Sequence[Filled]) -> str:
    """The lines to put below such an exception: what was held, by whom, and what to do; '' where nothing is known.

    Parameters
    ----------
    what : str
        As of :func:`ran_out`.
    peak : Peak
        What the cell was seen to hold of the machine's memory.
    filled : sequence of Filled
        The GPUs that it had.
    """
    if what == "gpu" and filled:
        return "\n".join([*map(_filled, filled), "A smaller batch, or a smaller model, needs less."])
    if what and peak.nbytes:
        return f"The cell held up to {held(peak)} of memory, beside what it asked for then."
    return ""


def _filled(gpu: Filled) -> str:
    text = f"{gpu.label} has {size(gpu.capacity)} of memory, {size(gpu.free)} of it free"
    if gpu.cell:
        text += f"; this cell held up to {size(gpu.cell)}"
    others = ", ".join(f"{who} {size(nbytes)}" if nbytes else who for who, nbytes in gpu.others)
    return f"{text}; beside it: {others}." if others else f"{text}."


def _cause(evidence: Evidence) -> tuple[str, str]:
    """Why it ended, and what to do."""
    code, words = evidence.exitcode, evidence.last_words
    if evidence.killed:
        return evidence.killed, ""
    if "ulimit -n" in evidence.protocol:
        return "what it sent could not be taken, because the notebook may not open more files (ulimit -n)", ""
    if evidence.protocol:
        advice = "Code that writes to file descriptors it didn't open, or outside of its memory, does that."
        return f"what it sent made no sense ({evidence.protocol}), so it was ended", advice
    if code is None:
        return "unknown; its exit status was lost because the process it was copied from had ended too", ""
    if code == -signal.SIGKILL and LOST in words:
        return "it had lost its connection to the notebook, and ended itself", CLOSING
    if code == -signal.SIGKILL and evidence.ended_for_memory:
        return _out_of_memory(evidence)
    if code == -signal.SIGKILL:
        advice = "The system does that when memory runs out; here it has left no trace of that."
        return "it was killed (SIGKILL) from outside of the notebook", _with_peak(advice, evidence)
    if code == -signal.SIGABRT and any(text in words for text in NO_MEMORY):
        return "C code ended it by abort(), because it got no more memory", _with_peak("", evidence)
    if code < 0 and any(text in words for text in NO_PROCESSES):
        return f"{_signalled(code)}; the system had no more threads or processes for it (ulimit -u)", ""
    if code < 0:
        known = "Fatal Python error" in words
        return _signalled(code), "The lines below show the Python code that was running." if known else ""
    if code in OURS and "isokernel" in words:
        return "it could not go on; the lines below say why", ""
    if code in OURS:
        return f"the cell ended it (os._exit({code})), or it could not go on, and not say why", CLOSING
    if code == 0:
        advice = "sys.exit() ends a cell without ending its process."
        return "the cell, or C code in it, ended it with success (os._exit(0))", advice
    return f"the cell, or C code in it, ended it (os._exit({code}))", ""


def _signalled(code: int) -> str:
    try:
        return SENTENCES.get(signal.Signals(-code), "it was ended by a signal")
    except ValueError:
        return "it was ended by a signal"


def _out_of_memory(evidence: Evidence) -> tuple[str, str]:
    where = "this container" if evidence.ended_for_memory == "group" else "this machine"
    has = f", which has {size(evidence.capacity)}" if evidence.capacity else ""
    cause = f"memory ran out: it was killed (SIGKILL) while the system ended a process of {where}{has}"
    return cause, _with_peak("A smaller batch, or --memory with a limit below that, keeps the rest alive.", evidence)


def _with_peak(advice: str, evidence: Evidence) -> str:
    return f"{advice} It was seen to hold {held(evidence.peak)}.".strip() if evidence.peak.nbytes else advice


def unfinished(evidence: Evidence) -> str:
    """What to say of a process that ended in its exit handlers, when the cell's results had been handed over."""
    if evidence.killed:
        return f"the cell is done, but {evidence.killed} (%config IsoKernel.exit_grace = … gives them more seconds)"
    status = WorkerDied("", exitcode=evidence.exitcode).status
    return f"the cell is done, but its process ended in its exit handlers, before all of them had run ({status})"
