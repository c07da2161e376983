"""How long until a notebook's third cell is done? Usual beginnings on isokernel and python3, kernel start included.

``python -m benchmarks.beginnings [NAMES…] [--rounds 3]``. Each beginning is a notebook's first cell, or its first two;
then come a cell that makes data and a model, and one that trains it. The kernels take turns, and what counts is the
ratio of their best: a beginning is measured once in a fresh kernel, so whatever else the machine did only adds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from .harness import Bench, Progress, Samples, Series, Way, interleaved
from .kernels import started
from .machine import facts
from .report import Answer, Goal, Table, about, duration, ratio

IMPORTS = "import numpy as np\nimport tensorflow as tf\nimport keras\nfrom keras import layers"
SHORT = "import tensorflow as tf; print(tf.__version__)"
BEGINNINGS = {
    "plain imports": (IMPORTS,),
    "KERAS_BACKEND": (f'import os\n\nos.environ["KERAS_BACKEND"] = "tensorflow"\n\n{IMPORTS}',),
    "KERAS_BACKEND by setdefault": (f'import os\nos.environ.setdefault("KERAS_BACKEND", "tensorflow")\n{IMPORTS}',),
    "log level": (f'import os\nos.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"\n{IMPORTS}',),
    "oneDNN off": (f'import os\nos.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"\n{IMPORTS}',),
    "%env": (f"%env TF_CPP_MIN_LOG_LEVEL=3\n%env CUDA_VISIBLE_DEVICES=-1\n{IMPORTS}",),
    "pip, then imports": ("%pip install -q numpy", IMPORTS),
    "pip and imports": (f"!pip install -q numpy\n{IMPORTS}",),
    "version and devices": (f'{SHORT}\nprint(tf.config.list_physical_devices("GPU"))',),
    "quiet": (
        "import warnings, logging\nwarnings.filterwarnings('ignore')\n"
        "logging.getLogger('tensorflow').setLevel(logging.ERROR)",
        IMPORTS,
    ),
    "drive, tensorboard": (
        "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\nexcept ImportError:\n    pass\n"
        "try:\n    get_ipython().run_line_magic('load_ext', 'tensorboard')\nexcept ImportError:\n    pass\n" + SHORT,
    ),
}
"""The first cells of notebooks, by what is special about them."""

MODEL = """import numpy as np, keras
x, y = np.random.rand(512, 16).astype("float32"), np.random.rand(512, 1).astype("float32")
model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")"""
FIT = "history = model.fit(x, y, epochs=2, verbose=0)\nprint(history.history['loss'][-1])"
CELLS = 3
MOST = 1.15  # times as long as python3
HERE, THERE = "isokernel", "python3"


def cells(beginning: tuple[str, ...]) -> tuple[str, ...]:
    """The first cells of a notebook that begins so."""
    return (*beginning, MODEL, FIT)[:CELLS]


def begun(name: str, where: str) -> Samples:
    """Start a kernel and run the cells: the seconds of each, and of all with the start."""
    begin = time.perf_counter()
    with started(ordinary=where == THERE) as kernel:
        yield f"{name}, start, {where}", time.perf_counter() - begin
        for number, cell in enumerate(cells(BEGINNINGS[name]), 1):
            yield f"{name}, cell {number}, {where}", kernel.seconds(cell)
        yield f"{name}, {where}", time.perf_counter() - begin


def measure(bench: Bench, names: Sequence[str] = tuple(BEGINNINGS), rounds: int = 3) -> Answer:
    """Answer the question of this module."""
    answer = Answer("beginnings: the first three cells of a notebook, kernel start included")
    for name in names:
        ways = [Way(lambda name=name, where=where: begun(name, where)) for where in (THERE, HERE)]
        progress = bench.rounds(f"beginnings: {name}")
        answer.series |= interleaved(ways, 1 if bench.quick else rounds, warmup=0, progress=progress)
    evaluate(answer, names)
    return answer


def evaluate(answer: Answer, names: Sequence[str]) -> None:
    """The table beside each other."""
    rows = []
    for name in names:
        there, here = (answer.series[f"{name}, {where}"] for where in (THERE, HERE))
        parts = [_parts(answer.series, name, where) for where in (THERE, HERE)]
        rows.append((name, *parts, duration(there.best), duration(here.best), ratio(here.best / there.best)))
        answer.goals.append(Goal(f"{name}: the first {CELLS} cells, over {THERE}", here.best / there.best, MOST, "x"))
    columns = ("", f"start, cells on {THERE}", f"on {HERE}", f"all on {THERE}", f"on {HERE}", "ratio")
    answer.tables.append(Table("Seconds, best of the rounds", columns, tuple(rows)))


def _parts(series: dict[str, Series], name: str, where: str) -> str:
    each = [series[f"{name}, {part}, {where}"].best for part in ("start", *(f"cell {n + 1}" for n in range(CELLS)))]
    return " ".join(f"{seconds:.1f}" for seconds in each)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line names; 0 where every goal was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beginnings", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {'; '.join(BEGINNINGS)}")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - BEGINNINGS.keys():
        parser.error(f"no such beginning: {', '.join(sorted(unknown))}")
    print(about(facts()), flush=True)
    bench = Bench(progress=Progress())
    answer = measure(bench, options.names or tuple(BEGINNINGS), options.rounds)
    bench.progress.clear()
    print(f"\n{answer.text()}")
    return 0 if all(goal.met for goal in answer.goals) else 1


if __name__ == "__main__":
    sys.exit(main())
