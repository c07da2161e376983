"""Which packages are installed, by the folders in which installers note them.

A template holds the modules as they were when it imported them. An installer that changes a package also changes the
folder that all packages are in, so whether to look closer costs a few `stat`s.
"""

from __future__ import annotations

import functools
import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from os import listdir
from pathlib import Path

NOTED = (
    ".dist-info",
    ".egg-info",
)  # https://packaging.python.org/en/latest/specifications/recording-installed-packages


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed at one time: when its folders changed last, and when each note in them did."""

    stamps: tuple[tuple[str, int], ...] = ()
    notes: frozenset[tuple[str, int]] = frozenset()


@functools.cache
def roots() -> tuple[str, ...]:
    """The folders of what is installed, Python's own library included; each with its separator."""
    paths = sysconfig.get_paths()
    found = [paths[k] for k in ("purelib", "platlib", "stdlib", "platstdlib")]
    found += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple({path + os.sep for root in found for path in (root, os.path.realpath(root))})


def stamps() -> tuple[tuple[str, int], ...]:
    """The folders of packages on ``sys.path``, with when each changed last, in ns."""
    folders = dict.fromkeys(path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages"))
    return tuple((folder, _changed(folder)) for folder in folders)


def look() -> Installed:
    """What is installed now."""
    found = stamps()
    return Installed(found, frozenset(_notes(folder for folder, _ in found)))


def changed(before: Installed, modules: frozenset[str]) -> tuple[str, ...]:
    """Those of the top-level `modules` that were installed, upgraded or removed since `before`."""
    if not before.stamps or stamps() == before.stamps:
        return ()
    now = look()
    found: set[str] = set()
    for path, _ in now.notes ^ before.notes:
        found |= _modules(Path(path)) & modules
    return tuple(sorted(found))


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _notes(folders: Iterator[str]) -> Iterator[tuple[str, int]]:
    for folder in folders:
        try:
            names = listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(NOTED):
                path = os.path.join(folder, name)
                yield path, _changed(path)


def _modules(note: Path) -> frozenset[str]:
    """The top-level modules of a package; of one that is gone, what its name suggests."""
    try:
        rows = (note / "RECORD").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset({note.name.partition("-")[0].lower().replace("-", "_")})
    return frozenset(row.partition("/")[0].partition(".")[0] for row in rows)
