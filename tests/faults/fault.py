"""One row of the table of faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Kernel, Reply


NOT_BELOW_TMP = "an environment that isn't below /tmp"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kernel is started.

    ``before`` stands before its command; ``{tmp}`` in it, and in the environment, is a folder of the test.
    ``needs`` are programs, and 'root', 'x86_64', or :data:`NOT_BELOW_TMP`.
    """

    before: tuple[str, ...] = ()
    env: dict[str, str | None] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


HERE = Place()


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and what is to be said of it.

    Attributes
    ----------
    name : str
        What goes wrong, in words.
    cell : str
        The code that does it, or that runs while it is done. It was given ``x`` and has bound it anew.
    told : str
        A pattern for what the user is told: by the error, or on stderr.
    ename : str
        The error; '' for a cell that goes well, whose outputs are then taken.
    options : str
        Of the cell's declaration.
    act : callable, optional
        Done when the cell prints 'go', or, where there is no cell, instead of one.
    place : Place
        Where the kernel runs.
    fatal : bool
        The kernel itself is ended by it: nothing may be left of it, and another one takes its place.
    lasting : bool
        It lasts: the next isolated cell is told the same, and plain ones work.
    sample : bool
        Part of the default run.
    """

    name: str
    cell: str = ""
    told: str = ""
    ename: str = "WorkerDied"
    options: str = ""
    act: Callable[[Kernel], Reply | None] | None = None
    place: Place = HERE
    fatal: bool = False
    lasting: bool = False
    sample: bool = False
