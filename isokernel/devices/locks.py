"""Who holds a device, and who is next: locks that the system gives back when a process is gone, however it went.

A device's lock is a flock on its file: it belongs to the open file, so it is held as long as any process has that open
(the notebook, the cell's process, and forks of the cell, which have the device, too), and nobody has to find out
whether a holder still lives.

First come, first served is a place in a queue: a lock on one byte of the file `queue`, at a higher offset than all that
are locked there. Each device has a region of that file. Whoever finds no lock before his own is the first. A place is
lost with its process, so there is nothing to count, and nothing to be repaired. Nor does it bind anybody for long: the
file is everybody's to lock, so who stands first and doesn't take what is free is passed over (`lease`). These are locks
of the open file, too (F_OFD), and not POSIX ones, which a process loses when it closes any descriptor of the file.

A holder writes into the lock's file who he is. That is shown and never trusted.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import pwd
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .folder import Folder, Unusable

QUEUE = "queue"
PREFIX = "gpu-"  # of the files of devices
REGION = 1 << 40  # places in a device's queue
FACTS = 1024  # bytes of a lock's file that are read
NAMELESS = "JPY_SESSION_NAME"  # what Jupyter calls the notebook, in the kernel's environment
_FLOCK = "hhqqi4x"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who says to hold a device.

    Attributes
    ----------
    pid : int
        The notebook's kernel.
    uid : int
    user : str
    since : float
        Seconds since the epoch.
    space : int
        Identifies the pid's namespace: a pid of another container is nobody's here.
    """

    pid: int
    uid: int
    user: str
    since: float
    space: int = 0

    @classmethod
    def here(cls) -> Holder:
        """This process, from now on."""
        uid = os.getuid()
        try:
            user = pwd.getpwuid(uid).pw_name
        except KeyError:  # a container's user without a name
            user = f"uid {uid}"
        return cls(os.getpid(), uid, user, time.time(), _space())

    @property
    def notebook(self) -> str:
        """The notebook's name; '' for another user's, which the system doesn't tell, and where Jupyter didn't."""
        if self.uid != os.getuid() or self.space != _space():
            return ""
        if self.pid == os.getpid():
            return "this notebook"
        try:
            variables = Path(f"/proc/{self.pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return ""
        found = (v.partition(b"=")[2] for v in variables if v.startswith(f"{NAMELESS}=".encode()))
        return _shown(next(found, b"").decode("utf-8", "replace").rpartition("/")[2])

    def __str__(self) -> str:
        """As in ``train.ipynb (pid 4242) since 14:03``; of another user, ``alice since 14:03``."""
        now, then = time.localtime(), time.localtime(self.since)
        since = time.strftime("%H:%M" if now[:3] == then[:3] else "%b %d, %H:%M", then)
        notebook = self.notebook
        if self.uid != os.getuid():
            who = self.user
        elif notebook == "this notebook":
            who = notebook
        else:
            who = f"{notebook or 'another notebook of yours'} (pid {self.pid})"
        return f"{who} since {since}"


class Place:
    """A place in the queues of some devices, until it is closed.

    Parameters
    ----------
    folder : Folder
    keys : sequence of str
        The devices.

    Raises
    ------
    Unusable
    """

    def __init__(self, folder: Folder, keys: Sequence[str]) -> None:
        self._regions = {key: _region(key) for key in keys}
        self._fd = folder.open(QUEUE)
        self._number: int | None = None

    def take(self) -> bool:
        """Take the place behind all others; False where another process was quicker, or there is no place behind.

        Nothing is locked meanwhile but the places themselves. Who is slow on the way looks once more, so that he is
        behind those that came between.

        Raises
        ------
        Unusable
        """
        if self._number is not None:
            return True
        starts = sorted(set(self._regions.values()))  # in one order, so that of two that want one place one gets it
        number = self._behind(starts)
        taken = 0
        while number < REGION and taken < len(starts) and _set(self._fd, fcntl.F_WRLCK, starts[taken] + number):
            taken += 1
        if taken == len(starts) and self._behind(starts) <= number:
            self._number = number
        else:
            for start in starts[:taken]:
                _set(self._fd, fcntl.F_UNLCK, start + number)
        return self._number is not None

    def _behind(self, starts: Sequence[int]) -> int:
        return max((at - start + 1 for start in starts for at in _held(self._fd, start, start + REGION)), default=0)

    def first(self, key: str) -> bool:
        """Whether nobody came before for this device."""
        start = self._regions[key]
        return self._number is not None and next(_held(self._fd, start, start + self._number), None) is None

    def before(self) -> int:
        """How many came before, for any of the devices."""
        if self._number is None:
            return 0
        starts = set(self._regions.values())
        return len({at - start for start in starts for at in _held(self._fd, start, start + self._number)})

    def close(self) -> None:
        """Leave the queues."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def lock(folder: Folder, key: str, *, shared: bool = False) -> int | None:
    """Lock a device, and write down that it is this process that holds it; a descriptor, or None if it is held.

    Raises
    ------
    Unusable
    """
    name = file_of(key)
    while True:
        fd = folder.open(name)
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except OSError as error:
            os.close(fd)
            raise Unusable(f"{folder.path}: {error.strerror}") from None
        if folder.names(fd, name):
            break
        os.close(fd)  # it was removed between the opening and the lock
    _write(fd, Holder.here())
    return fd


def holder(folder: Folder, key: str) -> Holder | None:
    """Who holds a device, as he wrote; None if nobody does, or that can't be read.

    Raises
    ------
    Unusable
    """
    fd = folder.open(file_of(key))
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(os.pread(fd, FACTS, 0))
    finally:
        os.close(fd)
    return None


def free(folder: Folder, key: str) -> bool:
    """Whether nobody holds a device for himself.

    Raises
    ------
    Unusable
    """
    fd = folder.open(file_of(key))
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def clear(folder: Folder) -> str | None:
    """Remove the folder and its files; '' when that is done, None where there is none, or else why not.

    A lock that is held stays: whoever waits for it would take another file for it.
    """
    try:
        names = os.listdir(folder.path)
    except OSError:
        return None
    for name in names:
        if name != QUEUE and not name.startswith(PREFIX):
            return f"{name} is none of isokernel's files"
    for name in names:
        try:
            fd = folder.open(name)
        except Unusable as error:
            return str(error)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if name == QUEUE and next(_held(fd, 0, 1 << 62), None) is not None:
                return "somebody waits for a GPU"
            os.unlink(os.path.join(folder.path, name))
        except BlockingIOError:
            return "somebody holds a GPU"
        except OSError as error:
            return f"{name} is another user's ({error.strerror})"
        finally:
            os.close(fd)
    try:
        os.rmdir(folder.path)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def file_of(key: str) -> str:
    """The name of a device's lock."""
    return f"{PREFIX}{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _write(fd: int, facts: Holder) -> None:
    text = json.dumps(asdict(facts)).encode()
    try:
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))
    except OSError:
        pass  # a full disk: the lock holds all the same


def _read(data: bytes) -> Holder | None:
    try:
        found: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    numbers = [found.get(name) for name in ("pid", "uid", "since", "space")]
    user = found.get("user")
    if not isinstance(user, str) or not all(type(n) in (int, float) and 0 <= n < 1e18 for n in numbers):
        return None
    pid, uid, since, space = numbers
    if since > time.time() + 86400:
        return None  # which time.localtime() might not know, either
    return Holder(int(pid), int(uid), _shown(user), float(since), int(space))


def _shown(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:64]


def _space() -> int:
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _region(key: str) -> int:
    # Two devices in one region would only wait for each other's queues.
    return int(hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:5], 16) * REGION


def _set(fd: int, kind: int, at: int) -> bool:
    try:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, at, 1, 0))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise Unusable(f"its file system has no locks ({error.strerror})") from None
    return True


def _held(fd: int, start: int, end: int) -> Iterator[int]:
    """Where others hold locks in a stretch of the file, in no order."""
    todo = [(start, end)]
    while todo:
        start, end = todo.pop()
        if start >= end:
            continue
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, end - start, 0)
        try:
            kind, _, at, length, _ = struct.unpack(_FLOCK, fcntl.fcntl(fd, fcntl.F_OFD_GETLK, asked))
        except OSError as error:
            raise Unusable(f"its file system has no locks ({error.strerror})") from None
        if kind == fcntl.F_UNLCK:
            continue
        first, last = max(at, start), min(at + length, end) if length else end
        yield first
        todo += [(start, first), (last, end)]
