"""``python -m benchmarks.notebooks FOLDER``: unmodified notebooks, on python3 and on isokernel.

Each notebook of the folder is executed by nbclient on both kernels. It tells which completed, where what they printed
differs first (texts and results, but for addresses, times and what is below), and the seconds, kernel start included.
Notebooks that draw random numbers without a seed differ between two runs of one kernel, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from isokernel.check import cells, running
from isokernel.check.printed import difference as differing
from isokernel.check.printed import printed
from isokernel.check.volatile import Volatile

KERNELS = ("python3", "isokernel")
SECONDS = 300  # for one cell


@dataclass(frozen=True, slots=True)
class Executed:
    """One notebook on one kernel: what each cell printed, the error that ended it or '', seconds."""

    printed: list[str]
    error: str
    seconds: float


def execute(path: Path, kernel: str) -> Executed:
    """Execute a notebook in a folder of its own."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory(prefix="isokernel-notebooks-") as folder:
        run = running.execute(notebook, kernel, Path(folder), timeout=SECONDS)
    volatile = Volatile([cell.tree for cell in cells.read(notebook)])
    texts = [volatile.without(n, printed(outputs)) for n, outputs in enumerate(run.outputs.values())]
    stop = run.stop
    error = "" if stop is None else " ".join(f"{stop.kind} {stop.ename} {stop.evalue}".split()[:40])
    return Executed(texts, error, run.seconds)


def difference(there: Executed, here: Executed) -> str:
    """The first cell in which they differ, with the lines; '' if there is none."""
    for number, (one, other) in enumerate(zip(there.printed, here.printed), 1):
        if (seen := differing(one, other)) is not None:
            return f"code cell {number}: {seen.one[:140]} | {seen.other[:140]}"
    return ""


def main() -> int:
    """Execute all notebooks; 0 if isokernel completed all that python3 completed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notebooks", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="*", metavar="PATTERN")
    options = parser.parse_args()
    worse, total = 0, dict.fromkeys(KERNELS, 0.0)
    for path in sorted(options.folder.glob(f"{options.only}.ipynb")):
        found = {kernel: execute(path, kernel) for kernel in KERNELS}
        there, here = (found[kernel] for kernel in KERNELS)
        for kernel in KERNELS:
            total[kernel] += found[kernel].seconds
        told = {True: "completed", False: "stopped"}
        print(
            f"{path.stem:44} python3 {told[not there.error]:9} {there.seconds:6.1f} s"
            f"   isokernel {told[not here.error]:9} {here.seconds:6.1f} s"
        )
        for what, text in (("python3", there.error), ("isokernel", here.error), ("first", difference(there, here))):
            if text:
                print(f"    {what}: {text[:300]}")
        sys.stdout.flush()
        worse += bool(here.error and not there.error)
    print(f"all: python3 {total['python3']:.0f} s, isokernel {total['isokernel']:.0f} s")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())
