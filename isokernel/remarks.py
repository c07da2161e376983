"""What is said below a cell about its run, where somebody may want to know it."""

from __future__ import annotations

import re

from IPython.core.interactiveshell import InteractiveShell

from .carried import is_key
from .declaration import Declaration, Input
from .errors import size
from .frontend import CaptureFrontend, KernelFrontend, say, show_line
from .records import Record
from .session import Session

HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+")  # IPython's names, which nobody declares
LARGE = 100_000_000  # bytes each way that are worth a line, because somebody may not know that they travel
SLOW = 1.0  # seconds of packing or opening that are


def echo_declaration(
    session: Session,
    shell: InteractiveShell,
    record: Record,
    given: list[str],
    frontend: KernelFrontend | CaptureFrontend,
) -> None:
    """Show what crossed as the declaration that would have said it, to be pasted."""
    given = [name for name in given if not HISTORY.fullmatch(name) and not is_key(name)]
    left = tuple(name for name in record.left if not HISTORY.fullmatch(name))
    line = record.declaration = Declaration(tuple(map(Input, given)), left).line()
    echo = session.settings.echo if given or left else "never"  # a cell of imports: nothing to declare
    if echo == "always" or (echo == "first" and line not in session.echoed):
        session.echoed.add(line)
        show_line(shell, frontend, line)
    lost = ", ".join(f"{name} (a {kind.rpartition('.')[2]})" for name, kind in record.lost.items())
    if lost and session.settings.echo != "never" and lost not in session.echoed:
        session.echoed.add(lost)
        say(frontend, f"{lost} can't be carried out of this cell; join it with the cell that needs it, if one does")


def report_shipped(record: Record, seconds: float, frontend: KernelFrontend | CaptureFrontend) -> None:
    """One line on a run that shipped much or took long to ship it, with the names it was."""
    shipped = [*((n, name, "in") for name, n in record.sent.items())]
    shipped += [(n, name, "out") for name, n in record.received.items()]
    total = sum(n for n, _, _ in shipped)
    if total < LARGE and seconds < SLOW:
        return
    largest = ", ".join(f"{name} ({way}) {size(n)}" for n, name, way in sorted(shipped, reverse=True)[:3])
    say(frontend, f"shipped {size(total)} in {seconds:.1f} s: {largest}")
