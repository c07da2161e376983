"""Memory that a kernel holds between two cells, all of its processes together."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

STILL = 0.5  # seconds that the same processes must have been there: one that ran the last cell is on its way out


def held(pid: int) -> int:
    """Bytes held by process `pid` and those it started, once they are the same for a while.

    Pages that processes share are counted once (PSS). What lies in memory files counts whether or not it is mapped.
    """
    seen: set[int] = set()
    while (now := _family(pid)) != seen:
        seen = now
        time.sleep(STILL)
    files: dict[int, int] = {}
    private = shared = 0
    for each in seen:
        sizes = _sizes(each)
        private += sizes.get("Pss_Anon", 0) + sizes.get("Pss_File", 0)
        shared += sizes.get("Pss_Shmem", 0)
        for fd in Path(f"/proc/{each}/fd").iterdir():
            if os.readlink(fd).startswith("/memfd:"):
                about = fd.stat()
                files[about.st_ino] = about.st_blocks * 512
    return private + max(shared, sum(files.values()))


def parts(pid: int) -> dict[int, tuple[str, int]]:
    """Of process `pid` and each that it started, what it is (kernel, template, standby) and its bytes (PSS).

    From outside a standby and the worker that it becomes look alike.
    """
    found: dict[int, tuple[str, int]] = {}
    for each in _family(pid):
        try:
            parent, nbytes = psutil.Process(each).ppid(), _sizes(each).get("Pss", 0)
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        found[each] = ("kernel" if each == pid else "template" if parent == pid else "standby", nbytes)
    return found


def others(library: str, pid: int) -> int:
    """How many processes outside of `pid`'s have a file with this name mapped: they make its PSS look smaller."""
    found = 0
    for each in set(psutil.pids()) - _family(pid):
        try:
            found += library in Path(f"/proc/{each}/maps").read_text()
        except OSError:  # it has ended, or is someone else's
            continue
    return found


def _family(pid: int) -> set[int]:
    root = psutil.Process(pid)
    return {root.pid, *(child.pid for child in root.children(recursive=True) if child.status() != "zombie")}


def _sizes(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)}
