"""What follows from the runs of a notebook and from what is saved in it: pure.

A cell is judged by whether it is stable: what differs between two runs of one kernel was drawn without a seed (or read
from a file that a run wrote), what differs between the kernels alone is hidden state, and what is stable and yet not
what is saved was saved by other code or in another order. So a cell that merely shows what an unseeded cell above
made is never taken for anything else, and only the first of them is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from . import causes, failures
from .cells import Cell
from .finding import Finding, Runs, Verdict
from .printed import Difference, counted_names, difference, printed, without_counters
from .running import ISOLATED, ORDINARY, Executed, Stop
from .volatile import Volatile

FRESH_NAMES = (
    "(lambda k: k and (k.get_global_attribute('object_name_uids') or {}).clear())"
    "(__import__('sys').modules.get('keras.src.backend.common.global_state'))"
)
"""Has Keras count names from the start. Undeclared cells on isokernel are given the count of the cells before them, as
in a notebook; whether what a cell prints depends on it, a run of the ordinary kernel tells that has this before each
cell."""

SAVED = "saved"
AGAIN = "once more"


COUNTED = Finding(
    "hidden",
    None,
    "",
    (),
    ("Keras counts the names of layers, models and metrics on; running a cell again changes them.",),
    'Give what is asked for or printed a name of its own: name="…".',
)


class Judge:
    """Judges one notebook.

    Parameters
    ----------
    cells : sequence of Cell
    saved : dict of int to list
        The saved outputs of each cell, by its place among all cells.
    """

    def __init__(self, cells: Sequence[Cell], saved: dict[int, list[Any]]) -> None:
        self.cells = cells
        self._volatile = Volatile([cell.tree for cell in cells])
        ran = any(saved.values())  # a notebook whose outputs were all cleared says nothing
        self._saved = {
            cell.index: self._text(cell, saved[cell.index])
            for cell in cells
            if ran and (saved[cell.index] or cell.count is not None)
        }

    def end(self, ordinary: Executed) -> int | None:
        """Before which place further runs may end, as all beyond is unknown anyway; None for the end."""
        stop = ordinary.stop
        if stop is None:
            return None
        told = stop.kind == "error" and failures.flaw(stop, self._cell(stop), self.cells) is not None
        return stop.index + 1 if told else stop.index

    def undecided(self, runs: Runs) -> bool:
        """Whether one more run of the ordinary kernel is needed to tell a missing seed from hidden state."""
        return any(
            self._apart(cell, one, other)
            for cell in self.cells
            for one, other in ((runs.ordinary, runs.isolated), (runs.isolated, runs.again))
        )

    def counted(self, ordinary: Executed) -> bool:
        """Whether a cell prints, or asks for, a name as Keras makes them by counting."""
        if not any(name in cell.source for cell in self.cells for name in ("keras", "tensorflow")):
            return False
        if ordinary.stop is not None and ordinary.stop.kind == "error" and counted_names(ordinary.stop.evalue):
            return True
        return any(
            counted_names(self._of(cell, ordinary) or "") or any(counted_names(text) for text in cell.strings)
            for cell in self.cells
        )

    def judge(self, runs: Runs) -> Verdict:
        """The verdict, from all runs."""
        flaws: list[Finding] = []
        unjudged: Finding | None = None
        through: list[int] = []
        unstable = False
        for cell in self.cells:
            failed = self._failed(cell, runs)
            if failed is not None:
                if failed.reason in failures.UNJUDGED:
                    unjudged = unjudged or failed
                else:
                    flaws.append(failed)
                if runs.ordinary.stop is not None and runs.ordinary.stop.index == cell.index:
                    break
                continue
            found = self._live(cell, runs) or self._named(cell, runs)
            if found is None:
                found = self._stale(cell, runs)
            if found is None:
                continue
            if found.reason == "seed" and unstable:
                through.append(cell.number)
            else:
                flaws.append(found)
            unstable = unstable or found.reason in ("seed", "file")
        firsts = {flaw.reason: flaw for flaw in reversed(flaws)}  # others of a reason may come from the first of it
        through += [flaw.cell.number for flaw in flaws if flaw.cell and firsts[flaw.reason] is not flaw]
        return Verdict(
            flaws=tuple(flaw for flaw in flaws if firsts[flaw.reason] is flaw),
            unjudged=unjudged,
            notes=tuple(self._notes(runs, bool(flaws))),
            through=tuple(sorted(set(through))),
            cells=len(self.cells),
            saved=len(self._saved),
            runs=runs.all,
        )

    def _failed(self, cell: Cell, runs: Runs) -> Finding | None:
        """What a cell that ended a run comes to."""
        stop = runs.ordinary.stop
        if stop is not None and stop.index in (cell.index, -1):
            told = failures.flaw(stop, cell, self.cells)
            if told and self._of(cell, runs.isolated) is not None:
                what = "It fails on the ordinary kernel, and runs in a fresh process."
                return self._hidden(cell, what, None, ((ORDINARY, failures.error(stop)),))
            if told and self._of(cell, runs.renamed) is not None:
                what = "It fails because of names that cells above have used up; it runs where they start anew."
                return replace(COUNTED, cell=cell, what=what, evidence=((ORDINARY, failures.error(stop)),))
            if told is None:
                return failures.unjudged(stop, cell, ORDINARY)
            return told
        isolated = runs.isolated and runs.isolated.stop
        if isolated is None or isolated.index not in (cell.index, -1):
            return None
        if isolated.kind == "error" and isolated.ename in ("UndeclaredName", "NameError", "MissingInput"):
            return Finding(
                "undeclared",
                cell,
                f"It needs what its declaration doesn't give it: {failures.line(isolated.evalue)}",
                facts=tuple(line for line in isolated.evalue.splitlines()[1:] if line.strip()),
                advice="Declare it, or set it in the cell: what isn't declared is whatever an earlier cell left.",
            )
        if isolated.ename == "FileExistsError" or any(name in isolated.evalue for name in runs.files):
            return Finding(
                "file",
                cell,
                "It fails where the notebook has been run before, because of a file that it left.",
                ((ISOLATED, failures.error(isolated)),),
                advice="Remove the file at the top of the notebook, or let it be there (exist_ok=True).",
            )
        if isolated.kind == "error" and not failures.refused(isolated):
            what = "It runs on the ordinary kernel only; in a fresh process it fails."
            return self._hidden(cell, what, None, ((ISOLATED, failures.error(isolated)),))
        return failures.unjudged(isolated, cell, ISOLATED)

    def _live(self, cell: Cell, runs: Runs) -> Finding | None:
        """What differs between the runs."""
        between = self._apart(cell, runs.ordinary, runs.isolated)
        isolated = self._apart(cell, runs.isolated, runs.again)
        ordinary = self._apart(cell, runs.ordinary, runs.ordinary_again)
        if not (between or isolated or ordinary):
            return None
        written = [name for name in runs.files if any(name in text for text in cell.strings)]
        if written and (isolated or ordinary):
            return Finding(
                "file",
                cell,
                f"It prints something else once {', '.join(written)} is there, which the notebook itself writes.",
                self._evidence(cell, runs),
                advice="Write to a fresh folder, or remove the file at the top of the notebook.",
            )
        seeding = [c.number for c in self.cells if c.index < cell.index and c.seeds]
        if ordinary and not isolated and self._seeded(cell):
            return None
        if ordinary or (isolated and not seeding):
            return Finding(
                "seed",
                cell,
                "It prints other numbers in each run, though every run was fresh: something random has no seed.",
                self._evidence(cell, runs),
                tuple(causes.drawing(cell, self.cells)),
                causes.seeding(self.cells),
            )
        if isolated:
            what = f"Its random numbers are seeded by cell [{seeding[-1]}] only: in a fresh process it draws others."
            return self._hidden(cell, what, None, self._evidence(cell, runs))
        what = "It prints other numbers when it runs in a fresh process, with nothing but what it reads."
        return self._hidden(cell, what, between, self._evidence(cell, runs))

    def _named(self, cell: Cell, runs: Runs) -> Finding | None:
        """What a cell that is the same in every run owes to the names that cells above have used up."""
        renamed = runs.renamed
        stop = renamed and renamed.stop
        seen = self._apart(cell, runs.ordinary, renamed)
        if stop is not None and stop.index == cell.index and stop.kind == "error":
            asked = {name for text in cell.strings for name in counted_names(text)}
            if any(name in stop.evalue for name in asked):  # and not because two layers are of one name now
                what = "It asks for a name that depends on how many models were made before."
                return replace(COUNTED, cell=cell, what=what, evidence=(("counted afresh", failures.error(stop)),))
        if seen is None or without_counters(seen.one) != without_counters(seen.other):
            return None
        what = "It prints names that depend on how many models were made before, in this process."
        evidence = ((ORDINARY, seen.one), ("counted afresh", seen.other))
        return replace(COUNTED, cell=cell, what=what, evidence=evidence)

    def _hidden(
        self, cell: Cell, what: str, seen: Difference | None, evidence: tuple[tuple[str, str], ...] = ()
    ) -> Finding:
        return Finding(
            "hidden",
            cell,
            what,
            evidence,
            tuple(causes.facts(cell, self.cells, seen)),
            "Have the cell make, or be given, everything that it needs; then it prints the same wherever it runs.",
        )

    def _stale(self, cell: Cell, runs: Runs) -> Finding | None:
        """What is saved and isn't what the cell prints."""
        if cell.index not in self._saved:
            return None
        unordered = any(c.unordered for c in self.cells if c.index <= cell.index)
        seen = None
        for run in runs.all[:2]:  # it may have been saved by either kernel
            fresh = self._of(cell, run)
            if fresh is not None:
                apart = difference(self._saved[cell.index], fresh, any_order=unordered, elsewhere=True)
                if apart is None:
                    return None
                seen = seen or apart
        if seen is None:
            return None
        order, history = causes.history(cell, self.cells)
        return Finding(
            "order" if order else "stale",
            cell,
            "What is saved below it isn't what it prints in a fresh run from top to bottom.",
            ((SAVED, seen.one), (ORDINARY, seen.other)),
            tuple(history),
            "Restart the kernel, run all cells, and see whether the text around it still holds.",
        )

    def _notes(self, runs: Runs, flawed: bool) -> list[str]:
        notes = []
        if not flawed and self._saved and (disorder := causes.disorder(self.cells)):
            notes.append(f"The saved numbers of the cells are not in order ({disorder}), but the outputs hold.")
        alone = [c.number for c in self.cells if self._seeded(c) and self._apart(c, runs.ordinary, runs.ordinary_again)]
        if alone:
            numbers = ", ".join(f"[{n}]" for n in alone)
            notes.append(f"The seed of {numbers} is in a declaration (--seed), so it holds on isokernel only.")
        twice = [f"[{cell.number}] ({', '.join(cell.changes)})" for cell in self.cells if cell.changes]
        if twice:
            notes.append(f"Running a cell twice changes its input twice: {', '.join(twice)}.")
        if runs.files:
            shown = ", ".join(runs.files[:3]) + (" …" if len(runs.files) > 3 else "")
            notes.append(f"The notebook wrote files in its folder: {shown}")
        return notes

    def _seeded(self, cell: Cell) -> bool:
        """Whether a declaration has a seed, which only isokernel knows, at or above a cell."""
        return any(other.seed for other in self.cells if other.index <= cell.index)

    def _evidence(self, cell: Cell, runs: Runs) -> tuple[tuple[str, str], ...]:
        """The lines that differ first, in each run that printed them."""
        shown = [
            (ORDINARY, runs.ordinary),
            (f"{AGAIN}", runs.ordinary_again),
            (ISOLATED, runs.isolated),
            (f"{AGAIN}", runs.again),
        ]
        texts = [(label, self._of(cell, run)) for label, run in shown if run is not None]
        texts = [(label, text) for label, text in texts if text is not None]
        for _, text in texts[1:]:
            seen = difference(texts[0][1], text)
            if seen is not None:
                break
        else:
            return ()
        found = [(texts[0][0], seen.one)]
        for label, text in texts[1:]:
            apart = difference(texts[0][1], text)
            found.append((label, seen.one if apart is None else apart.other))
        return tuple(found)

    def _apart(self, cell: Cell, one: Executed | None, other: Executed | None) -> Difference | None:
        first, second = self._of(cell, one), self._of(cell, other)
        return None if first is None or second is None else difference(first, second)

    def _of(self, cell: Cell, run: Executed | None) -> str | None:
        """What a cell printed in a run that it came through; None where it didn't."""
        if run is None or cell.index not in run.outputs:
            return None
        if run.stop is not None and run.stop.index in (cell.index, -1):
            return None
        return self._text(cell, run.outputs[cell.index])

    def _text(self, cell: Cell, outputs: list[Any]) -> str:
        return self._volatile.without(cell.number - 1, printed(outputs))

    def _cell(self, stop: Stop) -> Cell:
        return next((cell for cell in self.cells if cell.index == stop.index), self.cells[0])
