"""Processes below another one: found, told of, measured, ended.

A run's processes are those below its worker, which is their subreaper (prctl(2), Linux): what a cell starts and loses
sight of, by a double fork too, stays below it. When the worker is gone, the template adopts them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from os import listdir
from os.path import exists
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
MARK = "ISOKERNEL_RUN"
"""The variable that a run's processes have in their environment."""

PASSES = 20  # of looking, or of killing what is there, for processes that fork and end meanwhile


def adopt_orphans() -> None:
    """Become the parent of every process below whose own parent ends; nothing where the system has no such thing."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with(parent: int | None) -> None:
    """Have this process killed when the thread ends that started it, in process `parent`; None: no more.

    Nothing where the system has no such thing (prctl(2), Linux).
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL if parent else 0, 0, 0, 0)
    if parent and os.getppid() != parent:  # it has ended before
        os._exit(1)


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`; of a process that is gone, none.

    By two looks that agree: where one of them ends meanwhile, the system's list may leave out another (proc(5)).
    """
    found = _listed(pid)
    for _ in range(PASSES):
        before, found = found, _listed(pid)
        if before == found:
            break
    return found


def _listed(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in listdir(f"/proc/{pid}/task"):
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/task/{task}/children") as text:
                found += map(int, text.read().split())
        if found or exists(f"/proc/{pid}/task/{pid}/children"):
            return found
        return [each.pid for each in psutil.Process(pid).children()]  # a system that doesn't list them
    except (FileNotFoundError, ProcessLookupError, psutil.NoSuchProcess):
        return found


def below(pid: int) -> list[int]:
    """All processes below `pid`, parents before their children."""
    found = children(pid)
    for each in found:
        found += children(each)
    return found


def alive(pids: Iterable[int]) -> list[int]:
    """Those of `pids` that run: neither gone nor zombies."""
    found = []
    for pid in pids:
        with suppress(psutil.Error):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that was seen below another; nothing if it is gone.

    By pidfd, where the system gives one: between the look and the signal the number may become somebody else's.
    """
    try:
        process = psutil.Process(pid)
        fd = os.pidfd_open(pid)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM, errno.EMFILE, errno.ENFILE):
            raise
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
        return
    try:
        if process.is_running():
            signal.pidfd_send_signal(fd, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone by itself; or it has become somebody else's by a setuid program
    finally:
        os.close(fd)


def kill_below(pid: int, spare: Collection[int] = ()) -> None:
    """SIGKILL to all processes below `pid` but for those in `spare` and what is below them.

    More than once, because what is being killed may fork; and what is orphaned by it comes up one level.
    """
    for _ in range(PASSES):
        found = alive(each for each in _below_but(pid, spare) if each not in spare)
        if not found:
            return
        for each in found:
            kill(each)


def _below_but(pid: int, spare: Collection[int]) -> list[int]:
    found = [each for each in children(pid) if each not in spare]
    for each in found:
        found += [below for below in children(each) if below not in spare]
    return found


def kill_marked(mark: str) -> None:
    """SIGKILL to all processes of this user that have `mark` in their environment, wherever they are by now."""
    wanted = f"{MARK}={mark}".encode()
    for _ in range(PASSES):
        found = [pid for pid in _others() if wanted in _environment(pid).split(b"\0")]
        if not alive(found):
            return
        for pid in found:
            kill(pid)


def _others() -> list[int]:
    return [int(name) for name in listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # gone, or another user's
        return b""


def born(pid: int) -> float:
    """When a process began, which with its number tells it from all others; 0 for one that is gone."""
    try:
        return psutil.Process(pid).create_time()
    except (psutil.Error, OSError):
        return 0.0


def kill_seen(seen: Mapping[int, float]) -> None:
    """SIGKILL to those processes that are still there, by number and :func:`born`."""
    for pid, begun in seen.items():
        if begun and born(pid) == begun:
            kill(pid)


def described(pid: int) -> str:
    """A process in words: ``python train.py (pid 123)``."""
    try:
        words = psutil.Process(pid).cmdline()
        text = " ".join([os.path.basename(words[0]), *words[1:]]) if words else psutil.Process(pid).name()
    except (psutil.Error, OSError):
        text = "a process"
    text = " ".join(text.split())
    return f"{text if len(text) <= 60 else text[:57] + '...'} (pid {pid})"


def resident(pid: int) -> int:
    """Bytes of memory that a process has touched, shared ones included; 0 for one that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def most_resident(pid: int) -> int:
    """The most memory, in bytes, that a process ever held at a time; 0 for one that is gone."""
    try:
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) * 1024 for row in rows if row.startswith("VmHWM:")), 0)


def share(pid: int) -> int:
    """Bytes of memory that are a process's own share: what several hold counts for each in part; dearer to ask for.

    Of a process that is gone, or in a system that doesn't tell, as :func:`resident`.
    """
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resident(pid)
