"""Rows: what is done to processes from outside."""

from __future__ import annotations

import os
import signal
import textwrap
import time

import psutil
from conftest import Kernel, Reply

from isokernel.processes import below, children

from .cells import BRIEF, KILLED, LOCK
from .fault import Fault
from .stage import _python

RUNS = "import time\nprint('go')\ntime.sleep(0.6)"
SLEEPS = "import time\nprint('go')\ntime.sleep(60)"
HANGS = LOCK
PACKS = f"class Bad:\n  def __reduce__(self):\n{textwrap.indent(LOCK, '    ')}\nx = Bad()"
DAEMON = "import os, time\nif not os.fork():\n    os.setsid(); time.sleep(60); os._exit(0)\n"
DEAF = "import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nprint('go')\ntime.sleep(60)"


def template(kernel: Kernel) -> psutil.Process:
    """The kernel's template."""
    found = [psutil.Process(pid) for pid in children(_python(kernel.pid))]
    (one,) = [each for each in found if "forkserver" in " ".join(each.cmdline())]
    return one


def standbys(kernel: Kernel) -> list[psutil.Process]:
    """Copies of the template; while a cell runs, its own is the first."""
    return sorted(template(kernel).children(), key=lambda process: process.pid)


def running(kernel: Kernel) -> psutil.Process:
    """The process that runs a cell: the one that has been interrupted by nothing but its own sleep."""
    return standbys(kernel)[0]


def kill(*processes: psutil.Process, number: int = signal.SIGKILL) -> None:
    """Send a signal."""
    for process in processes:
        process.send_signal(number)


def _killed(what, number: int = signal.SIGKILL):
    def act(kernel: Kernel) -> None:
        found = what(kernel)
        kill(*(found if isinstance(found, list) else [found]), number=number)

    return act


def _everything(kernel: Kernel) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in below(_python(kernel.pid))]


def _interrupts(times: int):
    def act(kernel: Kernel) -> None:
        for _ in range(times):
            kernel.manager.interrupt_kernel()
            time.sleep(0.02)

    return act


def _stopped_and_interrupted(kernel: Kernel) -> None:
    kill(running(kernel), number=signal.SIGSTOP)
    _interrupts(2)(kernel)


def _group(kernel: Kernel) -> None:
    os.killpg(os.getpgid(_python(kernel.pid)), signal.SIGKILL)


def _kernel(number: int = signal.SIGKILL):
    return lambda kernel: os.kill(_python(kernel.pid), number)


def _kernel_and_template(kernel: Kernel) -> None:
    kill(psutil.Process(_python(kernel.pid)), template(kernel))


def _shutdown(kernel: Kernel) -> None:
    kernel.manager.shutdown_kernel(now=False)


def _frozen_for_a_second(kernel: Kernel) -> None:
    os.kill(_python(kernel.pid), signal.SIGSTOP)
    time.sleep(1)
    os.kill(_python(kernel.pid), signal.SIGCONT)


def _nobody_listens(kernel: Kernel) -> None:
    kernel.client.stop_channels()
    time.sleep(0.8)
    kernel.client = kernel.manager.client()
    kernel.client.start_channels()
    kernel.client.wait_for_ready(timeout=10)


def _in_mid_run(cell: str, act):
    """Begin a cell, wait for its output, act, and don't wait for it: who asked for it is not to be told any more."""

    def both(kernel: Kernel) -> Reply | None:
        kernel.client.execute(f"%%isolated\n{cell}")
        while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass
        return act(kernel)

    return both


KILL = r"killed \(SIGKILL\) from outside"
PROCESSES = (
    Fault("the template is killed, idle", act=_killed(template), sample=True),
    Fault("the template is killed in mid-run", RUNS, ename="", act=_killed(template), sample=True),
    Fault("the template is asked to end (SIGTERM), idle", act=_killed(template, signal.SIGTERM)),
    Fault("the template is killed in mid-run, and the cell crashes", DAEMON + RUNS + "\nos.abort()", "unknown|abort",
          act=_killed(template)),
    Fault("the standbys are killed", act=_killed(standbys), sample=True),
    Fault("the standbys are killed in mid-run", RUNS, ename="", act=lambda k: kill(*standbys(k)[1:])),
    Fault("all below the kernel is killed, idle", act=_killed(_everything)),
    Fault("all below the kernel is killed in mid-run", SLEEPS, "unknown|SIGKILL", act=_killed(_everything)),
    Fault("the cell's process is killed from outside", SLEEPS, KILL, act=_killed(running), sample=True),
    Fault("the cell's process is asked to end", SLEEPS, "somebody asked it to end", act=_killed(running, 15)),
    Fault("the cell's process is stopped, and interrupted twice", SLEEPS, "second interrupt",
          act=_stopped_and_interrupted),
    Fault("one interrupt", SLEEPS, "", "KeyboardInterrupt", act=_interrupts(1)),
    Fault("one interrupt, which the cell ignores", DEAF, r"did not react to an interrupt for 0\.5 s", act=_interrupts(1)),
    Fault("one interrupt, of C code that holds the interpreter", HANGS, r"did not react to an interrupt for 0\.5 s",
          act=_interrupts(1), sample=True),
    Fault("two interrupts, a result's packing hangs in C code", PACKS, "second interrupt while its results were being packed",
          act=_interrupts(2)),
    Fault("two interrupts, which the cell ignores", DEAF, "second interrupt", act=_interrupts(2)),
    Fault("twenty interrupts", SLEEPS, "", "(KeyboardInterrupt|WorkerDied)", act=_interrupts(20)),
    Fault("the kernel stands still for a second", RUNS, ename="", act=_frozen_for_a_second),
    Fault("all below the kernel is stopped in mid-run", RUNS, KILLED, "LimitExceeded", BRIEF,
          act=lambda k: [kill(running(k), number=19)]),
    Fault("nobody listens for a while", act=_in_mid_run("import time\nprint('go')\ntime.sleep(0.4)", _nobody_listens)),
)  # fmt: skip

ENDS = (
    Fault("the kernel is killed, idle", act=_kernel(), fatal=True),
    Fault("the kernel is killed in mid-run", cell=SLEEPS, act=_kernel(), fatal=True, sample=True),
    Fault("the kernel is killed, C code holds the cell's interpreter", cell=HANGS, act=_kernel(), fatal=True),
    Fault("the kernel is killed, the cell has a daemon", cell=DAEMON + SLEEPS, act=_kernel(), fatal=True),
    Fault("the kernel's process group is killed in mid-run", cell=SLEEPS, act=_group, fatal=True, sample=True),
    Fault("the kernel's process group is killed, C code holds the cell's interpreter", cell=HANGS, act=_group, fatal=True),
    Fault("kernel and template are killed in mid-run", cell=SLEEPS, act=_kernel_and_template, fatal=True),
    Fault("the kernel is asked to end (SIGTERM) in mid-run", cell=SLEEPS, act=_kernel(15), fatal=True),
    Fault("the kernel crashes in mid-run", cell=SLEEPS, act=_kernel(11), fatal=True),
    Fault("shutdown, idle", act=_shutdown, fatal=True),
    Fault("shutdown in mid-run", cell=SLEEPS, act=_shutdown, fatal=True, sample=True),
    Fault("shutdown, the cell ignores all signals", cell=DEAF, act=_shutdown, fatal=True),
    Fault("shutdown, C code holds the cell's interpreter", cell=HANGS, act=_shutdown, fatal=True),
    Fault("shutdown, the cell has a daemon", cell=DAEMON + SLEEPS, act=_shutdown, fatal=True),
    Fault("restart in mid-run", cell=SLEEPS, act=lambda k: k.manager.shutdown_kernel(restart=True), fatal=True),
)  # fmt: skip

OUTSIDE = {"From outside": PROCESSES, "The kernel's own end": ENDS}
