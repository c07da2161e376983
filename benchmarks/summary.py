"""README's table of results, made of those that are kept: ``python -m benchmarks.summary [--write]``.

Of each goal, what was measured, beside what was to be reached. It stands between two markers, and a test holds README
to what this makes of benchmarks/results/.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .kernels import ROOT
from .report import ratio, size

RESULTS = Path(__file__).parent / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- results: made by python -m benchmarks.summary --write -->", "<!-- end of results -->"


def kept(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """All runs that are kept, by the names of their files; those with ``--quick`` show nothing.

    Raises
    ------
    ValueError
        For a file that is none.
    """
    runs = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return [run for run in runs if not run["quick"]]


def markdown(runs: Iterable[dict[str, Any]]) -> str:
    """A table to each run, under a line that says on what machine."""
    return "\n\n".join(f"{machine(run['machine'])}\n\n{goals(run['answers'])}" for run in runs)


def machine(facts: dict[str, Any]) -> str:
    """The facts that a reader compares with his own."""
    versions = ", ".join(
        f"{name} {facts['packages'][name]}" for name in ("tensorflow", "keras") if facts["packages"].get(name)
    )
    of = f"{facts['processor']}, {facts['cores']} cores, {size(facts['memory'])}, Python {facts['python']}"
    return f"Measured on {', '.join(filter(None, (of, versions)))}, {facts['when'][:10]}:"


def goals(answers: dict[str, dict[str, Any]]) -> str:
    """A row to a goal."""
    rows = ["| | measured | goal | |", "| --- | ---: | ---: | --- |"]
    for name, answer in answers.items():
        for goal in answer["goals"]:
            bound = "at least" if goal["at_least"] else "at most"
            measured, limit = (figure(goal[which], goal["unit"]) for which in ("measured", "limit"))
            rows.append(
                f"| {name}: {goal['what']} | {measured} | {bound} {limit} | {'met' if goal['met'] else 'missed'} |"
            )
    return "\n".join(rows)


def figure(value: float, unit: str) -> str:
    """With its unit, to three figures."""
    return ratio(value) if unit == "x" else f"{value:.3g} {unit}"


def written(readme: str, table: str) -> str:
    """README with this table between its markers.

    Raises
    ------
    ValueError
        Where README has no markers.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks the markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}" if table else f"{before}{BEGIN}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    """Print the table, or write it."""
    table = markdown(kept())
    if "--write" in arguments:
        README.write_text(written(README.read_text(), table))
    else:
        print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
