"""``python -m tests.faults``: all faults, and docs/faults.md from what was seen."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "faults.md"
HEAD = """# Faults

What goes wrong, and what then holds. Each line was made to happen to a real kernel by `python -m tests.faults`, which
writes this page; the rows are in `tests/faults/`. After each of them the notebook's variables are as they were (a cell
that goes well has its outputs), nothing comes after the cell's idle, the next isolated and the next plain cell work,
and soon no process, no descriptor and no thread is there that was not there before.

Seconds are from the start of the cell to its reply (so a limit of half a second, and half a second of grace behind it,
are in them), or until nothing is left of a kernel; and of the next isolated cell, or of the next kernel with its first
isolated cell. The grace of an interrupt is 0.5 s here, that of exit handlers 1 s.

The last column is the same code in a cell of an ordinary Python kernel, without a limit: whether the kernel dies, with
all variables; whether it hangs, and whether an interrupt after three seconds ends that; or whether it goes on.
"""
COLUMNS = (
    "| fault | what the user is told | s | next, s | left | an ordinary kernel |",
    "| --- | --- | --- | --- | --- | --- |",
)
WIDTH = 200


class Seen:
    """What the rows told."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, list[Any]]] = {}  # outcome and properties, by kind and name
        self.ordinary: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("[")[2].removesuffix("]")
        told = dict(report.user_properties)
        if "ends" in told:
            self.ordinary[name] = told["ends"]
        elif report.when == "call" and "ordinary" not in report.nodeid:
            self.rows[name] = report.outcome, told.get("row") or ["", 0.0, 0.0]

    def page(self) -> str:
        """The page, as Markdown."""
        lines, last = [HEAD, f"{len(self.rows)} faults."], ""
        for name, (outcome, (told, seconds, following)) in self.rows.items():
            kind, _, fault = name.partition(": ")
            if kind != last:
                lines += ["", f"## {kind}", "", *COLUMNS]
            last, left, before = kind, "nothing" if outcome == "passed" else outcome, self.ordinary.get(name, "")
            lines.append(f"| {fault} | {brief(told)} | {seconds:.2f} | {following:.2f} | {left} | {before} |")
        return "\n".join(lines) + "\n"


def brief(told: str) -> str:
    """The first line of what was said, without what is different each time, or on each machine."""
    lines = told.partition(" The notebook's variables")[0].splitlines() or ["nothing"]
    ours = [line for line in lines if line.startswith("isokernel: ")]
    own = not re.match(r"\w+: ", lines[0]) or lines[0].startswith("Exception in")  # a dump, or a traceback
    text = ours[0] if own and ours else "a traceback" if own and told else lines[0]
    text = re.sub(r"(/[\w.+-]+){2,}", "…", re.sub(r"pid \d+", "pid …", text))
    text = text.replace("|", "\\|").replace("<", "\\<").strip()
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def main() -> int:
    """Run all, and write the page; the exit status of pytest."""
    seen = Seen()
    files = [str(HERE / name) for name in ("test_faults.py", "ordinary.py")]
    status = pytest.main([*files, "-q", "-m", "", *sys.argv[1:]], plugins=[seen])
    if len(sys.argv) == 1:
        PAGE.write_text(seen.page(), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
