"""What does a fresh process cost a cell? A cell that does nothing, plain and isolated, in one kernel in one run.

Beside it what it replaces: a fresh interpreter (``--cold``), and restarting the kernel and importing TensorFlow again.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from .harness import Bench, Samples, Way, interleaved
from .kernels import Kernel, started
from .machine import version
from .report import Answer, Goal, differences, ratio, timings

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


def evaluate(answer: Answer) -> None:
    """Tables and goals of what was measured."""
    series = answer.series
    answer.tables.append(timings("Seconds from a cell's request to the kernel's idle", series, PLAIN))
    overheads = {
        f"{isolated} minus {plain}": series[isolated].minus(series[plain])
        for isolated, plain in ((READY, PLAIN), (BACK, PLAIN_BACK), (QUEUED, PLAIN_QUEUED))
    }
    answer.tables.append(differences("What the isolated cell takes more, within each round", overheads))
    answer.series = series | overheads
    for name, overhead in overheads.items():
        answer.goals.append(Goal(f"no-op cell, {name}, p50", overhead.median * 1e3, 10, "ms"))
    for slow in (FRESH, RESTART):
        if slow in series:
            answer.notes.append(f"{slow}: {ratio(series[slow].over(series[READY]))} an isolated no-op cell")
