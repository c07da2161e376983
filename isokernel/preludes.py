"""Source that runs at the start of every isolated run: ``%%prelude``, or ``# %% prelude`` in a cell's first line.

A prelude is run once when it is defined, as a cell that declares nothing, which shows its output and its errors. What
it read of the notebook then is kept with it, packed. It runs before a cell's inputs are opened, so that it can set what
has to be set before a framework makes its first object; names that it binds are the cell's, and those of the cell win.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from . import carried
from .errors import BadOption
from .payload import Import, Parcel

UNNAMED = "prelude"
FLAGS = ("--name", "--clear")


@dataclass(frozen=True, slots=True, eq=False)
class Prelude:
    """One prelude.

    Attributes
    ----------
    name : str
    source : str
        As the worker runs it.
    parcels : tuple of Parcel
        What it reads, as that was when it was defined.
    imports : dict of str to Import
        Modules that it reads.
    binds : frozenset of str
        Names that it may bind.
    seconds : float or None
        How long it took when it was defined; None if it was no cell of its own.
    declared_only : bool
        For declared cells only, because undeclared ones are given what it sets anyhow.
    """

    name: str
    source: str
    parcels: tuple[Parcel, ...]
    imports: dict[str, Import]
    binds: frozenset[str]
    seconds: float | None
    declared_only: bool = False


class Preludes:
    """Those of one session, in the order in which they run, which is that of their definition."""

    def __init__(self) -> None:
        self._held: dict[str, Prelude] = {}

    def __iter__(self) -> Iterator[Prelude]:
        return iter(self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def put(self, prelude: Prelude) -> None:
        """Keep a prelude, in the place of the one that has its name."""
        self._held[prelude.name] = prelude

    def clear(self, name: str = "") -> None:
        """Forget the one of this name, or all.

        Raises
        ------
        BadOption
            None has this name.
        """
        if name and name not in self._held:
            has = f"there are: {', '.join(self._held)}" if self._held else "there is none"
            raise BadOption(f"--name {name}", reason=f"no prelude has this name; {has}", magic="%%prelude")
        self._held = {key: held for key, held in self._held.items() if name and key != name}

    def of(self, *, auto: bool, before: str = "") -> tuple[Prelude, ...]:
        """Those that run at the start of a declared run, or of an undeclared one (`auto`); or before that prelude."""
        names = list(self._held)
        names = names[: names.index(before)] if before in names else names
        return tuple(self._held[name] for name in names if not (auto and self._held[name].declared_only))


@dataclass(frozen=True, slots=True)
class Options:
    """What the line of ``%%prelude`` asks for."""

    name: str = ""
    clear: bool = False


def parse(line: str) -> Options:
    """Read the line of ``%%prelude``: ``--name NAME``, ``--clear``.

    Raises
    ------
    BadOption
    """
    name, clear = "", False
    try:
        words = iter(shlex.split(line))
    except ValueError as error:
        raise BadOption(line.strip(), reason=str(error).lower(), magic="%%prelude") from None
    for word in words:
        flag, equals, value = word.partition("=")
        if flag == "--name":
            name = value if equals else next(words, "")
            if not name or name.startswith("-"):
                raise BadOption("--name", reason="a name has to follow", magic="%%prelude")
        elif word == "--clear":
            clear = True
        else:
            raise BadOption(word, FLAGS, magic="%%prelude")
    return Options(name, clear)


def listed(preludes: Preludes) -> str:
    """What ``%prelude`` shows: the preludes with their cost, and what undeclared cells are given without one."""
    lines = [f"{p.name}: {_first(p.source)}   ({_told(p.seconds)}before {_which(p)})" for p in preludes]
    settings = (*carried.OF_THE_PLACE, *carried.OF_THE_NOTEBOOK, *carried.OF_FRAMEWORKS)
    return "\n".join(
        [
            *(lines or ["There is no prelude. %%prelude in the first line of a cell makes it one."]),
            "",
            "Undeclared cells are given, and give back, these settings of the process:",
            *(f"  {setting.name}" for setting in settings),
        ]
    )


def _first(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0].strip() + (" …" if len(lines) > 1 else "") if lines else ""


def _which(prelude: Prelude) -> str:
    return "each declared cell" if prelude.declared_only else "each isolated cell"


def _told(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s " if seconds >= 1 else f"{seconds * 1000:.0f} ms "
