"""What is told of a run: tables and goals, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .harness import Series

KEEP = 500  # samples of a series in the JSON file; a plot shows no more


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned: the first column to the left, figures to the right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]

        def line(cells: Sequence[str]) -> str:
            first, *rest = zip(cells, widths, strict=True)
            left = first[0].ljust(first[1])
            return "  ".join([left, *(cell.rjust(width) for cell, width in rest)]).rstrip()

        return "\n".join([self.title, line(self.columns), line(["-" * w for w in widths]), *map(line, self.rows)])


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, and what was measured.

    Parameters
    ----------
    what : str
    measured : float
    limit : float
        In the same unit.
    unit : str
        'ms', 'x', …
    at_least : bool
        Whether more is better.
    """

    what: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def text(self) -> str:
        """One line."""
        bound = "at least" if self.at_least else "at most"
        verdict = "met" if self.met else "MISSED"
        return f"{verdict:6}  {self.what}: {self.measured:.3g} {self.unit} ({bound} {self.limit:g} {self.unit})"


@dataclass(slots=True)
class Answer:
    """What one question came to.

    Attributes
    ----------
    series : dict of str to Series
        All that was measured, by name.
    facts : dict
        Sizes, counts and findings that are no seconds, JSON-able.
    notes : list of str
        What was left out, and why; what a reader must know.
    """

    question: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    series: dict[str, Series] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All of it, to be read."""
        parts = [f"== {self.question}", *(table.text() for table in self.tables)]
        if self.goals:
            parts.append("\n".join(goal.text() for goal in self.goals))
        if self.notes:
            parts.append("\n".join(f"note: {note}" for note in self.notes))
        return "\n\n".join(parts)

    def json(self) -> dict[str, Any]:
        """All of it, to be kept; seconds throughout."""
        return {
            "question": self.question,
            "series": {name: _series(each) for name, each in self.series.items()},
            "goals": [
                {
                    "what": goal.what,
                    "measured": goal.measured,
                    "limit": goal.limit,
                    "unit": goal.unit,
                    "at_least": goal.at_least,
                    "met": goal.met,
                }
                for goal in self.goals
            ],
            "tables": [{"title": t.title, "columns": t.columns, "rows": t.rows} for t in self.tables],
            "facts": self.facts,
            "notes": self.notes,
        }


def _series(series: Series) -> dict[str, Any]:
    return {
        "count": series.count,
        "median": series.median,
        "p95": series.p95,
        "best": series.best,
        "spread": series.spread,
        "samples": [s for samples in series.rounds for s in samples][:KEEP],
    }


def timings(title: str, series: dict[str, Series], beside: str) -> Table:
    """A table of series: median, p95, spread, and the ratio to the one that is named."""
    rows = [
        (name, str(s.count), duration(s.median), duration(s.p95), duration(s.spread), ratio(s.over(series[beside])))
        for name, s in series.items()
    ]
    return Table(title, ("", "n", "median", "p95", "spread", f"/ {beside}"), tuple(rows))


def differences(title: str, series: dict[str, Series]) -> Table:
    """A table of what things take more than others: no ratios, which a difference near 0 has none of."""
    rows = [(n, str(s.count), duration(s.median), duration(s.p95), duration(s.spread)) for n, s in series.items()]
    return Table(title, ("", "n", "median", "p95", "spread"), tuple(rows))


def duration(seconds: float) -> str:
    """Seconds for people: 4.6 ms."""
    if abs(seconds) < 1e-3:
        return f"{seconds * 1e6:.0f} us"
    if abs(seconds) < 1:
        return f"{seconds * 1e3:.{1 if abs(seconds) < 0.1 else 0}f} ms"
    return f"{seconds:.2f} s"


def ratio(value: float) -> str:
    """A ratio for people, to three figures: 1.03 x, 212 x."""
    return f"{value:.0f} x" if value >= 100 else f"{value:.3g} x"


def size(nbytes: int) -> str:
    """A power of two for people: 64 MiB."""
    for unit in ("B", "KiB", "MiB"):
        if nbytes < 1024:
            return f"{nbytes:.0f} {unit}"
        nbytes /= 1024
    return f"{nbytes:.3g} GiB"


def about(facts: dict[str, Any]) -> str:
    """The machine in a few lines."""
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items() if version)
    limit = f", limited to {size(facts['memory_limit'])}" if facts["memory_limit"] else ""
    return (
        f"{facts['processor']}, {facts['cores']} cores, {size(facts['memory'])}{limit}, {facts['system']}, "
        f"load {facts['load']:.1f}\nPython {facts['python']}; {packages}\n{facts['when']}"
    )
