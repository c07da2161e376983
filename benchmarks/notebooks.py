"""``python -m benchmarks.notebooks CHECKOUT...``: unmodified notebooks, on python3 and on isokernel.

Of each checkout those of `benchmarks.chosen` are executed, or where it has none of them, all that lie in the folder, by
nbclient on both kernels. It tells which completed, where what they printed differs first (texts and results, but for
addresses, times and what is below), the seconds, kernel start included, and the memory held after the last cell.
Notebooks that draw random numbers without a seed differ between two runs of python3, too: where the two kernels differ,
python3 runs once more, and a cell in which it differs from itself is told as such.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isokernel.check import cells, running
from isokernel.check.printed import difference as differing
from isokernel.check.printed import printed
from isokernel.check.volatile import Volatile

from . import guides, stand_ins
from .chosen import PATHS
from .held import held

KERNELS = ("python3", "isokernel")
SECONDS = 300  # for one cell


@dataclass(frozen=True, slots=True)
class Executed:
    """One notebook on one kernel: what each cell printed, the error that ended it or '', seconds, bytes held then."""

    printed: list[str]
    error: str
    seconds: float
    nbytes: int


def execute(path: Path, kernel: str, environment: Mapping[str, str]) -> Executed:
    """Execute a notebook in a folder of its own."""
    notebook, nbytes = guides.read(path), []
    with tempfile.TemporaryDirectory(prefix="isokernel-notebooks-") as folder:
        run = running.execute(
            notebook,
            kernel,
            Path(folder),
            timeout=SECONDS,
            environment=environment,
            before_end=lambda pid: nbytes.append(held(pid)),
        )
    volatile = Volatile([cell.tree for cell in cells.read(notebook)])
    texts = [volatile.without(n, printed(outputs)) for n, outputs in enumerate(run.outputs.values())]
    stop = run.stop
    error = "" if stop is None else " ".join(f"{stop.kind} {stop.ename} {stop.evalue}".split()[:40])
    return Executed(texts, error, run.seconds, sum(nbytes))


def difference(there: Executed, here: Executed) -> str:
    """The first cell in which they differ, with the lines; '' if there is none."""
    for number, (one, other) in enumerate(zip(there.printed, here.printed), 1):
        if (seen := differing(one, other)) is not None:
            return f"code cell {number}: {seen.one[:140]} | {seen.other[:140]}"
    return ""


def report(path: Path, environment: Mapping[str, str]) -> dict[str, Executed]:
    """Execute a notebook on both kernels, and print what there is to say."""
    found = {kernel: execute(path, kernel, environment) for kernel in KERNELS}
    there, here = found.values()
    told = {True: "completed", False: "stopped"}
    print(
        f"{path.stem:48} python3 {told[not there.error]:9} {there.seconds:6.1f} s {there.nbytes / 1e6:5.0f} MB"
        f"   isokernel {told[not here.error]:9} {here.seconds:6.1f} s {here.nbytes / 1e6:5.0f} MB"
    )
    first = difference(there, here)
    facts = {"python3": there.error, "isokernel": here.error, "first difference": first}
    if first:
        facts["python3 and itself"] = difference(there, execute(path, "python3", environment))
    for what, text in facts.items():
        if text:
            print(f"    {what}: {text[:400]}")
    sys.stdout.flush()
    return found


def paths(checkout: Path, pattern: str) -> list[Path]:
    """The chosen notebooks of a checkout, or where it has none of them, those in the folder."""
    found = [checkout / path for path in PATHS if (checkout / path).exists()] or sorted(checkout.glob("*.ipynb"))
    return [path for path in found if path.match(f"{pattern}.*")]


def main() -> int:
    """Execute all notebooks; 0 if isokernel completed all that python3 completed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notebooks", description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isokernel-stand-ins-") as folder:
        environment = stand_ins.make(Path(folder))
        runs = [report(path, environment) for each in options.checkout for path in paths(each, options.only)]
    done = [found for found in runs if not any(each.error for each in found.values())]
    print(f"{len(done)} of {len(runs)} completed on both:")
    for kernel in KERNELS:
        seconds = sum(found[kernel].seconds for found in done)
        nbytes = sum(found[kernel].nbytes for found in done) / max(1, len(done))
        print(f"    {kernel:9} {seconds:6.0f} s, {nbytes / 1e6:5.0f} MB on average")
    return int(any(found["isokernel"].error and not found["python3"].error for found in runs))


if __name__ == "__main__":
    sys.exit(main())
