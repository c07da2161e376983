"""What does a notebook pay that declares nothing? Twenty cells with a large model, on isokernel and on python3.

Cells that touch the framework run in processes of their own, with what they read; a cell that reads the model has it
carried to it, and one that changes it has it carried back. Beside them cells that use the framework without the model,
and plain ones: the difference is what carrying costs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack

from .harness import Bench, Samples, Way, interleaved
from .kernels import Kernel, started
from .machine import version
from .report import Answer, Goal, Table, differences, duration, ratio, size
from .task import DATA

NBYTES, QUICK_NBYTES = 1 << 30, 8 << 20
TIMES = 4  # that each kind of cell comes after the first four: 20 cells
FIRST, WITHOUT, READS, CHANGES, PLAIN = "set-up", "without the model", "reads the model", "changes the model", "plain"
KINDS = (WITHOUT, READS, CHANGES, PLAIN)
HERE, THERE = "isokernel", "python3"


def cells(nbytes: int, tensorflow: bool) -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell; without TensorFlow, of a notebook of the same shape in numpy."""
    width = math.isqrt(nbytes // 4)
    if tensorflow:
        yield FIRST, "import tensorflow as tf"
        yield FIRST, DATA
        yield (
            FIRST,
            (
                "model = tf.keras.Sequential([tf.keras.layers.Input((64,)), "
                f"tf.keras.layers.Dense({width}), tf.keras.layers.Dense({width}), tf.keras.layers.Dense(1)])"
            ),
        )
        yield FIRST, "model.compile('sgd', 'mse')"
        texts = (
            "total = float(tf.reduce_sum(tf.constant(x[:8])))",
            "answer = float(model(x[:1])[0, 0])",
            "loss = model.train_on_batch(x[:1], y[:1])",
            "rows = len(x)",
        )
    else:
        yield FIRST, "import numpy as np"
        yield FIRST, DATA
        yield FIRST, f"model = [np.ones(({width}, {width}), 'float32')]"
        yield FIRST, "rate = 0.1"
        texts = ("total = float(x[:8].sum())", "answer = float(model[0].sum())", "model[0] += rate", "rows = len(x)")
    for _ in range(TIMES):
        yield from zip(KINDS, texts, strict=True)


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    tensorflow = bool(version("tensorflow")) and not bench.quick
    nbytes = QUICK_NBYTES if bench.quick else NBYTES
    answer = Answer(f"notebook: twenty cells that declare nothing, with a model of {size(nbytes)}")
    options = []
    if not tensorflow:
        answer.notes.append("cells of numpy's, all of them isolated; no TensorFlow")
        options.append("--IsoKernel.isolate=all")
    notebook = tuple(cells(nbytes, tensorflow))
    with ExitStack() as stack:
        bench.progress("notebook: kernels")
        preload = None if tensorflow else ("numpy",)
        here = stack.enter_context(started(preload=preload, options=options))
        there = stack.enter_context(started(ordinary=True))
        ways = [Way(lambda: executed(there, THERE, notebook)), Way(lambda: executed(here, HERE, notebook))]
        rounds = 1 if bench.quick else 3
        answer.series = interleaved(ways, rounds, progress=bench.rounds("notebook: rounds"))
    answer.facts["nbytes"] = nbytes
    evaluate(answer)
    return answer


def executed(kernel: Kernel, name: str, notebook: tuple[tuple[str, str], ...]) -> Samples:
    """Each cell from the top, and all of them."""
    total = 0.0
    for kind, text in notebook:
        seconds = kernel.seconds(text)
        total += seconds
        yield f"{kind}, {name}", seconds
    yield f"all cells, {name}", total


def evaluate(answer: Answer) -> None:
    """The table beside each other, and what carrying costs."""
    series = answer.series
    rows = []
    for kind in (FIRST, *KINDS, "all cells"):
        there, here = (series[f"{kind}, {name}"] for name in (THERE, HERE))
        rows.append((kind, duration(there.median), duration(here.median), ratio(here.over(there)), duration(here.p95)))
    columns = ("", THERE, HERE, f"/ {THERE}", f"p95, {HERE}")
    answer.tables.append(Table("Seconds per cell, median", columns, tuple(rows)))
    without = series[f"{WITHOUT}, {HERE}"]
    carrying = {f"a cell that {kind}": series[f"{kind}, {HERE}"].minus(without) for kind in (READS, CHANGES)}
    answer.tables.append(differences(f"What it takes more on {HERE} than a cell {WITHOUT}", carrying))
    own = series[f"{CHANGES}, {HERE}"].over(series[f"{CHANGES}, {THERE}"])
    answer.facts["changes, over python3"] = own
    plain = series[f"{PLAIN}, {HERE}"].minus(series[f"{PLAIN}, {THERE}"])
    if not answer.notes:  # plain cells are plain
        answer.goals.append(Goal("a plain cell, more than on python3, p50", plain.median * 1e3, 5, "ms"))
