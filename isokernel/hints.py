"""What is said, or done, where a cell sets something for its whole process that other cells don't feel.

``IsoKernel.prelude`` is "hint": each setter is told of once, with the line that makes it hold everywhere. With "auto" a
statement that does nothing else becomes a prelude by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from IPython.core.interactiveshell import InteractiveShell

from .cell import analyse
from .cell.recognition import roots
from .cell.setters import RESUMED, TRACKERS, Setter, setters
from .declaration import infer
from .frontend import CaptureFrontend, KernelFrontend, show_line
from .preludes import Prelude
from .session import Session
from .training import Names

MARK = "# %% prelude"
DECLARED = f"`{MARK}` in a cell's first line makes {{}} hold in declared cells, too."
LATER = f"`{MARK}` in a cell's first line makes {{}} hold in later cells, too."
KEPT = f"{MARK}: {{}} from now on at the start of other cells, too (%prelude lists)."
ENDED = f"What {{}} began ends with this cell; {{}} in a cell that begins with `{MARK}` resumes it in all others."
ELSEWHERE = f"{{}} doesn't reach cells that run elsewhere; {{}} in a cell that begins with `{MARK}` does."


def after_undeclared(
    session: Session, shell: InteractiveShell, python: str, frontend: KernelFrontend | CaptureFrontend
) -> None:
    """An undeclared cell has run elsewhere, and gone well."""
    found = _setters(session, shell, python)
    kept = [setter for setter in found if session.settings.prelude == "auto" and _kept(session, shell, setter)]
    new = [setter for setter in found if setter.name not in session.hinted]
    session.hinted.update(setter.name for setter in found)
    _tell(shell, frontend, KEPT, [setter for setter in new if setter in kept])
    _tell(shell, frontend, DECLARED, [setter for setter in new if setter.carried and setter not in kept])
    later = [setter for setter in new if not setter.carried and setter not in kept]
    _tell(shell, frontend, LATER, [setter for setter in later if setter.name not in RESUMED])
    for setter in later:
        if setter.name in RESUMED:
            show_line(shell, frontend, ENDED.format(setter.written, RESUMED[setter.name]))


def after_plain(session: Session, shell: InteractiveShell, source: str, where: KernelFrontend) -> None:
    """A cell has run in the notebook's own process, from which nothing of a tracker reaches the cells that train."""
    if any(word in source for word in ("mlflow", "wandb", "comet")):
        found = [s for s in _setters(session, shell, shell.transform_cell(source)) if TRACKERS.fullmatch(s.name)]
        for setter in found:
            if setter.name not in session.hinted:
                show_line(shell, where, ELSEWHERE.format(setter.written, RESUMED.get(setter.name, "it")))
        session.hinted.update(setter.name for setter in found)


def _setters(session: Session, shell: InteractiveShell, python: str) -> tuple[Setter, ...]:
    return setters(python, Names(shell.user_ns, roots(session.settings.frameworks)))


def _kept(session: Session, shell: InteractiveShell, setter: Setter) -> bool:
    """Make a statement a prelude, with what it reads as that is now; False where that isn't possible."""
    if not setter.plain:
        return False
    cell = analyse(setter.statement)
    found = infer(cell, shell.user_ns)
    packing = session.reuse.pack(found.inputs, shell.user_ns)[0]
    if packing.refusals or cell.open_ended:
        return False
    session.preludes.put(
        Prelude(setter.name, setter.statement, packing.parcels, found.imports, cell.binds, None, setter.carried)
    )
    return True


def _tell(shell: InteractiveShell, where: KernelFrontend | CaptureFrontend, text: str, told: Sequence[Setter]) -> None:
    if told:
        *rest, last = [setter.written for setter in told]
        show_line(shell, where, text.format(f"{', '.join(rest)} and {last}" if rest else last))
