"""What does a fresh process cost a cell? A cell that does nothing, plain and isolated, in one kernel in one run.

Beside it what it replaces: a fresh interpreter (``--cold``), and restarting the kernel and importing TensorFlow again.
And what a process that is fresh does once: TensorFlow's first op, the first `fit`, imports that isokernel has learned.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from .harness import Bench, Samples, Series, Way, interleaved
from .kernels import Kernel, started
from .machine import version
from .report import Answer, Goal, differences, ratio, timings
from .task import DATA, task

NOTHING = "pass"
ISOLATED = "%%isolated\npass"
COLD = "%%isolated --cold\npass"
IMPORT = "import tensorflow as tf"
FIRST_OP = f"{IMPORT}\nx = tf.constant(1.0) + 1.0"
PAUSE = 0.25  # seconds in which a person has not yet done anything, and a standby gets ready
BURST = 5  # cells one after the other: the later ones can't live on what was prepared before the first

PLAIN, PLAIN_BACK, PLAIN_QUEUED = "plain", "plain, back to back", "plain, queued"
READY, BACK, QUEUED = "isolated", "isolated, back to back", "isolated, queued"
FRESH, RESTART = "isolated --cold", "restart + import tensorflow"
FIT, FIT_WARM = "first fit, isolated", "fit, again in an ordinary kernel"
LEARNED, LEARNED_NOTHING = "learned imports, isolated", "nothing, isolated, after learned imports"
LIBRARIES = ("pandas", "sklearn.linear_model", "matplotlib.pyplot")
REBUILT = 30.0  # seconds, at most, until the next template has what was learned; two until it is begun
OP, OP_PLAIN = "first TensorFlow op, isolated", "first TensorFlow op, after the restart"


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    answer = Answer("start: what a fresh process costs a cell that does nothing")
    tensorflow = bool(version("tensorflow")) and not bench.quick
    if not tensorflow:
        answer.notes.append("without TensorFlow: " + ("--quick" if bench.quick else "it isn't installed here"))
    with ExitStack() as stack:
        bench.progress("start: kernels")
        kernel = stack.enter_context(started(preload=None if tensorflow else ()))
        ways = [Way(lambda: alone(kernel)), Way(lambda: after_a_pause(kernel)), Way(lambda: in_a_row(kernel))]
        rounds = 6 if bench.quick else 60
        ways.append(Way(lambda: [(FRESH, kernel.seconds(COLD))], every=rounds // 6))
        if tensorflow:
            ordinary = stack.enter_context(started(ordinary=True))
            ways += [Way(lambda: first_op(kernel)), Way(lambda: restarted(ordinary), every=rounds // 3)]
            warm = stack.enter_context(started(ordinary=True))
            for each in (kernel, warm):
                each.seconds(DATA)
            warm.seconds(task(True).body)
            ways.append(Way(lambda: first_fit(kernel, warm), every=2))
        if libraries := () if bench.quick else tuple(name for name in LIBRARIES if installed(name)):
            cache = stack.enter_context(tempfile.TemporaryDirectory(prefix="isokernel-benchmark-"))
            learning = stack.enter_context(started(preload=("auto",), cache=cache))
            if learn(learning, libraries):
                ways.append(Way(lambda: learned(learning, libraries), every=3))
            else:
                answer.notes.append(f"learned imports not measured: not preloaded {REBUILT:g} s after the second run")
        else:
            answer.notes.append("learned imports not measured: " + ("--quick" if bench.quick else "none installed"))
        kernel.seconds(ISOLATED)  # waits for the template's imports
        answer.series = interleaved(ways, rounds, progress=bench.rounds("start: cells"))
    evaluate(answer)
    return answer


def alone(kernel: Kernel) -> Samples:
    """A plain cell, as a person runs it."""
    time.sleep(PAUSE)
    yield PLAIN, kernel.seconds(NOTHING)


def after_a_pause(kernel: Kernel) -> Samples:
    """An isolated cell, likewise."""
    time.sleep(PAUSE)
    yield READY, kernel.seconds(ISOLATED)


def in_a_row(kernel: Kernel) -> Samples:
    """Cells that follow one another at once: sent when the one before is done, and all sent together."""
    for name, code in ((PLAIN_BACK, NOTHING), (BACK, ISOLATED)):
        for seconds in [kernel.seconds(code) for _ in range(BURST)][1:]:
            yield name, seconds
    for name, code in ((PLAIN_QUEUED, NOTHING), (QUEUED, ISOLATED)):
        for seconds in kernel.queued(code, BURST)[1:]:
            yield name, seconds


def first_op(kernel: Kernel) -> Samples:
    """What TensorFlow does once in each process, in a worker."""
    time.sleep(PAUSE)
    yield OP, kernel.seconds(f"%%isolated\n{FIRST_OP}")


def restarted(ordinary: Kernel) -> Samples:
    """What people do instead, and TensorFlow's first op there."""
    yield RESTART, ordinary.restart() + ordinary.seconds(IMPORT)
    yield OP_PLAIN, ordinary.seconds(FIRST_OP)


def first_fit(kernel: Kernel, warm: Kernel) -> Samples:
    """The same training cell in a fresh process, and once more in a process that has run it before."""
    time.sleep(PAUSE)
    yield FIT, kernel.seconds(task(True).isolated)
    time.sleep(PAUSE)
    yield FIT_WARM, warm.seconds(task(True).body)


def installed(module: str) -> bool:
    """Whether a module's package is there."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def learn(kernel: Kernel, libraries: Sequence[str]) -> bool:
    """Two runs of a cell, and the time until a third has what they imported: whether it came to that."""
    code = "%%isolated\n" + "\n".join(f"import {name}" for name in libraries)
    for _ in range(2):
        kernel.seconds(code)
    asked = f"%%isolated -o there\nimport sys; there = all(n in sys.modules for n in {tuple(libraries)!r})"
    until = time.monotonic() + REBUILT
    while time.monotonic() < until:
        time.sleep(4)  # longer than the quiet that a template is begun after
        kernel.seconds(asked)
        if kernel.value("there"):
            return True
    return False


def learned(kernel: Kernel, libraries: Sequence[str]) -> Samples:
    """The third and later runs of that cell, beside one that imports nothing in the same kernel."""
    time.sleep(PAUSE)
    yield LEARNED_NOTHING, kernel.seconds(ISOLATED)
    time.sleep(PAUSE)
    yield LEARNED, kernel.seconds("%%isolated\n" + "\n".join(f"import {name}" for name in libraries))


def evaluate(answer: Answer) -> None:
    """Tables and goals of what was measured."""
    series = answer.series
    answer.tables.append(timings("Seconds from a cell's request to the kernel's idle", series, PLAIN))
    overheads = {
        f"no-op cell, {isolated} minus {plain}": series[isolated].minus(series[plain])
        for isolated, plain in ((READY, PLAIN), (BACK, PLAIN_BACK), (QUEUED, PLAIN_QUEUED))
    }
    if LEARNED in series:
        name = "cell of learned imports minus one that does nothing"
        overheads[name] = series[LEARNED].minus(series[LEARNED_NOTHING])
    answer.tables.append(differences("What the isolated cell takes more, within each round", overheads))
    answer.series = series | overheads
    answer.goals += goals(series, overheads)
    for slow in (FRESH, RESTART):
        if slow in series:
            answer.notes.append(f"{slow}: {ratio(series[slow].over(series[READY]))} an isolated no-op cell")


def goals(series: dict[str, Series], overheads: dict[str, Series]) -> Iterator[Goal]:
    """What was to be reached."""
    for name, more in overheads.items():
        if "no-op" in name:
            yield Goal(f"{name}, p50", more.median * 1e3, 5, "ms")
            yield Goal(f"{name}, p95", more.p95 * 1e3, 15, "ms")
        else:
            yield Goal(f"{name}, p50", more.median * 1e3, 50, "ms")
    if RESTART in series:
        yield Goal("restart + import over an isolated no-op cell", series[RESTART].over(series[READY]), 200, "x", True)
    if FIT in series:
        yield Goal("first fit, over the same cell again in a warm kernel", series[FIT].over(series[FIT_WARM]), 1.1, "x")
