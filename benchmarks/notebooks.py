"""``python -m benchmarks.notebooks FOLDER``: unmodified notebooks, on python3 and on isokernel.

Each notebook of the folder is executed by nbclient on both kernels. It tells which completed, where what they printed
differs first (texts and results, but for addresses, times and what is below), and the seconds, kernel start included.
Notebooks that draw random numbers without a seed differ between two runs of one kernel, too.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from isokernel import specs

KERNELS = ("python3", "isokernel")
SECONDS = 300  # for one cell
CHANGING = re.compile(r"0x[0-9a-f]+|\d+(?:\.\d+)?\s*(?:ms|us|µs|μs|ns|s)\b(?:/\w+)?|Cell In\[\d+\]|ETA:?[^\n]*")
OURS = "# %% isolated"


@dataclass(frozen=True, slots=True)
class Executed:
    """One notebook on one kernel: what each cell printed, the error that ended it or '', seconds."""

    printed: list[str]
    error: str
    seconds: float


def execute(path: Path, kernel: str) -> Executed:
    """Execute a notebook in a folder of its own."""
    notebook = nbformat.read(path, as_version=4)
    error, begun = "", time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="isokernel-notebooks-") as folder:
        specs.write(Path(folder) / "isokernel", specs.content())
        manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder]))
        client = NotebookClient(notebook, km=manager, timeout=SECONDS)
        try:
            client.execute(cwd=folder, cleanup_kc=True)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failed:
            error = " ".join(str(failed).split()[-40:])
    seconds = time.perf_counter() - begun
    return Executed([_printed(cell) for cell in notebook.cells if cell.cell_type == "code"], error, seconds)


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
