"""What does it hold? Memory of the kernel's processes, idle and at work, beside ordinary kernels.

Pages that processes share are counted once (PSS), so a template and its forks are not paid twice. An ordinary kernel
that has imported TensorFlow holds what isokernel's template does; in a notebook without a framework isokernel's comes
down to ipykernel's once the template's idle time is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial

import psutil

from .harness import Bench, Series, stopwatch
from .held import held, others, parts
from .kernels import Kernel, started
from .machine import version
from .report import Answer, Goal, Table, ratio, size
from .task import DATA, task

TRAININGS = 10
IDLE, QUICK_IDLE = 20.0, 3.0  # seconds until the template ends, where that is waited for: its imports take less
GONE = 60.0  # seconds in which it must be gone
AT_ONCE = 30  # kernels
SHARE = 0.6  # of the free memory that kernels started at once may take
LOOK = 2.0  # seconds that the cell's process stays for after its training, to be looked at
ORDINARY, PLAIN = "ordinary kernel, framework imported", "ordinary kernel, nothing imported"


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    answer = Answer("memory: what the kernel's processes hold")
    tensorflow = bool(version("tensorflow")) and not bench.quick
    if not tensorflow:
        answer.notes.append("a cell of numpy's, no TensorFlow: " + ("--quick" if bench.quick else "not installed here"))
    preload = None if tensorflow else ("numpy",)
    what, found, roles = task(tensorflow), {}, {}
    bench.progress("memory: an ordinary kernel")
    with started(ordinary=True) as kernel:
        found[PLAIN] = held(kernel.pid)
        kernel.seconds(f"{DATA}\n{what.imports}")
        found[ORDINARY] = held(kernel.pid)
        if strangers := others("tensorflow", kernel.pid) if tensorflow else 0:
            answer.notes.append(
                f"{strangers} other processes of this machine had TensorFlow's libraries mapped: their pages count in "
                "part only, and these figures can't be compared; ask again when they are gone"
            )
        kernel.seconds(what.body)
        found["ordinary kernel, after a training"] = held(kernel.pid)
        for _ in range(TRAININGS - 1):
            kernel.seconds(what.body)
        found[f"ordinary kernel, after {TRAININGS} trainings"] = held(kernel.pid)
    bench.progress("memory: isokernel")
    with started(preload=preload) as kernel:
        kernel.seconds("%%isolated\npass")
        found["isokernel, idle"], roles["idle"] = held(kernel.pid), by_role(parts(kernel.pid))
        kernel.seconds(DATA)
        with ThreadPoolExecutor(1) as pool:
            slow = what.isolated.replace("weights", "weights,pid", 1)
            slow += f"\nimport os, time; pid = os.getpid(); time.sleep({LOOK})"
            working, highest = pool.submit(kernel.seconds, slow), {}
            while not working.done():
                highest = max(highest, parts(kernel.pid), key=total)
                time.sleep(LOOK / 10)
            working.result()
        found["isokernel, at work, at most"] = total(highest)
        roles["at work"] = by_role(highest, kernel.value("pid"))
        for _ in range(TRAININGS - 1):
            kernel.seconds(what.isolated)
        found[f"isokernel, after {TRAININGS} trainings"] = held(kernel.pid)
    bench.progress("memory: after the template's idle time")
    idle = IDLE if tensorflow else QUICK_IDLE
    with started(preload=preload, options=[f"--IsoKernel.idle={idle}"]) as kernel:
        kernel.seconds(DATA)
        found["isokernel, no framework, template over"] = bare(kernel)
    with started(ordinary=True) as kernel:
        kernel.seconds(DATA)
        found["ordinary kernel, no framework"] = held(kernel.pid)
    rows = tuple((name, size(n), ratio(n / found[ORDINARY])) for name, n in found.items())
    answer.tables.append(
        Table("Held (PSS and memory files), all processes of a kernel", ("", "held", "/ imported"), rows)
    )
    answer.tables.append(
        Table(
            "Of it, process by process (PSS)",
            ("", *roles),
            tuple(
                (role, *(size(each.get(role, 0)) for each in roles.values()))
                for role in dict.fromkeys(role for each in roles.values() for role in each)
            ),
        )
    )
    answer.facts |= {"held": found, "processes": roles}
    over = found["isokernel, idle"] / found[ORDINARY]
    answer.goals.append(Goal("kernel + template + standby over an ordinary kernel that imported it", over, 1.1, "x"))
    over = found["isokernel, no framework, template over"] / found["ordinary kernel, no framework"]
    answer.goals.append(Goal("no framework, template over, over ipykernel's", over, 1.2, "x"))
    at_once(answer, bench, preload, found["isokernel, idle"])
    return answer


def total(processes: dict[int, tuple[str, int]]) -> int:
    """Bytes of all."""
    return sum(nbytes for _, nbytes in processes.values())


def by_role(processes: dict[int, tuple[str, int]], worker: int | None = None) -> dict[str, int]:
    """Bytes of each role: two standbys' together."""
    found: dict[str, list[int]] = {}
    for pid, (role, nbytes) in processes.items():
        found.setdefault("worker" if pid == worker else role, []).append(nbytes)
    return {role: sum(sizes) for role, sizes in sorted(found.items())}


def bare(kernel: Kernel) -> int:
    """Bytes held once the template has ended.

    Raises
    ------
    TimeoutError
        Where it doesn't.
    """
    until = time.monotonic() + GONE
    while any("forkserver" in " ".join(each.cmdline()) for each in psutil.Process(kernel.pid).children()):
        if time.monotonic() > until:
            raise TimeoutError(f"a template whose idle time is over is still there after {GONE:g} s")
        time.sleep(0.2)
    return held(kernel.pid)


def at_once(answer: Answer, bench: Bench, preload: tuple[str, ...] | None, each: int) -> None:
    """Many kernels that start together, against one: the seconds until a kernel answers, and what they hold."""
    fit = int(psutil.virtual_memory().available * SHARE / each)
    count = min(3 if bench.quick else AT_ONCE, max(fit, 2))
    bench.progress(f"memory: {count} kernels at once")
    for name, ordinary in (("ordinary", True), ("isokernel", False)):
        start = partial(started, ordinary=ordinary, preload=None if ordinary else preload)
        (alone,), _ = together(start, 1)
        waited, seconds = together(start, count)
        answer.series[f"{name}, one kernel ready"] = Series(((alone,),))
        answer.series[f"{name}, {count} at once, each ready"] = Series((tuple(waited),))
        answer.facts[f"{name}, {count} at once"] = {"seconds": seconds, "slowest over one": max(waited) / alone}
    one, many = (answer.facts[f"{name}, {count} at once"]["slowest over one"] for name in ("ordinary", "isokernel"))
    answer.goals.append(
        Goal(f"slowest of {count} kernels started at once, over the same of ordinary ones", many / one, 2, "x")
    )
    if count < AT_ONCE and not bench.quick:
        answer.notes.append(f"{count} kernels at once, not {AT_ONCE}: no more fit into the free memory")


def together(start: Callable[[], AbstractContextManager[Kernel]], count: int) -> tuple[list[float], float]:
    """Start kernels at the same moment: seconds until each answers a cell, and until all do. They are gone then."""

    def begun(_: int) -> float:
        with stopwatch() as watch:
            stack.enter_context(start()).seconds("pass")
        return watch.seconds

    with ExitStack() as stack, ThreadPoolExecutor(count) as pool, stopwatch() as all_ready:
        waited = list(pool.map(begun, range(count)))
    return waited, all_ready.seconds
