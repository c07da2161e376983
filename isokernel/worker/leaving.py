"""How a worker leaves: exit handlers, files written out, and what it started ended with it."""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import logging
import os
import socket
import stat
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from os import listdir
from os.path import exists
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..processes import alive, below, children, described, kill_below

if TYPE_CHECKING:
    from multiprocessing.resource_tracker import ResourceTracker

_write_out = ctypes.CDLL(None).fflush  # of C; found once, by the template
collect = gc.collect  # the cell may have put something else in its place
PATIENCE = 3.0  # seconds of waiting for threads of the cell until it is said
FIRST_TO_GO = 500  # of a score from -1000 to 1000: proc(5), oom_score_adj
SERVANTS = ("resource_tracker import main", "forkserver import main", "loky.backend.popen_loky_posix")
OURS = "isokernel-"  # what the names of our own threads begin with


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Exit handlers that packages register meanwhile are a worker's, too: its cell could have imported them itself.

    Python's own library registers once, on import, for all that is to come.
    """
    register = atexit.register

    def kept(function: Callable, /, *args: Any, **options: Any) -> Callable:
        if str(getattr(function, "__module__", "")).partition(".")[0] not in sys.stdlib_module_names:
            _kept.append((function, args, options))
        return register(function, *args, **options)

    atexit.register = kept
    try:
        yield
    finally:
        atexit.register = register


_kept: list[tuple[Callable, tuple, dict[str, Any]]] = []


def forget_handlers() -> None:
    """Drop the template's exit handlers: a worker is another process. But for those of what it imported."""
    atexit._clear()
    for function, args, options in _kept:
        atexit.register(function, *args, **options)
    atexit.register(logging.shutdown)
    weakref.finalize._registered_with_atexit = False  # the next one registers again
    for name in ("multiprocessing.util", "multiprocess.util"):
        if name in sys.modules:
            atexit.register(sys.modules[name]._exit_function)


def say_goodbye(let_go: Callable[[], None], *, keep: bool) -> None:
    """What Python does when it exits and users count on: atexit handlers, destructors, and buffers written out.

    Parameters
    ----------
    let_go : callable
        Drops the cell's objects. An archive, a summary writer, an HDF5 file that the cell didn't close is completed by
        its destructor. It is not called while the cell's threads still run, which would trip over it.
    keep : bool
        What the cell has started lives on, and what tracks its shared memory with it.
    """
    _end_threads()
    atexit._run_exitfuncs()
    if not _of_the_cell():
        sys.unraisablehook = lambda unraisable: None  # as at exit: nobody is there who could do anything about it
        let_go()
        collect()
    for stream in _open_files():
        with suppress(ValueError, OSError):  # closed meanwhile; or a full disk, which its owner didn't wait to see
            stream.flush()
    if not keep:
        _end_trackers()
    _write_out(None)


def _end_threads() -> None:
    # As Python does before its exit handlers: pools are told to come to an end, and threads are waited for that are
    # no daemons.
    with _telling() if _of_the_cell() else nullcontext():
        for function in reversed(threading._threading_atexits):
            function()
        for thread in _waited_for():
            thread.join()


@contextmanager
def _telling() -> Iterator[None]:
    timer = threading.Timer(PATIENCE, _tell_waiting)
    timer.name, timer.daemon = f"{OURS}waiting", True
    timer.start()
    yield
    timer.cancel()


def _of_the_cell() -> list[threading.Thread]:
    main = threading.main_thread()
    return [each for each in threading.enumerate() if each is not main and not each.name.startswith(OURS)]


def _waited_for() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if not each.daemon and each is not threading.main_thread()]


def _tell_waiting() -> None:
    names = ", ".join(thread.name for thread in _waited_for())
    if names:
        told = f"isokernel: the cell's code is done; its process waits for what it started in the background: {names}\n"
        sys.__stderr__.write(told)


def _end_trackers() -> None:
    # Named shared memory and semaphores outlive their process; the tracker that multiprocessing starts for them takes
    # away what is left when it ends, and the next cell may want the same name at once.
    for tracker in _trackers():
        end_children()  # they hold its pipe open, and it would wait for them
        tracker._stop()


def _trackers() -> list[ResourceTracker]:
    names = ("multiprocessing.resource_tracker", "multiprocess.resource_tracker")
    found = [getattr(sys.modules.get(name), "_resource_tracker", None) for name in names]
    return [
        tracker for tracker in found if tracker is not None and tracker._fd is not None and tracker._pid is not None
    ]


def _open_files() -> list[io.IOBase]:
    # What the template held is frozen out of the collector's lists, so these are the cell's own objects only.
    # By type(): isinstance() asks an object for its __class__, and a lazy proxy would wake up.
    kinds = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
    return [found for found in gc.get_objects() if issubclass(type(found), kinds)]


def reserve() -> None:
    """Keep two descriptors back, for :func:`release` and what comes after it: the cell may use up all others."""
    _reserved[:] = [os.open(os.devnull, os.O_RDONLY) for _ in range(2)]
    _before.update(fd for fd in listdir("/proc/self/fd") if exists(f"/proc/self/fd/{fd}"))  # but the list's


_reserved: list[int] = []
_before: set[str] = set()  # descriptors that are there before the cell


def release() -> None:
    """Close the cell's sockets and files: the next cell may want the port, or the lock on the file.

    It may start before this process has ended. Pipes, queues of events and devices are left to what threads still run.
    """
    for fd in _reserved:
        with suppress(OSError):  # the cell has closed what it didn't open
            os.close(fd)
    for fd in map(int, set(listdir("/proc/self/fd")) - _before):
        with suppress(OSError):  # the listing's own, or closed meanwhile by a thread
            about = os.fstat(fd)
            if stat.S_ISSOCK(about.st_mode):
                with socket.socket(fileno=fd) as closing, suppress(OSError):  # not connected
                    closing.shutdown(socket.SHUT_RDWR)  # wakes threads that wait in it, and so hold it open
            elif stat.S_ISREG(about.st_mode) and about.st_nlink:  # not memory that is on its way to the notebook
                os.close(fd)


def volunteer() -> None:
    """Be what the system ends first when memory runs out, with all that the cell starts: rather than the notebook."""
    with suppress(OSError, ValueError), open("/proc/self/oom_score_adj", "r+") as text:
        score = min(int(text.read()) + FIRST_TO_GO, 1000)
        text.seek(0)
        text.write(str(score))


def has_children() -> bool:
    """Whether anything is below this process, by one call: to look takes longer, and mostly there is nothing."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def left_running() -> list[str]:
    """What the cell has started and not ended, in words; but for Python's own servants, which end with it."""
    here, told = os.getpid(), []
    own, found = _command(here), below(here)
    while found != (again := below(here)):  # while one looks, a parent may end, and its child come up
        found = again
    for pid in alive(found):
        if (command := _command(pid)) == own:  # which may be the template's
            told.append(f"a fork of the cell (pid {pid})")
        elif not any(servant in command for servant in SERVANTS):
            told.append(described(pid))
    return told


def kept() -> list[int]:
    """The processes below this one, which the cell has started and wants to live on."""
    return below(os.getpid()) if has_children() else []


def end_children() -> None:
    """SIGKILL to what is left below this process, which the cell started.

    Not to a resource tracker: it ends by itself when its process does, after it has cleaned up.
    """
    here = os.getpid()
    spared = {tracker._pid for tracker in _trackers()}
    spared.update(pid for pid in children(here) if "resource_tracker import main" in _command(pid))
    kill_below(here, spared)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
