"""The demo's table: example by example what leaked on each kernel, accuracy and seconds, then the claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from textwrap import wrap

from .claims import UNDECLARED, Claim, Fact, accuracy, came_to, facts, leaks
from .evidence import Example, Told

WIDTHS = (30, 42, 30)  # of the columns: what, and the two kernels


def text(told: Mapping[str, Told], claims: list[Claim]) -> str:
    """The whole report.

    Parameters
    ----------
    told : mapping
        What each kernel's notebook told, by the kernel's name; two of them.
    claims : list of Claim
    """
    rule = "-" * (sum(WIDTHS) + 4)
    lines = [*_row("", *told), rule]
    for example in next(iter(told.values())).examples:
        lines += [example.title, *_example(example, told), rule]
    lines += _totals(told)
    lines += ["", *(f"{'holds' if c.holds else 'FAILS'}  {c.text} ({c.evidence})" for c in claims)]
    return "\n".join(lines)


def _example(example: Example, told: Mapping[str, Told]) -> Iterator[str]:
    runs = {kernel: one.of(example) for kernel, one in told.items()}
    if example.measures == "accuracy":
        yield from _row("  accuracy", *(f"{accuracy(one)}" for one in told.values()))
    else:
        leaked = {kernel: leaks(some) for kernel, some in runs.items()}
        for name in dict.fromkeys(fact.name for found in leaked.values() for fact in found):
            yield from _row(f"  {name}", *(_seen(name, facts(some)) for some in runs.values()))
        undeclared = [[run for run in some if run.run == UNDECLARED] for some in runs.values()]
        if any(undeclared):
            yield from _row("  (reading it undeclared)", *map(came_to, undeclared))
        yield from _row("  leaked", *(_count(found, facts(runs[kernel])) for kernel, found in leaked.items()))
    yield from _row("  seconds", *(f"{sum(run.seconds for run in some):.1f}" for some in runs.values()))


def _totals(told: Mapping[str, Told]) -> Iterator[str]:
    leaked = [
        sum(len(leaks(one.of(example))) for example in one.examples if example.measures == "leaks")
        for one in told.values()
    ]
    yield from _row("All: leaked", *map(str, leaked))
    yield from _row("     seconds", *(f"{sum(run.seconds for run in one.runs):.1f}" for one in told.values()))


def _seen(name: str, told: tuple[Fact, ...]) -> str:
    """A fact through the runs, in words."""
    fact = next((fact for fact in told if fact.name == name), None)
    if fact is None:
        return "not told"
    values = ", then ".join(map(str, fact.values))
    if fact.leaked:
        return values + (f"; asked: {', then '.join(map(str, fact.asked))}" if fact.asked else "")
    if fact.asked:
        return f"{values}, as asked"
    return f"{fact.values[0]}, each time"


def _count(leaked: tuple[Fact, ...], told: tuple[Fact, ...]) -> str:
    return f"{len(leaked)} of {len(told)} facts" if leaked else "nothing"


def _row(*cells: str) -> Iterator[str]:
    """One row, each cell wrapped in its column."""
    columns = [
        wrap(cell, width, subsequent_indent="    " if not i else "")
        for i, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ]
    for parts in zip_longest(*columns, fillvalue=""):
        yield "  ".join(f"{part:<{width}}" for part, width in zip(parts, WIDTHS, strict=True)).rstrip()
