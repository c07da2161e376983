"""What cells import, time and again, so that the next template imports it before them.

A package counts once a run has imported it, or more of it, from the installed packages; with its second run it is to be
preloaded. What is known is kept for the environment, in a file, and shared by its kernels: names of modules, nothing
else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .installed import stamps

VARIABLE = "ISOKERNEL_CACHE"
"""The folder of that file, instead of the user's cache folder; empty: it is not kept."""
PREFIX = "imports-"  # of the files there
RUNS = 2  # that make a package worth it
KEPT = 30 * 24 * 3600.0  # seconds, then it has to be seen anew
PACKAGES = 24
MODULES = 600  # of a package; a template's settings travel in its environment, which has 128 kB for a variable
LETTERS = 60_000  # of all names together


@dataclass(frozen=True, slots=True)
class Package:
    """What is known of one.

    Attributes
    ----------
    runs : int
        That have imported of it what was not there yet.
    modules : tuple of str
        Which.
    seen : float
        When last, in seconds of :func:`time.time`.
    unfit : str
        Why it can't be preloaded; '' if it can.
    """

    runs: int = 0
    modules: tuple[str, ...] = ()
    seen: float = 0.0
    unfit: str = ""

    @classmethod
    def read(cls, row: dict[str, Any]) -> Package:
        """As it was written.

        Raises
        ------
        TypeError, KeyError, ValueError
            It is nothing that was.
        """
        return cls(int(row["runs"]), tuple(map(str, row["modules"])), float(row["seen"]), str(row["unfit"]))


class Learned:
    """What cells of this environment import.

    Parameters
    ----------
    file : Path or None
        Where that is kept; None: only here.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self.packages: dict[str, Package] = {}
        self._read()

    def saw(self, imported: Mapping[str, Iterable[str]]) -> None:
        """A run has imported these modules, by package, which its template had not."""
        if not imported:
            return
        self._read()
        for name, modules in imported.items():
            known = self.packages.get(name, Package())
            found = sorted(dict.fromkeys((*known.modules, *modules)), key=lambda module: module.count("."))
            self.packages[name] = replace(known, runs=known.runs + 1, modules=tuple(found), seen=time.time())
        self._write()

    def came(self, imported: Mapping[str, Iterable[str]], skipped: Mapping[str, str]) -> None:
        """What a template had to import of each package for all of it to be there, and what it can't import."""
        changed = False
        for name in self.packages.keys() & {*imported, *skipped}:
            known = self.packages[name]
            new = replace(known, modules=tuple(imported.get(name, known.modules)), unfit=skipped.get(name, ""))
            changed = changed or new != known
            self.packages[name] = new
        if changed:
            self._write()

    def modules(self, apart_from: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
        """What to preload, by package, but for these packages; the most recent first where there is too much."""
        found: dict[str, tuple[str, ...]] = {}
        left = LETTERS
        for name, package in sorted(self.packages.items(), key=lambda item: -item[1].seen):
            modules = package.modules[:MODULES]
            left -= sum(map(len, modules))
            if package.runs >= RUNS and not package.unfit and name not in apart_from and left > 0:
                found[name] = modules
        return dict(sorted(list(found.items())[:PACKAGES]))

    def _read(self) -> None:
        if self.file is None:
            return
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            same = kept["installed"] == _stamped()
            rows = {name: Package.read(row) for name, row in kept["packages"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return  # none yet, or none of ours
        for name, row in rows.items():
            if time.time() - row.seen < KEPT and row.seen >= self.packages.get(name, Package()).seen:
                self.packages[name] = row if same else replace(row, unfit="")  # another version may be fit

    def _write(self) -> None:
        if self.file is None:
            return
        told: dict[str, Any] = {"installed": _stamped(), "packages": {n: asdict(p) for n, p in self.packages.items()}}
        # Whole or not at all: other kernels read it. Where there is no such folder, it is known in this kernel only.
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False, encoding="utf-8") as text:
                json.dump(told, text)
            os.replace(text.name, self.file)


def folder() -> Path | None:
    """Where what is known is kept; None where it isn't."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    # https://specifications.freedesktop.org/basedir-spec
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(caches, "isokernel") if os.path.isabs(caches) else None  # there are users without a home


def of_environment() -> Learned:
    """What is known of this Python's environment."""
    home = folder()
    if home is None:
        return Learned()
    name = hashlib.sha256(f"{sys.prefix} {sys.version}".encode()).hexdigest()[:16]
    return Learned(home / f"{PREFIX}{name}.json")


def forget() -> Path | None:
    """Remove what is kept, and its folder where nothing else is in it; the folder, or None if nothing was kept."""
    home = folder()
    found = [*home.glob(f"{PREFIX}*.json")] if home is not None else []
    for file in found:
        file.unlink(missing_ok=True)
    if home is None or not home.is_dir() or any(home.iterdir()):
        return home if found else None
    home.rmdir()
    return home


def _stamped() -> list[list[Any]]:
    return [list(each) for each in stamps()]
