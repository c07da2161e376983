"""``python -m benchmarks.notebooks CHECKOUT...``: unmodified notebooks, on python3 and on isokernel.

Of each checkout those of `benchmarks.chosen` are executed, or where it has none of them, all that lie in the folder, by
nbclient on both kernels. It tells which completed, where what they printed differs first (texts and results, but for
addresses, times and what is below), the seconds, kernel start included, and the memory held after the last cell.
Notebooks that draw random numbers without a seed differ between two runs of python3, too: where the two kernels differ,
python3 runs once more, and a cell in which it differs from itself is told as such.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from isokernel import specs

from . import guides, stand_ins
from .chosen import PATHS
from .held import held

KERNELS = ("python3", "isokernel")
SECONDS = 300  # for one cell
CHANGING = re.compile(r"0x[0-9a-f]+|\d+(?:\.\d+)?\s*(?:ms|us|µs|μs|ns|s)\b(?:/\w+)?|Cell In\[\d+\]|ETA:?[^\n]*")
OURS = "# %% isolated"
STOPPED = (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError)  # the last: it never started


@dataclass(frozen=True, slots=True)
class Executed:
    """One notebook on one kernel: what each cell printed, the error that ended it or '', seconds, bytes held then."""

    printed: list[str]
    error: str
    seconds: float
    nbytes: int


def execute(path: Path, kernel: str, environment: Mapping[str, str]) -> Executed:
    """Execute a notebook in a folder of its own."""
    notebook = guides.read(path)
    error, begun, seconds, nbytes = "", time.perf_counter(), 0.0, 0
    with tempfile.TemporaryDirectory(prefix="isokernel-notebooks-") as folder:
        specs.write(Path(folder) / "isokernel", specs.content())
        manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder]))
        client = NotebookClient(notebook, km=manager, timeout=SECONDS)
        try:
            with client.setup_kernel(cwd=folder, cleanup_kc=True, env={**os.environ, **environment}):
                for index, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, index)
                seconds = time.perf_counter() - begun
                nbytes = held(manager.provisioner.pid)
        except STOPPED as failed:
            error = " ".join(str(failed).split()[-40:])
    printed = [_printed(cell) for cell in notebook.cells if cell.cell_type == "code"]
    return Executed(printed, error, seconds or time.perf_counter() - begun, nbytes)


def _printed(cell: nbformat.NotebookNode) -> str:
    texts = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            texts.append(output.text)
        elif output.output_type in ("execute_result", "display_data"):
            text = output.data.get("text/plain", "")
            if not text.startswith(OURS):
                texts.append(f"{text}\n")
        elif output.output_type == "error":
            texts.append(output.ename)
    return CHANGING.sub("~", "".join(texts)).strip()


def difference(there: Executed, here: Executed) -> str:
    """The first cell in which they differ, with the lines; '' if there is none."""
    for number, (one, other) in enumerate(zip(there.printed, here.printed), 1):
        if one != other:
            lines = list(difflib.unified_diff(one.split("\n"), other.split("\n"), n=0, lineterm=""))[3:]
            return f"code cell {number}: " + " | ".join(line[:70] for line in lines[:4])
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
