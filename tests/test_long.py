"""End to end: a long life. A thousand runs in one kernel, and it is as it was after the first fifty."""

from __future__ import annotations

import os
import statistics
from pathlib import Path

import psutil
import pytest
from conftest import Kernel

RUNS = 1000
FIRST = 100  # runs until what is made once has been made
GRAIN = 8_000_000  # bytes that an allocator may hold or not
ARGS = ("--IsoKernel.grace=0.5",)

# Each tenth run interrupted or at its limit, each tenth a death, each tenth an error; the others carry values.
CELLS = (
    "%%isolated -i data -o data\ndata = data + 1",
    "%%isolated -i data -o data\nimport numpy as np\ndata = np.ones_like(data)\ntext = ['x'] * 1000",
    "%%isolated -i data -o data\ndata[0] = 5\n1/0",
    "%%isolated -o made\nmade = {i: str(i) for i in range(10_000)}",
    "%%isolated -i made\nprint(len(made))",
    "%%isolated -o made\nmade = bytearray(5_000_000)\nimport os; os._exit(3)",
    "%%isolated -o lock\nimport threading; lock = threading.Lock(); lock.acquire()",
    "%%isolated --timeout 0.2s -i data\nimport time\nmore = data * 2\ntime.sleep(9)",
    "%%isolated -o data\nimport subprocess; subprocess.Popen(['sleep', '60'])\nimport numpy as np; data = np.zeros(2_500_000)",
    "%%isolated\nimport time\nprint('go')\ntime.sleep(9)",
)


def _template(kernel: Kernel) -> psutil.Process:
    (found,) = [p for p in psutil.Process(kernel.pid).children() if "forkserver" in " ".join(p.cmdline())]
    return found


def _held(kernel: Kernel) -> dict[str, int]:
    """What kernel and template hold, with no garbage, and between runs."""
    kernel.run("import gc; gc.collect()")
    template, found = _template(kernel), {}
    for name, pid in (("kernel", kernel.pid), ("template", template.pid)):
        found[f"{name}, bytes"] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        found[f"{name}, descriptors"] = len(os.listdir(f"/proc/{pid}/fd"))
        found[f"{name}, threads"] = len(os.listdir(f"/proc/{pid}/task"))
    found["processes"] = len(psutil.Process(kernel.pid).children(recursive=True))
    return found


def _settled(kernel: Kernel) -> dict[str, int]:
    """The same when two standbys wait."""
    while len(_template(kernel).children()) != 2:
        kernel.run("import time; time.sleep(0.1)")
    kernel.run("import time; time.sleep(0.3)")
    return _held(kernel)


def _costs(*kernels: Kernel) -> list[float]:
    """Seconds of an isolated cell that does nothing, in each; in turns, because others use the machine, too."""
    found = [[kernel.run("%%isolated\n1").seconds for kernel in kernels] for _ in range(60)]
    return [statistics.median(each) for each in zip(*found)]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_runs_leave_a_kernel_as_it_was(start_kernel):
    """Memory, descriptors, threads and processes of kernel and template are flat, and a start costs what it does in a new one."""
    kernel = start_kernel(args=ARGS)
    kernel.run("import numpy as np\ndata = np.zeros(2_500_000)\nprint('x' * 1_000_000)")
    interrupted = []

    def on_message(message):
        if message["msg_type"] == "stream" and message["content"]["text"] == "go\n":
            interrupted.append(message)
            kernel.manager.interrupt_kernel()

    def live(runs: int) -> None:
        for number in range(runs):
            reply = kernel.run(CELLS[number % len(CELLS)], on_message=on_message)
            expected = ("", "", "ZeroDivisionError", "", "", "WorkerDied", "UnpackableOutput", "LimitExceeded", "",
                        "KeyboardInterrupt")  # fmt: skip
            assert reply.content.get("ename", "") == expected[number % len(CELLS)], reply.error

    live(FIRST)
    before = _settled(kernel)
    live(RUNS - FIRST)
    after, fresh = _settled(kernel), start_kernel(args=ARGS)
    seconds, first = _costs(kernel, fresh)
    print(
        {name: (before[name], after[name]) for name in before}, f"start: {seconds:.4f} s, of a new kernel {first:.4f} s"
    )
    assert len(interrupted) == RUNS // len(CELLS)
    for name, then in before.items():
        most = 1.05 * then + GRAIN if name.endswith("bytes") else then
        assert after[name] <= most, (name, before, after)
    assert seconds < 1.2 * first + 0.002, (seconds, first)
    kernel.close()
