"""A run in a notebook, or in a terminal: where its time went, what crossed, what memory it took.

Both forms show the same rows. The HTML has no script and no colour of its own but the bars', so that it stands in a
light theme and in a dark one.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from ..errors import size

if TYPE_CHECKING:
    from .record import Record

SHOWN = 8  # names each way, the largest first
WIDE = 48  # columns of the plot of memory
BAR = "background:#6a9fd8;height:0.7em;min-width:1px"
BARS = "▁▂▃▄▅▆▇█"
MEANING = {
    "check": "the cell's text, the declaration, the notebook's names",
    "pack": "what goes in is packed",
    "origin": "whether it can start warm",
    "lease": "it is given its GPUs",
    "start": "a process is taken, or started",
    "open": "what came in is opened there",
    "cell": "the cell itself",
    "pack back": "what it left is packed",
    "way": "messages between the two processes",
    "bring back": "results are opened and bound",
    "exit": "exit handlers, and the last output",
}
"""Phases, and what is done in each."""


def duration(seconds: float) -> str:
    """For people: 1.2 ms, 3.4 s, 5 min 6 s."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s"


def as_text(record: Record) -> str:
    """For a terminal."""
    rows = list(_rows(record))
    phases = [f"  {p.name:<10} {duration(p.seconds):>10}  {MEANING.get(p.name, '')}" for p in record.phases]
    plot = [f"  {'memory':<10} {_sparks(record)}"] if len(record.memory) > 1 else []
    return "\n".join([_head(record), *phases, *(f"  {name:<10} {text}" for name, text in rows), *plot])


def as_html(record: Record) -> str:
    """For a notebook."""
    total = sum(phase.seconds for phase in record.phases) or 1.0
    rows, before = [], 0.0
    for phase in record.phases:
        place = f"margin-left:{before / total * 99:.1f}%;width:{phase.seconds / total * 99:.1f}%"
        bar, before = f"<div style='{BAR};{place}'></div>", before + phase.seconds
        meaning = f"<span style='opacity:.7'>{escape(MEANING.get(phase.name, ''))}</span>"
        took = f"<td>{duration(phase.seconds)}</td><td style='width:16em'>{bar}</td>"
        rows.append(f"{_cell(phase.name)}{took}{_cell(meaning)}")
    rows += [f"{_cell(name)}{_cell(escape(text), wide=True)}" for name, text in _rows(record)]
    if len(record.memory) > 1:
        rows.append(f"{_cell('memory')}{_cell(_plot(record), wide=True)}")
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<div><b>{escape(_head(record))}</b><table>{table}</table></div>"


def _cell(html: str, wide: bool = False) -> str:
    return f"<td style='text-align:left'{' colspan=3' if wide else ''}>{html}</td>"


def _head(record: Record) -> str:
    return f"Run {record.id}: {record.status}, {duration(record.seconds)}   {record.declaration}".rstrip()


def _rows(record: Record) -> Iterator[tuple[str, str]]:
    for way, sizes in (("in", record.sent), ("out", record.received)):
        if sizes:
            yield way, _names(sizes)
    if record.lost:
        yield "lost", ", ".join(f"{name} (a {kind.rpartition('.')[2]})" for name, kind in record.lost.items())
    if record.partial:
        yield "kept", ", ".join(record.partial)
    if record.memory:
        yield "peak", size(max(nbytes for _, nbytes in record.memory))
    if record.gpus:
        yield "GPUs", ", ".join(record.gpus)
    if record.pid is not None:
        status = "" if record.exitcode is None else f", exit status {record.exitcode}"
        yield "process", f"pid {record.pid}{status}, {_began(record)}"


def _began(record: Record) -> str:
    if record.cold:
        return f"begun cold ({record.cold})"
    return f"begun warm, with {', '.join(record.preloaded) or 'nothing'} imported"


def _names(sizes: dict[str, int]) -> str:
    largest = sorted(sizes.items(), key=lambda item: -item[1])
    more = f", and {len(largest) - SHOWN} more" if len(largest) > SHOWN else ""
    return f"{', '.join(f'{name} {size(n)}' for name, n in largest[:SHOWN])}{more}, {size(sum(sizes.values()))} in all"


def _sparks(record: Record) -> str:
    """Memory over time, in columns of equal time: the most that was seen in each."""
    end, most = record.memory[-1][0] or 1.0, max(nbytes for _, nbytes in record.memory) or 1
    columns = [0] * min(WIDE, len(record.memory))
    for when, nbytes in record.memory:
        at = min(int(when / end * len(columns)), len(columns) - 1)
        columns[at] = max(columns[at], nbytes)
    levels, last = [], 0
    for nbytes in columns:
        last = nbytes or last  # nothing was looked at in that time
        levels.append(BARS[min(last * len(BARS) // most, len(BARS) - 1)])
    return "".join(levels)


def _plot(record: Record) -> str:
    end, most = record.memory[-1][0] or 1.0, max(nbytes for _, nbytes in record.memory) or 1
    points = " ".join(f"{when / end * 300:.1f},{42 - nbytes / most * 40:.1f}" for when, nbytes in record.memory)
    return (
        "<svg width='300' height='44' style='vertical-align:middle' role='img' aria-label='memory over time'>"
        f"<polyline points='{points}' fill='none' stroke='#6a9fd8' stroke-width='1.5'/></svg>"
        f" <span style='opacity:.7'>up to {size(most)} in {duration(end)}</span>"
    )
