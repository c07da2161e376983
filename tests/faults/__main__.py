"""``python -m tests.faults``: all faults, and docs/faults.md from what was seen."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = """# Faults

What goes wrong, and what then holds. Each line was made to happen to a real kernel by `python -m tests.faults`, which
writes this page; the rows are in `tests/faults/`. After each of them the notebook's variables are as they were (a cell
that goes well has its outputs), nothing comes after the cell's idle, the next isolated and the next plain cell work,
and within two seconds no process, no descriptor and no thread is there that was not there before.

Seconds are from the start of the cell to its reply (so a limit of half a second, and half a second of grace behind it,
are in them), or until nothing is left of a kernel; and of the next isolated cell, or of the next kernel with its first
isolated cell. The grace of an interrupt is 0.5 s here, that of exit handlers 1 s.
"""


class Seen:
    """What the rows told."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, str, list[Any] | None]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        kind, _, name = report.nodeid.partition("[")[2].removesuffix("]").partition(": ")
        row = dict(report.user_properties).get("row")
        self.rows.setdefault(kind, []).append((name, report.outcome, row))

    def page(self) -> str:
        """The page, as Markdown."""
        number = sum(map(len, self.rows.values()))
        lines = [HEAD, f"{number} faults.", ""]
        for kind, rows in self.rows.items():
            lines += [
                f"## {kind}",
                "",
                "| fault | what the user is told | s | next, s | left |",
                "| --- | --- | --- | --- | --- |",
            ]
            for name, outcome, row in rows:
                told, seconds, following = row or ("", 0.0, 0.0)
                left = "nothing" if outcome == "passed" else outcome
                lines.append(f"| {name} | {brief(told)} | {seconds:.2f} | {following:.2f} | {left} |")
            lines.append("")
        return "\n".join(lines)


def brief(told: str) -> str:
    """The first of what was said, without what is different each time."""
    text = " ".join(told.partition("The notebook's variables")[0].split())
    text = re.sub(r"pid \d+", "pid …", text).replace("|", "\\|").replace("<", "\\<")
    return text if len(text) <= 200 else text[:197] + "..."


def main() -> int:
    """Run all, and write the page; the exit status of pytest."""
    seen = Seen()
    status = pytest.main([str(Path(__file__).parent / "test_faults.py"), "-q", "-m", "", *sys.argv[1:]], plugins=[seen])
    if len(sys.argv) == 1:
        (ROOT / "docs" / "faults.md").write_text(seen.page(), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
