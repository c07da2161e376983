"""Ways to start a worker, behind one promise.

A launcher starts processes in which ``isokernel.worker.main.live`` runs, and gives for each a :class:`Process`: the
host's end of the channel, the reading ends of its output pipes, and a descriptor that becomes readable when it is
gone. What launchers differ in is what the process holds at its birth:

    template   frameworks imported: a fork of the template process, by multiprocess' forkserver
    spawn      nothing: a fresh interpreter, which pays for its imports
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from os import listdir
from secrets import token_hex
from typing import Protocol

import psutil

from .. import channel
from ..errors import WorkerNotStarted


class Launcher(Protocol):
    """What every way to start a worker promises."""

    def start(self) -> Process:
        """Start one worker; blocks until its pid is known.

        Raises
        ------
        WorkerNotStarted
            With the reason; nothing that was opened for it is left open.
        """

    def spare(self, pids: Collection[int]) -> None:
        """Never end these, which a worker has started: told while that worker still lives."""

    def clear(self, process: Process) -> None:
        """End what a worker that is gone has left running; on the thread of starts."""

    def stop(self) -> None:
        """End what the launcher itself keeps running; workers are not its business."""


@dataclass(slots=True)
class Process:
    """A started worker, seen from the host. Whoever holds it closes it.

    ``ended`` becomes readable when the process is gone. ``exitcode()`` must then be called, so that no zombie stays: as
    of :attr:`multiprocessing.Process.exitcode`, or None where the status is lost. ``send`` sends it a signal. ``mark``
    is in the environment of what it starts; ``seen`` are processes that it was seen to start, and when they began.
    ``environment`` is the kernel's at the time that it has its own from, or None where that is now.
    """

    socket: socket.socket
    stdout: int
    stderr: int
    pid: int
    ended: int
    exitcode: Callable[[], int | None]
    send: Callable[[int], None]
    cold: bool
    mark: str
    closing: ExitStack = field(repr=False)
    closed: bool = False
    seen: dict[int, float] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] | None = field(default=None, repr=False)

    def signal(self, number: int, *, group: bool = False) -> bool:
        """Send a signal to the process, or to the group that it leads; False when it is gone.

        By pidfd, where there is one, so that a pid which the system has given to somebody else is never hit; the group
        is asked for only while its leader lives, for the same reason. A process that was forked this moment has no
        group yet.
        """
        if self.closed:  # a descriptor of this number is another's by now
            return False
        try:
            self.send(0 if group else number)
        except ProcessLookupError:
            return False
        if group:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return self.signal(number)
        return True

    def sweep(self) -> None:
        """SIGKILL to what is left of the group of a worker that has ended: pools and servers that its cell started.

        A group's number isn't given away while the group has a member; so unless a new process has that number, whoever
        answers to it was in the group.
        """
        try:
            ended = psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            ended = True
        except OSError:  # no descriptor is left to look with
            return
        if ended:
            with suppress(ProcessLookupError, PermissionError):  # nobody left; macOS says so of a group of zombies
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close the host's descriptors; a worker that lives sees its channel end, and ends too."""
        self.closed = True
        self.closing.close()


@dataclass(frozen=True, slots=True)
class Ends:
    """The worker's ends of what joins it to the host: channel, standard output, standard error; and its mark."""

    socket: socket.socket
    stdout: int
    stderr: int
    mark: str = ""


SHORT = {
    errno.EMFILE: "the notebook has as many files open as it may (ulimit -n), and needs some for each cell",
    errno.ENFILE: "the system has as many files open as it can",
    errno.EAGAIN: "there may be no more processes (ulimit -u, or a limit of the container)",
    errno.ENOMEM: "there is no memory for another process",
}
ROOM = 24
"""Descriptors that are left to the kernel: ZeroMQ ends its process where it gets none for itself."""
Born = tuple[int, Callable[[], int | None], Callable[[], None], Callable[[], int]]


@contextmanager
def _plumbing() -> Iterator[tuple[Ends, tuple[socket.socket, int, int], ExitStack]]:
    with ExitStack() as mine, ExitStack() as theirs:
        host, child = channel.pair()
        mine.callback(host.close)
        theirs.callback(child.close)
        pipes = []
        for _ in range(2):
            read, write = os.pipe()
            mine.callback(os.close, read)
            theirs.callback(os.close, write)
            os.set_blocking(read, False)
            pipes.append((read, write))
        mark = f"{os.getpid()}-{token_hex(8)}"
        yield Ends(child, pipes[0][1], pipes[1][1], mark), (host, pipes[0][0], pipes[1][0]), mine


def _leave_room() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(FileNotFoundError):  # no /proc
        if 0 <= limit < len(listdir("/proc/self/fd")) + ROOM:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def launch(bear: Callable[[Ends], Born], what: str, *, cold: bool) -> Process:
    """Start one worker by ``bear``, which is given the worker's ends.

    It tells pid, exit status, how to close, and how to have a descriptor that is readable when the process is gone,
    where the system refuses a pidfd (before Linux 5.3, and in some sandboxes).

    Raises
    ------
    WorkerNotStarted
    """
    try:
        _leave_room()
        with _plumbing() as (ends, (host, stdout, stderr), mine):
            pid, exitcode, close, end = bear(ends)
            mine.callback(close)
            try:
                ended = os.pidfd_open(pid)
                send = partial(signal.pidfd_send_signal, ended)
            except OSError as error:
                if error.errno not in (errno.ENOSYS, errno.EPERM):
                    raise
                ended, send = end(), partial(os.kill, pid)
            mine.callback(os.close, ended)
            return Process(host, stdout, stderr, pid, ended, exitcode, send, cold, ends.mark, mine.pop_all())
    except (OSError, EOFError) as error:
        why = SHORT.get(getattr(error, "errno", None), f"{what} could not be started")
        failure = WorkerNotStarted(why, f"{type(error).__name__}: {error}")
    raise failure  # not from within: what was opened for the worker is closed when nobody holds the frames any more
