"""Running a notebook top to bottom on one kernel, for what its cells print; the file itself is never written.

Both kernels run on the Python that asks, whatever kernelspecs are installed. The kernel has ended when a function here
returns or raises, also where it is interrupted.
"""

from __future__ import annotations

import asyncio
import copy
import os
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from .. import specs

ORDINARY, ISOLATED = "python3", "isokernel"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """What ended a run before its last cell.

    Parameters
    ----------
    index : int
        The cell's place among all cells; -1 where the kernel didn't start.
    kind : {'error', 'timeout', 'died', 'start'}
    ename, evalue : str
        The exception's; for other kinds what is known.
    """

    index: int
    kind: str
    ename: str = ""
    evalue: str = ""


@dataclass(frozen=True, slots=True)
class Executed:
    """One run of a notebook.

    Parameters
    ----------
    kernel : {'python3', 'isokernel'}
    outputs : dict of int to list
        Of each code cell that was run, by its place among all cells.
    stop : Stop or None
    seconds : float
        The start of the kernel included, but not its end.
    """

    kernel: str
    outputs: dict[int, list[Any]]
    stop: Stop | None
    seconds: float


def hash_seed() -> str:
    """PYTHONHASHSEED of every run: sets are then in one order, and two runs can be compared."""
    given = os.environ.get("PYTHONHASHSEED", "")
    return given if given.isdecimal() else "0"


def code_cells(notebook: NotebookNode) -> list[int]:
    """The places of cells that are run: Jupyter leaves out empty ones, and nbclient those tagged so."""
    return [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in cell.metadata.get("tags", [])
    ]


def execute(
    notebook: NotebookNode,
    kernel: str,
    folder: Path,
    *,
    timeout: int = 0,
    end: int | None = None,
    options: Sequence[str] = (),
    between: str = "",
    progress: Progress = lambda kernel, done, count: None,
    environment: Mapping[str, str] = MappingProxyType({}),
    before_end: Callable[[int], None] = lambda pid: None,
) -> Executed:
    """Run a notebook's cells on a fresh kernel.

    Parameters
    ----------
    notebook : NotebookNode
        Left as it is.
    kernel : {'python3', 'isokernel'}
    folder : Path
        The working directory: the notebook's own, as in Jupyter.
    timeout : int
        Seconds that one cell may take; 0 for no limit.
    end : int or None
        Run the cells before this place only.
    options : sequence of str
        More words on the kernel's command line.
    between : str
        Python that is run silently before each cell.
    progress : callable
        ``progress(kernel, done, count)``, before each cell and at the end.
    environment : mapping of str to str
        Variables that the kernel is started with, beside this process's own.
    before_end : callable
        ``before_end(pid)`` of the kernel, when all cells have gone well.

    Raises
    ------
    KeyboardInterrupt
        On an interrupt or a SIGTERM, when the kernel has ended.
    """
    try:
        run = _execute(
            copy.deepcopy(notebook), kernel, folder, timeout, end, options, between, progress, environment, before_end
        )
        return asyncio.run(run)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _execute(
    notebook: NotebookNode,
    kernel: str,
    folder: Path,
    timeout: int,
    end: int | None,
    options: Sequence[str],
    between: str,
    progress: Progress,
    environment: Mapping[str, str],
    before_end: Callable[[int], None],
) -> Executed:
    task, loop, begun = asyncio.current_task(), asyncio.get_running_loop(), time.perf_counter()

    def interrupted() -> None:
        if not task.cancelling():  # a second one must not end the ending of the kernel
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    places = [index for index in code_cells(notebook) if end is None or index < end]
    outputs: dict[int, list[Any]] = {}
    stop: Stop | None = None
    with tempfile.TemporaryDirectory(prefix="isokernel-check-") as own, tempfile.TemporaryFile("w+") as log:
        specs.write(Path(own) / ISOLATED, specs.content())
        manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=KernelSpecManager(kernel_dirs=[own]))
        # In memory: a check is no part of the user's history.
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=timeout or None,
            extra_arguments=["--HistoryManager.hist_file=:memory:", *options],
        )
        index, well, seconds = -1, False, 0.0
        try:
            variables = {**os.environ, "PYTHONHASHSEED": hash_seed(), **environment}
            await client.async_start_new_kernel(cwd=str(folder), env=variables, stderr=log)
            await client.async_start_new_kernel_client()
            for done, index in enumerate(places):
                progress(kernel, done, len(places))
                cell = notebook.cells[index]
                cell.outputs = []
                # As JupyterLab sends them: isokernel has tags of its own.
                client.kc.session.metadata = {"tags": list(cell.metadata.get("tags", []))}
                outputs[index] = cell.outputs
                if between:
                    client.kc.execute(between, silent=True)
                try:
                    await client.async_execute_cell(cell, index)
                finally:
                    outputs[index] = cell.outputs
            well, seconds = True, time.perf_counter() - begun
            before_end(manager.provisioner.pid)
        except CellExecutionError as error:
            well, stop = True, Stop(index, "error", error.ename, error.evalue)
        except CellTimeoutError:
            stop = Stop(index, "timeout", evalue=str(timeout))
        except (DeadKernelError, RuntimeError) as error:  # RuntimeError: the kernel didn't start
            if task.cancelling():  # nbclient takes the cancellation of its wait for a death
                raise asyncio.CancelledError from None
            stop = Stop(index, "died" if index >= 0 else "start", type(error).__name__, str(error))
        finally:
            progress(kernel, len(places), len(places))
            await _end(client, manager, at_once=not well)
    return Executed(kernel, outputs, stop, seconds or time.perf_counter() - begun)


async def _end(client: NotebookClient, manager: AsyncKernelManager, at_once: bool) -> None:
    if client.kc is not None:
        client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=at_once)
    else:
        await manager.cleanup_resources()
