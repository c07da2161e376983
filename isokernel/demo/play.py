"""Executing the notebook on one kernel, through a real Jupyter client, with a line for each cell as it ends.

Both kernels run on the Python that runs the demo, whatever kernelspecs are installed: where somebody has made isokernel
the standard kernel ``python3``, the comparison would otherwise be of isokernel with itself.
"""

from __future__ import annotations

import os
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .. import specs
from .evidence import about

SECONDS = 600  # for one cell; the longest takes about 10
LAST_WORDS = 2000  # characters of a dead kernel's standard error that are shown

# Else TensorFlow's C++ log tells in both notebooks, and each time, which GPU libraries it didn't find.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


class StoppedError(Exception):
    """The notebook couldn't be executed to its end."""


def notebook() -> nbformat.NotebookNode:
    """The demo's notebook as it is shipped, without outputs."""
    return nbformat.reads((files(__package__) / "article.ipynb").read_text(encoding="utf-8"), as_version=4)


def execute(kernel: str, file: Path) -> nbformat.NotebookNode:
    """Execute the notebook on a kernel, and write it to a file with its outputs.

    Parameters
    ----------
    kernel : {'python3', 'isokernel'}
    file : Path
        Written whatever happens, with what there was by then.

    Raises
    ------
    StoppedError
        If a cell failed that isn't tagged as one that may, or the kernel died.
    """
    executed = notebook()
    with tempfile.TemporaryDirectory(prefix="isokernel-demo-") as folder, tempfile.TemporaryFile("w+") as log:
        specs.write(Path(folder) / "isokernel", specs.content())
        manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder]))
        executed.metadata.kernelspec = {
            "name": kernel, "display_name": manager.kernel_spec.display_name, "language": "python"
        }  # fmt: skip
        client = NotebookClient(executed, km=manager, timeout=SECONDS, **progress(kernel, executed))
        try:
            # cleanup_kc: a kernel that nbclient didn't choose it would else keep, and its GPU with it, until we exit.
            client.execute(cwd=str(file.parent), env={**os.environ, **QUIET}, stderr=log, cleanup_kc=True)
        except CellExecutionError as error:
            raise StoppedError(f"the notebook stopped on {kernel}, and is in {file}.\n{error}") from error
        except (CellTimeoutError, DeadKernelError, RuntimeError) as error:  # RuntimeError: the kernel didn't start
            raise StoppedError(f"{kernel} stopped, and the notebook is in {file}.\n{error}\n{_end(log)}") from error
        finally:
            nbformat.write(executed, file)
    return executed


def progress(kernel: str, executed: nbformat.NotebookNode) -> dict[str, Any]:
    """nbclient's hooks that print a line for each code cell: kernel, how far, what, seconds."""
    count = sum(cell.cell_type == "code" for cell in executed.cells)
    done, begun = 0, 0.0

    def started(cell: nbformat.NotebookNode, cell_index: int) -> None:
        nonlocal begun
        begun = time.perf_counter()

    def ended(cell: nbformat.NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        nonlocal done
        done += 1
        print(f"{kernel:9} {done:2}/{count}  {time.perf_counter() - begun:5.1f} s  {about(cell)}", flush=True)

    return {"on_cell_start": started, "on_cell_executed": ended}


def _end(log: TextIO) -> str:
    log.seek(0)
    return log.read()[-LAST_WORDS:].strip()
