"""The same cells in an ordinary kernel: nothing is held of it, but ``python -m tests.faults`` tells it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psutil
import pytest
from conftest import Kernel, marked

from isokernel.processes import alive, below

from .cells import CELLS
from .fault import Fault

PATIENCE = 3.0  # seconds until it hangs
# They would take the memory of the whole machine, or end the process that started the kernel.
NOT_HERE = ("--memory", "getppid")
ROWS = [
    pytest.param(fault, id=f"{kind}: {fault.name}")
    for kind, faults in CELLS.items()
    for fault in faults
    if not any(text in fault.options + fault.cell for text in NOT_HERE)
]


@pytest.mark.parametrize("fault", ROWS)
def test_in_an_ordinary_kernel(fault: Fault, start_kernel: Any, record_property: Any) -> None:
    """What becomes of it."""
    kernel = start_kernel("plain")
    kernel.run("x = [1, 2, 3]")
    try:
        record_property("ends", _end(kernel, fault))
    finally:
        for process in [*map(psutil.Process, alive(below(kernel.pid))), *marked(kernel.mark)]:
            with suppress(psutil.Error):
                process.kill()
        kernel.close()


def _end(kernel: Kernel, fault: Fault) -> str:
    if not _answers(kernel, f"x = 'other'\n{fault.cell}"):
        if not _lives(kernel):
            return "dies"
        kernel.manager.interrupt_kernel()
        if not _answers(kernel, "1"):
            return "hangs, whatever one does" if _lives(kernel) else "dies"
        return "hangs, until an interrupt"
    if not _answers(kernel, "1"):
        return "is of no use any more" if _lives(kernel) else "dies"
    return "goes on; processes are left" if alive(below(kernel.pid)) else "goes on"


def _answers(kernel: Kernel, code: str) -> bool:
    with suppress(TimeoutError, RuntimeError):
        return bool(kernel.run(code, timeout=PATIENCE))
    return False


def _lives(kernel: Kernel) -> bool:
    return kernel.manager.provisioner.process.poll() is None
