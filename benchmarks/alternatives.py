"""What do people do instead? The same training cell, same inputs and outputs, by each other way to a fresh process.

All are asked from a notebook: their code is a cell of an ordinary kernel that holds the data. Each is checked: whether
it came to the same losses, and whether the process that it ran in was a new one.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from .harness import Bench, Samples, Way, interleaved
from .kernels import CellError, Kernel, started
from .machine import version
from .report import Answer, Goal, ratio, timings
from .task import DATA, Task, task

ISOLATED, RESTART, FORKSERVER = (
    "isolated",
    "restart the kernel + re-import",
    "multiprocess forkserver, preloaded by hand",
)
READY, FIT = "process with the imports", "training cell"
TOLERANCE = 1e-3  # relative, between losses: another process may add floats up in another order

MODULE = """import json, os, pickle, sys
def ready():
    {imports}
    return os.getpid()
def fit(x, y):
    {body}
    return losses, weights, os.getpid()
if __name__ == "__main__":
    name, arguments = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(globals()[name](*arguments)))
"""
"""What most of them need: the cell as a module, because a function of a notebook can't be pickled."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way, as cells of a notebook.

    Attributes
    ----------
    package : str
        What must be importable for it.
    setup, end : str
        Once.
    call : str
        An expression: ``{function}`` of the module, called with the arguments ``{arguments}`` (a tuple's text), in a
        fresh process.
    """

    name: str
    package: str
    call: str
    setup: str = ""
    end: str = ""


ALTERNATIVES = (
    Alternative(
        "subprocess",
        "subprocess",
        "pickle.loads(subprocess.run([sys.executable, 'module.py'], input=pickle.dumps(({function}.__name__, "
        "{arguments})), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)",
        "import pickle, subprocess, sys",
    ),
    Alternative(
        "multiprocess, spawn",
        "multiprocess",
        "applied(spawn.Pool(1), {function}, {arguments})",
        "import multiprocess; spawn = multiprocess.get_context('spawn')\n"
        "def applied(pool, function, arguments):\n    with pool: return pool.apply(function, arguments)",
    ),
    Alternative(
        FORKSERVER,
        "multiprocess",
        "applied_there(forking.Pool(1), {function}, {arguments})",
        "import multiprocess; forking = multiprocess.get_context('forkserver')\n"
        "forking.set_forkserver_preload([imported])\n"
        "def applied_there(pool, function, arguments):\n    with pool: return pool.apply(function, arguments)",
    ),
    Alternative(
        "concurrent.futures, spawn",
        "concurrent.futures",
        "submitted(lambda: ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('spawn')), {function}, "
        "{arguments})",
        "import multiprocessing; from concurrent.futures import ProcessPoolExecutor\n"
        "def submitted(make, function, arguments):\n"
        "    with make() as pool: return pool.submit(function, *arguments).result()",
    ),
    Alternative(
        "loky",
        "loky",
        "submitted_there({function}, {arguments})",
        "import loky\ndef submitted_there(function, arguments):\n"
        "    with loky.ProcessPoolExecutor(1) as pool: return pool.submit(function, *arguments).result()",
    ),
    Alternative(
        "ipyparallel, engine restarted",
        "ipyparallel",
        "on_engine({function}, {arguments})",
        "import ipyparallel, logging, os, time\n"
        "cluster = ipyparallel.Cluster(n=1, log_level=logging.ERROR)\n"
        "client = cluster.start_and_connect_sync(activate=False)\n"
        "def on_engine(function, arguments):\n"
        "    before, until = set(client.ids), time.monotonic() + 120\n"
        "    cluster.restart_engines_sync()\n"
        "    while not set(client.ids) - before and time.monotonic() < until: time.sleep(0.02)\n"
        "    engine = client[max(client.ids)]\n"  # the one before is still listed
        "    engine.apply_sync(os.chdir, os.getcwd())\n"
        "    return engine.apply_sync(function, *arguments)",
        "client.close(); cluster.stop_cluster_sync()",
    ),
    Alternative(
        "Ray, max_calls=1",
        "ray",
        "ray.get(remote.remote({function}.__name__, {arguments}))",
        "import ray, os\n"
        "ray.init(num_cpus=1, include_dashboard=False, object_store_memory=200_000_000, log_to_driver=False)\n"
        "here = os.getcwd()\n"
        "@ray.remote(max_calls=1)\n"
        "def remote(name, arguments):\n"
        "    import sys; sys.path.insert(0, here)\n"
        "    import module; return getattr(module, name)(*arguments)",
        "ray.shutdown()",
    ),
)
ABSENT = {"scorep-jupyter": "scorep_jupyter"}
"""Of those that are no library but a kernel of their own, the module that says that they are installed."""


def measure(bench: Bench, alternatives: Sequence[Alternative] = ALTERNATIVES) -> Answer:
    """Answer the question of this module."""
    answer = Answer("alternatives: the same training cell by every other way to a fresh process")
    tensorflow = bool(version("tensorflow")) and not bench.quick
    if not tensorflow:
        answer.notes.append("a cell of numpy's, no TensorFlow: " + ("--quick" if bench.quick else "not installed here"))
    what = task(tensorflow)
    pids: dict[str, list[int]] = {}
    with ExitStack() as stack:
        bench.progress("alternatives: kernels")
        isolating = stack.enter_context(started(preload=None if tensorflow else ("numpy",)))
        restarting = stack.enter_context(started(ordinary=True))
        ordinary = stack.enter_context(started(ordinary=True))
        for kernel in (isolating, restarting, ordinary):
            kernel.seconds(DATA)
        prepare(ordinary, what)
        expected = losses(isolating, what)
        ways = [
            Way(lambda: isolated(isolating, what, expected, pids.setdefault(ISOLATED, []))),
            Way(lambda: restarted(restarting, what, expected, pids.setdefault(RESTART, []))),
        ]
        for each in alternatives:
            bench.progress(f"alternatives: {each.name}")
            if why := unfit(ordinary, each):
                answer.notes.append(f"{each.name}: not measured, {why}")
                continue
            stack.callback(ended, ordinary, each)
            ways.append(
                Way(lambda each=each: asked(ordinary, each, expected, pids.setdefault(each.name, []))),
            )
        for name, module in ABSENT.items():
            try:
                importlib.import_module(module)
                why = "it is a kernel with cells of its own, whose results stay in files"
            except ImportError as error:
                why = f"it can't be imported ({error}); it needs the program `scorep`, no Python package"
            answer.notes.append(f"{name}: not measured, {why}")
        rounds = 1 if bench.quick else 5
        warmup = 0 if bench.quick else 1
        answer.series = interleaved(ways, rounds, warmup=warmup, progress=bench.rounds("alternatives: cells"))
    answer.facts["fresh"] = {name: fresh(each) for name, each in pids.items()}
    evaluate(answer)
    return answer


def prepare(kernel: Kernel, what: Task) -> None:
    """Write the cell as a module, and import it."""
    indented = ["\n    ".join(text.splitlines()) for text in (what.imports, what.body)]
    text = MODULE.format(imports=indented[0], body=indented[1])
    kernel.seconds(f"open('module.py', 'w').write({text!r})\nimport module; imported = {what.imports.split()[1]!r}")


def losses(kernel: Kernel, what: Task) -> list[float]:
    """What the cell comes to."""
    kernel.seconds(what.isolated)
    return kernel.value("losses")


def unfit(kernel: Kernel, each: Alternative) -> str:
    """Why one can't be measured here, after it was set up; '' if it can."""
    cell = kernel.tell(f"import {each.package}\n{each.setup}")
    return cell.error[:300]


def ended(kernel: Kernel, each: Alternative) -> None:
    """Its processes, too."""
    if each.end:
        with suppress(CellError):  # the kernel's end, which comes next, ends them likewise
            kernel.seconds(each.end)


def isolated(kernel: Kernel, what: Task, expected: list[float], pids: list[int]) -> Samples:
    """Both in isokernel: a process with the imports, and the training cell."""
    yield f"{READY}: {ISOLATED}", kernel.seconds(f"%%isolated -o pid\n{what.imports}\nimport os; pid = os.getpid()")
    pids.append(kernel.value("pid"))
    code = what.isolated.replace("weights", "weights,pid", 1) + "\nimport os; pid = os.getpid()"
    yield f"{FIT}: {ISOLATED}", kernel.seconds(code)
    pids.append(kernel.value("pid"))
    checked(kernel, expected, ISOLATED)


def restarted(kernel: Kernel, what: Task, expected: list[float], pids: list[int]) -> Samples:
    """What most do: the menu's "Restart", and the cells from the top."""
    again = kernel.restart()
    pids.append(kernel.value("__import__('os').getpid()"))
    yield f"{READY}: {RESTART}", again + kernel.seconds(what.imports)
    again = kernel.restart()
    pids.append(kernel.value("__import__('os').getpid()"))
    yield f"{FIT}: {RESTART}", again + kernel.seconds(DATA) + kernel.seconds(what.body)
    checked(kernel, expected, RESTART)


def asked(kernel: Kernel, each: Alternative, expected: list[float], pids: list[int]) -> Samples:
    """Both by a library."""
    call = each.call.format(function="module.ready", arguments="()")
    yield f"{READY}: {each.name}", kernel.seconds(f"pid = {call}")
    pids.append(kernel.value("pid"))
    call = each.call.format(function="module.fit", arguments="(x, y)")
    yield f"{FIT}: {each.name}", kernel.seconds(f"losses, weights, pid = {call}")
    pids.append(kernel.value("pid"))
    checked(kernel, expected, each.name)


def checked(kernel: Kernel, expected: list[float], name: str) -> None:
    """Whether what it left is what the cell comes to.

    Raises
    ------
    CellError
    """
    found = kernel.value("losses")
    if len(found) != len(expected) or any(abs(a - b) > TOLERANCE * abs(b) for a, b in zip(found, expected)):
        raise CellError(f"{name} came to the losses {found}, isolated to {expected}: they didn't run the same cell")


def fresh(pids: Sequence[int]) -> bool:
    """Whether no process was had twice."""
    return len(set(pids)) == len(pids)


def evaluate(answer: Answer) -> None:
    """Tables and goals of what was measured."""
    names = [name.partition(": ")[2] for name in answer.series if name.startswith(READY)]
    for what in (READY, FIT):
        series = {name: answer.series[f"{what}: {name}"] for name in names}
        answer.tables.append(timings(f"Seconds from request to idle: {what}", series, ISOLATED))
    answer.notes += [
        f"{name}: NOT a fresh process each time" for name, is_so in answer.facts["fresh"].items() if not is_so
    ]
    rivals = {
        name: answer.series[f"{READY}: {name}"]
        for name in names
        if name not in (ISOLATED, FORKSERVER) and answer.facts["fresh"][name]
    }
    quickest = min(rivals, key=lambda name: rivals[name].median)
    gain = rivals[quickest].over(answer.series[f"{READY}: {ISOLATED}"])
    answer.goals.append(
        Goal(f"a process with the imports, {quickest} (the quickest) over isolated", gain, 100, "x", True)
    )
    if FORKSERVER in names:
        more = answer.series[f"{READY}: {FORKSERVER}"].over(answer.series[f"{READY}: {ISOLATED}"])
        answer.notes.append(
            f"{FORKSERVER} forks a process that has the imports, as isokernel does ({ratio(more)} isolated); "
            "it isn't among those that the goal is about, which import anew"
        )
