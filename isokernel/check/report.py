"""A verdict as text for a terminal, and as JSON for a program (docs/check.md has its schema)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from .. import __version__
from .finding import FLAWED, TRUSTED, Finding, Verdict
from .running import hash_seed

SCHEMA = 1
WIDTH = 100
_REASONS = {
    "order": "order of the cells", "deleted": "deleted cell", "failed": "fails", "stale": "stale output",
    "hidden": "hidden state", "undeclared": "undeclared name", "seed": "missing seed", "file": "file of an earlier run",
    "missing": "something is missing", "timeout": "time limit", "died": "kernel died", "input": "asks for input",
    "start": "no kernel", "isokernel": "not on isokernel", "unreadable": "unreadable", "language": "not Python",
}  # fmt: skip


def text(path: Path, verdict: Verdict) -> str:
    """For a terminal."""
    return "\n".join(_lines(path, verdict))


def _lines(path: Path, verdict: Verdict) -> Iterator[str]:
    first = next(iter(verdict.flaws), None)
    if first is not None:
        yield f"{path}: not to be trusted from cell [{first.cell.number}] on"
    elif verdict.unjudged is not None:
        cell = verdict.unjudged.cell
        yield f"{path}: couldn't be judged" + (f" from cell [{cell.number}] on" if cell else "")
    else:
        yield f"{path}: trusted"
    for finding in (*verdict.flaws, *([verdict.unjudged] if verdict.unjudged else [])):
        yield ""
        yield from _finding(finding)
        if finding is first and verdict.through:
            numbers = ", ".join(f"[{n}]" for n in verdict.through)
            yield f"    also     {numbers} differ, perhaps only through it"
    if verdict.verdict == TRUSTED:
        yield from _basis(verdict)
    if verdict.notes:
        yield ""
    for note in verdict.notes:
        yield from _wrapped("  note: ", note)


def _finding(finding: Finding) -> Iterator[str]:
    reason = _REASONS[finding.reason]
    if finding.cell is not None:
        yield f"  cell [{finding.cell.number}]  {_short(finding.cell.head, WIDTH - 14)}"
    yield from _wrapped("    ", f"{reason}: {finding.what}")
    width = max((len(label) for label, _ in finding.evidence), default=0)
    for label, seen in finding.evidence:
        yield f"      {label:{width}}  {_short(seen, WIDTH - width - 8) if seen else '(nothing)'}"
    for fact in finding.facts:
        yield from _wrapped("    ", fact)
    if finding.advice:
        yield from _wrapped("    -> ", finding.advice)


def _basis(verdict: Verdict) -> Iterator[str]:
    if not verdict.cells:
        yield "  it has no code to run"
        return
    seconds = sum(run.seconds for run in verdict.runs)
    told = f"{verdict.cells} cells" if verdict.cells != 1 else "1 cell"
    same = "the same on python3, on isokernel, and once more"
    yield f"  {told}, run {len(verdict.runs)} times in {seconds:.0f} s: {same}"
    if verdict.saved:
        yield "  what is saved in it is what they print"


def record(path: Path, verdict: Verdict) -> dict[str, Any]:
    """One notebook in the report."""
    return {
        "notebook": str(path),
        "verdict": verdict.verdict,
        "cells": verdict.cells,
        "flaws": [_record(finding) for finding in verdict.flaws],
        "also_differ": list(verdict.through),
        "unjudged": _record(verdict.unjudged) if verdict.unjudged else None,
        "notes": list(verdict.notes),
        "runs": [{"kernel": run.kernel, "seconds": round(run.seconds, 3)} for run in verdict.runs],
    }


def document(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole report."""
    return {"schema": SCHEMA, "isokernel": __version__, "hash_seed": hash_seed(), "notebooks": records}


def _record(finding: Finding) -> dict[str, Any]:
    cell = finding.cell
    return {
        "reason": finding.reason,
        "cell": cell.number if cell else None,
        "index": cell.index if cell else None,
        "source": cell.source if cell else None,
        "what": finding.what,
        "evidence": [{"where": where, "printed": seen} for where, seen in finding.evidence],
        "facts": list(finding.facts),
        "advice": finding.advice,
    }


def status(verdicts: list[Verdict]) -> int:
    """The exit status: 0 all trusted, 1 a flaw was found, 2 one couldn't be judged."""
    kinds = {verdict.verdict for verdict in verdicts}
    return 1 if FLAWED in kinds else 0 if kinds <= {TRUSTED} else 2


def _short(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _wrapped(head: str, sentence: str) -> list[str]:
    return wrap(sentence, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)
