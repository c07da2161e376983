"""The folder that all notebooks of a host share: how its files are opened, and whom it reaches.

It stands in /tmp, for everybody to write in, so nothing in it is believed: the folder must be one in which nobody can
exchange another's file, a file must be a plain one with no second name, no link is followed, and what a file says is
text to be shown and nothing more. Not in /dev/shm, which a login manager clears of a user's files when he logs out,
also of those that hold somebody else's lock. Whatever cleans /tmp by age (systemd-tmpfiles) spares files that are
locked by flock, as these are; a file that goes nevertheless costs the lock of its device.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

VARIABLE = "ISOKERNEL_LEASES"
DEFAULT = "/tmp/isokernel-leases"
OPEN = 0o666  # everybody's lock
SHARED = 0o1777  # everybody's folder, in which nobody can exchange another's file
TRIES = 5
MOMENT = 0.01  # seconds from the making of a file until it is open to all, generously
CONTAINERS = ("docker", "kubepods", "containerd", "libpod", "lxc")


class Unusable(Exception):
    """The folder, or a file in it, can't be used or believed; the text says why."""


class Folder:
    """The folder of the locks.

    Parameters
    ----------
    path : str, optional
        By default what ``ISOKERNEL_LEASES`` says, or /tmp/isokernel-leases.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path or os.environ.get(VARIABLE) or DEFAULT

    def open(self, name: str) -> int:
        """A descriptor of one file in it, which is made if there is none.

        Raises
        ------
        Unusable
        """
        try:
            for _ in range(TRIES - 1):
                with suppress(FileNotFoundError):  # the folder was removed, or replaced, this moment
                    return self._opened(name)
            return self._opened(name)
        except OSError as error:
            reason = "it is a link" if os.path.islink(self.path) else error.strerror or str(error)
            raise Unusable(f"{self.path}: {reason}") from None

    def names(self, fd: int, name: str) -> bool:
        """Whether that is still the file of this name: a file that was removed is nobody's lock any more."""
        try:
            there = os.stat(os.path.join(self.path, name), follow_symlinks=False)
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(fd))

    def _opened(self, name: str) -> int:
        directory = self._directory()
        try:
            return self._file(directory, name)
        finally:
            os.close(directory)

    def _make(self) -> None:
        # Made aside, and put in its place when it is open to all: whoever is ended on the way leaves no folder there
        # that is closed to others.
        parent, name = os.path.split(os.path.abspath(self.path))
        aside = tempfile.mkdtemp(prefix=f".{name}-", dir=parent)
        try:
            os.chmod(aside, SHARED)
            os.rename(aside, self.path)
        except OSError as error:
            os.rmdir(aside)
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.EPERM, errno.EACCES, errno.ENOTDIR):
                raise
            # by somebody else, this moment

    def _directory(self) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        if not os.path.lexists(self.path):
            self._make()
        fd = os.open(self.path, flags)
        about = os.fstat(fd)
        if about.st_uid == os.getuid() and self.path == DEFAULT and stat.S_IMODE(about.st_mode) != SHARED:
            os.fchmod(fd, SHARED)  # whoever made it was ended before it was open to all
            about = os.fstat(fd)
        ours = about.st_uid in (0, os.getuid())
        sticky = bool(about.st_mode & stat.S_ISVTX)
        if not sticky and (not ours or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            os.close(fd)
            raise Unusable(f"{self.path}: others could exchange its files (chmod 1777 keeps them from that)")
        return fd

    def _file(self, directory: int, name: str) -> int:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # which a FIFO would ignore in others' hands
        for attempt in range(TRIES):
            try:
                # Not with O_CREAT at once: the system refuses that in such a folder for files of others.
                fd = os.open(name, flags, dir_fd=directory)
            except FileNotFoundError:
                try:
                    fd = os.open(name, flags | os.O_CREAT | os.O_EXCL, OPEN, dir_fd=directory)
                except FileExistsError:
                    continue
            except PermissionError:
                if attempt == TRIES - 1:
                    raise
                time.sleep(MOMENT)  # it may have been made by another user this moment, and not be open to all yet
                continue
            about = os.fstat(fd)
            if stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
                if about.st_uid == os.getuid() and stat.S_IMODE(about.st_mode) != OPEN:
                    os.fchmod(fd, OPEN)  # the umask took some of it
                return fd
            os.close(fd)
            if about.st_nlink:
                raise Unusable(f"{self.path}/{name} is no file of isokernel's; remove it")
        raise Unusable(f"{self.path}/{name} is made and removed all the time")


def reach(path: str) -> str:
    """Why a folder seems not to be the whole host's, from what this process can see; '' if it seems to be."""
    mount, root, kind = _mount(os.path.realpath(path))
    if "systemd-private-" in root:
        return f"{mount} is private to this service (PrivateTmp)"
    if not _contained():
        return ""
    if kind == "overlay" or mount == "/" or (kind == "tmpfs" and root == "/"):
        return f"this is a container, and {mount} is its own"
    return ""


def _contained() -> bool:
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return True
    try:
        return any(name in Path("/proc/1/cgroup").read_text() for name in CONTAINERS)
    except OSError:
        return False


def _mount(path: str) -> tuple[str, str, str]:
    """Where the file system is mounted that a path is on, what of it is mounted there, and its kind."""
    found = ("/", "/", "")
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        fields, _, rest = line.partition(" - ")
        _, _, _, root, mount, *_ = fields.split()
        mount = mount.encode().decode("unicode_escape")  # blanks are \040
        if os.path.commonpath([path, mount]) == mount and len(mount) >= len(found[0]):
            found = (mount, root, rest.split()[0])
    return found
