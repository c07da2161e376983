"""How does the cost of a cell grow? With runs so far, names and bytes in the kernel, what is declared, output, kernels.

Each is a ladder of sizes that kernels climb; at each rung a cell that does nothing is run some times, and a line and a
power are laid through the medians. A cost that doesn't grow has an exponent near 0, and its last rung costs what the
first did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import psutil

from .fits import fit
from .harness import Bench, Series
from .kernels import Kernel, started
from .report import Answer, Goal, Table, duration, ratio

NOTHING = "%%isolated\npass"
SHARE = 0.4  # of the free memory that a kernel may be given to hold
CHUNK = 256 << 20  # bytes of one array
KERNELS, EACH = (
    8,
    1 << 30,
)  # kernels at once, and the free bytes that one is given at most: fewer where that isn't there


@dataclass(frozen=True, slots=True)
class Ladder:
    """One thing that grows.

    Attributes
    ----------
    what : str
    rungs, quick : tuple of int
        Its sizes, in order, and those of ``--quick``.
    climb : callable
        Brings a kernel from one size to the next: ``climb(kernel, before, size)``.
    code : callable
        The cell at a size.
    flat : bool
        Whether it must not grow.
    """

    what: str
    rungs: tuple[int, ...]
    quick: tuple[int, ...]
    climb: Callable[[Kernel, int, int], None]
    code: Callable[[int], str] = lambda size: NOTHING
    flat: bool = True


def more_runs(kernel: Kernel, before: int, size: int) -> None:
    """Isolated cells, until there were so many."""
    for _ in range(size - before):
        kernel.seconds(NOTHING)


def more_names(kernel: Kernel, before: int, size: int) -> None:
    """Numbers, each with a name of its own."""
    kernel.seconds(f"globals().update((f'name_{{n}}', n) for n in range({before}, {size}))")


def more_bytes(kernel: Kernel, before: int, size: int) -> None:
    """Arrays that are really in memory."""
    kernel.seconds(
        "import numpy as np\n"
        f"for at in range({before}, {size}, {CHUNK}):\n"
        f"    globals()[f'array_{{at}}'] = np.ones(min({CHUNK}, {size} - at) // 8)"
    )


def nothing_more(kernel: Kernel, before: int, size: int) -> None:
    """The cell itself is what grows."""


def declared(size: int) -> str:
    """A cell with so many names in."""
    return f"%%isolated -i {','.join(f'name_{n}' for n in range(size))}\npass"


def written(size: int) -> str:
    """A cell with so many lines of output, each sent for itself as a loop that prints does."""
    return f"%%isolated\nfor n in range({size}): print('line', n)"


def ladders(free: int) -> tuple[Ladder, ...]:
    """All that are climbed on a machine with so many bytes free."""
    most = int(free * SHARE)
    held = tuple(
        nbytes for nbytes in (1 << 20, 16 << 20, 256 << 20, 1 << 30, 2 << 30, 4 << 30, 8 << 30) if nbytes <= most
    )
    return (
        Ladder("runs so far", (1, 3, 10, 30, 100, 300, 1000), (1, 4, 8), more_runs),
        Ladder("names in the kernel", (10, 100, 1000, 10_000, 100_000), (10, 1000), more_names),
        Ladder("bytes in the kernel", held, (1 << 20, 8 << 20), more_bytes),
        Ladder("declared names", (1, 3, 10, 30, 100, 300, 1000), (1, 30), more_names, declared, flat=False),
        Ladder("lines of output", (1, 10, 100, 1000, 10_000), (1, 100), nothing_more, written, flat=False),
    )


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    answer = Answer("growth: how the cost of a cell grows")
    rows, again = [], 3 if bench.quick else 15
    for ladder in ladders(psutil.virtual_memory().available):
        with started(preload=() if bench.quick else None) as kernel:
            points = dict(climbed(kernel, ladder, again, bench))
        rows.append(told(answer, ladder.what, points, flat=ladder.flat))
    counts = (
        (1, 2) if bench.quick else tuple(range(1, min(KERNELS, max(psutil.virtual_memory().available // EACH, 2)) + 1))
    )
    points = dict(abreast(bench, counts, again))
    rows.append(told(answer, "kernels at work at once", points, flat=False))
    columns = ("", "from", "to", "first", "last", "last / first", "each more", "r²", "exponent", "its r²")
    answer.tables.append(Table("A cell's p50, and a line and a power through all rungs", columns, tuple(rows)))
    return answer


def climbed(kernel: Kernel, ladder: Ladder, again: int, bench: Bench) -> Iterator[tuple[int, list[float]]]:
    """The samples at each rung."""
    rungs, before = ladder.quick if bench.quick else ladder.rungs, 0
    kernel.seconds(NOTHING)
    kernel.seconds(NOTHING)
    if ladder.climb is more_names:
        ladder.climb(kernel, 0, 10)  # the first rungs, too, declare names that there are
    for done, size in enumerate(rungs):
        bench.progress(f"growth: {ladder.what}", done, len(rungs))
        ladder.climb(kernel, before, size)
        code = ladder.code(size)
        kernel.seconds(code)
        yield size, [kernel.seconds(code) for _ in range(again)]
        # Runs are what one ladder counts.
        before = size + again + 1 if ladder.climb is more_runs else size


def abreast(bench: Bench, counts: Sequence[int], again: int) -> Iterator[tuple[int, list[float]]]:
    """Several kernels, each of which runs cells as fast as it can, all at once."""
    with ExitStack() as stack, ThreadPoolExecutor(max(counts)) as pool:
        kernels: list[Kernel] = []
        for done, count in enumerate(counts):
            bench.progress("growth: kernels at work at once", done, len(counts))
            while len(kernels) < count:
                kernels.append(stack.enter_context(started(preload=() if bench.quick else None)))
                kernels[-1].seconds(NOTHING)
            samples = list(pool.map(lambda each: [each.seconds(NOTHING) for _ in range(again)], kernels))
            yield count, [seconds for each in samples for seconds in each]


def told(answer: Answer, what: str, points: dict[int, list[float]], *, flat: bool) -> tuple[str, ...]:
    """Keep what a ladder came to; its row of the table, and its goal where it has one."""
    series = {size: Series((tuple(samples),)) for size, samples in points.items()}
    medians = [each.median for each in series.values()]
    found = fit(list(series), medians)
    sizes = list(series)
    answer.series |= {f"{what}: {size}": each for size, each in series.items()}
    answer.facts[what] = {"sizes": sizes, "medians": medians, "fit": asdict(found)}
    if flat:
        answer.goals.append(Goal(f"{what}: the last rung over the first", medians[-1] / medians[0], 1.25, "x"))
    return (
        what,
        f"{sizes[0]:,}",
        f"{sizes[-1]:,}",
        duration(medians[0]),
        duration(medians[-1]),
        ratio(medians[-1] / medians[0]),
        f"{found.slope * 1e9:.3g} ns",
        f"{found.r2:.2f}",
        f"{found.exponent:.2f}",
        f"{found.power_r2:.2f}",
    )
