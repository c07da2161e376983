"""Does training itself run as fast? Steps of `fit` in an isolated cell and in an ordinary kernel, timed from inside.

The first epoch traces the model and isn't counted: what a fresh process costs is asked elsewhere. With arrays, with a
tf.data pipeline that tunes itself to the cores, and with a data set that has processes of its own below the cell's; and
the pipeline once more where one processor is given, as to a container, while the system shows them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing

from .harness import Bench, Samples, Way, interleaved
from .kernels import Kernel, started
from .limited import Group
from .machine import version
from .report import Answer, Goal, Table, duration, ratio, size
from .task import DATA

HERE, THERE = "isolated", "ordinary kernel"
GIVEN = 1.0  # processors
EPOCHS, BATCH = 10, 32

PIPED = "tf.data, AUTOTUNE"

CLOCK = """import time
from pathlib import Path
def highest():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
"""
MODEL = (
    CLOCK
    + """import tensorflow as tf
tf.keras.utils.set_random_seed(0)
model = tf.keras.Sequential([tf.keras.layers.Input((64,)), tf.keras.layers.Dense(256, "relu"),
    tf.keras.layers.Dense(256, "relu"), tf.keras.layers.Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
"""
)
ARRAYS = f"data = (x, y); options = dict(batch_size={BATCH})\nsteps = -(-len(x) // {BATCH})\n"
PIPELINE = f"""data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(2000, seed=0)
data = data.map(lambda x, y: (tf.math.sqrt(x + 1), y), num_parallel_calls=tf.data.AUTOTUNE)
data = (data.batch({BATCH}).prefetch(tf.data.AUTOTUNE),); options = {{}}
steps = -(-len(x) // {BATCH})
"""
PROCESSES = f"""class Batches(tf.keras.utils.PyDataset):
    def __len__(self):
        return len(x) // {BATCH}
    def __getitem__(self, at):
        return x[at * {BATCH}:(at + 1) * {BATCH}], y[at * {BATCH}:(at + 1) * {BATCH}]
data = (Batches(workers=4, use_multiprocessing=True),); options = {{}}
steps = len(data[0])
"""
FIT = f"""model.fit(*data, epochs=1, verbose=0, **options)
begun = time.perf_counter()
model.fit(*data, epochs={EPOCHS}, verbose=0, **options)
step = (time.perf_counter() - begun) / ({EPOCHS} * steps)
nbytes = highest()
del data, model
"""
LOOP = (
    CLOCK
    + """import numpy as np
begun, weights = time.perf_counter(), np.zeros((64, 256), "float32")
for _ in range(10):
    weights += x.T @ np.tanh(x @ weights)
step = (time.perf_counter() - begun) / 10
nbytes = highest()
"""
)
ISOLATED = "%%isolated -i x,y -o step,nbytes\n"


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    answer = Answer("train: seconds per step, in an isolated cell and in an ordinary kernel")
    if bench.quick or not version("tensorflow"):
        answer.notes.append("a loop of numpy's, no TensorFlow: " + ("--quick" if bench.quick else "not installed here"))
        bodies = {"numpy": LOOP}
    else:
        bodies = {
            "arrays": MODEL + ARRAYS + FIT,
            PIPED: MODEL + PIPELINE + FIT,
            "PyDataset, 4 processes": MODEL + PROCESSES + FIT,
        }
    highest: dict[str, int] = {}
    with ExitStack() as stack:
        bench.progress("train: kernels")
        free = _kernels(stack, None if "numpy" not in bodies else ("numpy",))
        kernels = dict.fromkeys(bodies, free)
        if PIPED in bodies:
            try:
                group = stack.enter_context(closing(Group(GIVEN)))
            except OSError as error:
                answer.notes.append(f"not in a control group of limited CPU, which can't be made here: {error}")
            else:
                with group.inside():
                    limited = f"{PIPED}, {GIVEN:g} processor given"
                    bodies[limited], kernels[limited] = bodies[PIPED], _kernels(stack, None)
        ways = [
            Way(lambda kernel=kernel, name=name, body=body: trained(kernel, name, body, highest))
            for what, body in bodies.items()
            for kernel, name, body in (
                (kernels[what][1], f"{what}, {THERE}", body),
                (kernels[what][0], f"{what}, {HERE}", ISOLATED + body),
            )
        ]
        rounds = 2 if bench.quick else 7
        answer.series = interleaved(ways, rounds, progress=bench.rounds("train: rounds"))
    answer.facts["highest resident"] = highest
    rows = []
    for what in bodies:
        plain, fresh = (answer.series[f"{what}, {name}"] for name in (THERE, HERE))
        resident = [highest[f"{what}, {name}"] for name in (THERE, HERE)]
        rows.append(
            (what, duration(plain.median), duration(fresh.median), ratio(fresh.over(plain)), *map(size, resident))
        )
        answer.goals.append(Goal(f"a step, {what}, {HERE} over {THERE}", fresh.over(plain), 1.05, "x"))
    columns = ("", f"step, {THERE}", f"step, {HERE}", "ratio", f"highest, {THERE}", f"highest, {HERE}")
    answer.tables.append(
        Table("Seconds per step, and the highest resident memory of the process", columns, tuple(rows))
    )
    return answer


def _kernels(stack: ExitStack, preload: Sequence[str] | None) -> tuple[Kernel, Kernel]:
    pair = stack.enter_context(started(preload=preload)), stack.enter_context(started(ordinary=True))
    for kernel in pair:
        kernel.seconds(DATA)
    return pair


def trained(kernel: Kernel, name: str, cell: str, highest: dict[str, int]) -> Samples:
    """One training, as the cell itself has timed it."""
    kernel.seconds(cell)
    highest[name] = max(highest.get(name, 0), kernel.value("nbytes"))
    yield name, kernel.value("step")
