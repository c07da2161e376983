"""What in the notebook's text, and in the numbers saved beside its cells, could have made a difference: pure.

These are facts to look at, told as such; that one of them did it is for the reader to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .cells import Cell
from .printed import Difference, counted_names, without_counters


def facts(cell: Cell, cells: Sequence[Cell], seen: Difference | None) -> Iterator[str]:
    """What could make a cell depend on more than it reads."""
    above = [other for other in cells if other.index < cell.index]
    if seen is not None:
        counted = sorted(counted_names(f"{seen.one} {seen.other}"))
        if counted and without_counters(seen.one) == without_counters(seen.other):
            yield f"Names count on in one process ({counted[0]}): they say how many were made before."
    for other in above:
        kept = [name for name in other.given if name not in other.left and name in cell.reads]
        if kept:
            yield (
                f"Cell [{other.number}] takes {', '.join(kept)} with -i and doesn't give it back with -o: "
                "what it changes in it isn't for later cells."
            )
    for other in above:
        if other.settings and (other.declared or cell.declared):
            yield f"Cell [{other.number}] calls {other.settings[0]}, which holds for the whole process."
    if cell.declared and any(other.seeds for other in above):
        number = [other.number for other in above if other.seeds][-1]
        yield f"Cell [{number}] sets a seed; a declared cell has its own (--seed)."


def drawing(cell: Cell, cells: Sequence[Cell]) -> Iterator[str]:
    """Where random numbers are drawn, up to a cell."""
    for other in cells:
        if other.index <= cell.index and other.draws:
            yield f"Cell [{other.number}] calls {other.draws[0]}."
            return


def seeding(cells: Sequence[Cell]) -> str:
    """What to write to seed a notebook, by the libraries that it names."""
    text = "\n".join(cell.source for cell in cells)
    if "keras" in text or "tensorflow" in text:
        call = "keras.utils.set_random_seed(1)"
    elif "torch" in text:
        call = "torch.manual_seed(1)"
    elif "numpy" in text:
        call = "np.random.seed(1), or make generators with np.random.default_rng(1)"
    else:
        call = "random.seed(1)"
    return f"Seed it at the top: {call}." + (" A declared cell: --seed 1." if any(c.declared for c in cells) else "")


def history(cell: Cell, cells: Sequence[Cell]) -> tuple[bool, list[str]]:
    """Whether a cell was run out of order, and what the saved numbers say of how it came to its saved output."""
    if cell.count is None:
        return False, []
    above = [c for c in cells if c.index < cell.index and c.count is not None]
    below = [c for c in cells if c.index > cell.index and c.count is not None]
    told = []
    earlier = [c for c in below if c.count < cell.count]
    if earlier:
        told.append(
            f"It was run as [{cell.count}], after cell [{earlier[0].number}] below it, which was [{earlier[0].count}]."
        )
    later = [c for c in above if c.count > cell.count]
    if later:
        told.append(f"Cell [{later[0].number}] above it was run after it: [{later[0].count}] and [{cell.count}].")
    twins = [c for c in (*above, *below) if c.count == cell.count]
    if twins:
        told.append(f"Cell [{twins[0].number}] has the same number, [{cell.count}]: they ran in different sessions.")
    missing = _missing([*above, cell])
    if missing:
        told.append(
            f"Of the runs up to it, {missing} left no trace: a cell was run twice, or deleted, or edited and run again."
        )
    if not told:
        told.append("The cells were run in order; so it was edited after it ran, or what it uses has changed.")
    return bool(earlier or later), told


def disorder(cells: Sequence[Cell]) -> str:
    """The saved numbers of the cells, where they are not in order; else ''."""
    counts = [cell.count for cell in cells if cell.count is not None]
    if counts == sorted(set(counts)):
        return ""
    return " ".join(f"[{count}]" for count in counts[:12]) + (" …" if len(counts) > 12 else "")


def _missing(cells: Sequence[Cell]) -> str:
    counts = {cell.count for cell in cells}
    missing = sorted(set(range(1, max(counts) + 1)) - counts)
    return ", ".join(f"[{n}]" for n in missing[:4]) + (" …" if len(missing) > 4 else "")
