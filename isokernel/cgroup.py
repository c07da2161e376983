"""What memory this process may use, and whether the system has ended something for want of it.

The control group of a container is read before the machine: Documentation/admin-guide/cgroup-v2.rst and
cgroup-v1/memory.rst of Linux.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path("/sys/fs/cgroup")
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def _folders() -> Iterator[Path]:
    """The memory groups that this process is in, from its own to the outermost; version 2, then 1."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root = ROOT
        elif "memory" in controllers.split(","):
            root = ROOT / "memory"
        else:
            continue
        folder = root / path.lstrip("/")
        while folder != root:
            yield folder
            folder = folder.parent
        yield root  # in a container its own group is mounted here, whatever its path is outside


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # not there, or "max"
        return None


def capacity() -> tuple[int, bool]:
    """Bytes of memory that this process can hope for, and whether a container's limit says so and not the machine."""
    total = psutil.virtual_memory().total
    limits = [_number(folder / name) for folder in _folders() for name in ("memory.max", "memory.limit_in_bytes")]
    least = min((limit for limit in limits if limit is not None and limit > 0), default=total)
    return min(least, total), least < total


def parse_memory(text: str) -> int:
    """Bytes, from ``8G``, ``512M``, ``1.5GiB``, ``80%`` (of what this machine or container has); '' is 0, no limit.

    Raises
    ------
    ValueError
    """
    if not text:
        return 0
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)i?b?|(%))", text.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(f"{text!r} is no amount of memory")
    number = float(found[1])
    nbytes = int(number / 100 * capacity()[0] if found[3] else number * _UNITS[(found[2] or "").lower()])
    if nbytes <= 0:
        raise ValueError(f"{text!r} is no amount of memory")
    return nbytes


def ended_for_memory() -> tuple[int, int]:
    """How many processes the system has ended so far because memory ran out: in this group, on the machine."""
    names = ("memory.events", "memory.oom_control")
    group = max((_counted(folder / name) for folder in _folders() for name in names), default=0)
    return group, _counted(Path("/proc/vmstat"))


def _counted(path: Path) -> int:
    try:
        for line in path.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0
