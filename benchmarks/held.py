"""Memory that a kernel holds between two cells, all of its processes together."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
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


def forks(pid: int) -> set[int]:
    """Processes below those that process `pid` has started itself: the template's forks."""
    return {each.pid for child in psutil.Process(pid).children() for each in child.children(recursive=True)}


def parts(pid: int, working: Collection[int] = ()) -> dict[str, int]:
    """PSS of process `pid` and those it started, by what each is: kernel, template, standby, worker.

    A standby becomes the next cell's worker, so `working` is what :func:`forks` found before that cell.
    """
    found: dict[str, int] = {}
    for each in _family(pid):
        try:
            nbytes = _sizes(each).get("Pss", 0)
            parent = psutil.Process(each).ppid()
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        role = "kernel" if each == pid else "template" if parent == pid else "worker" if each in working else "standby"
        found[role] = found.get(role, 0) + nbytes
    return found


def _family(pid: int) -> set[int]:
    root = psutil.Process(pid)
    return {root.pid, *(child.pid for child in root.children(recursive=True) if child.status() != "zombie")}


def _sizes(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)}
