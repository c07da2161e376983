"""Notebooks with one planted flaw each, and clean ones: sources only, made into notebooks by the tests.

A cell is its source; where a notebook has saved outputs, a :func:`saved` cell with the number beside it and its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

V4 = nbformat.v4
SAMPLE = {
    "order", "append_run_twice", "undeclared_rate", "timing", "declared_cells", "displays",
}  # fmt: skip
"""What the default run takes; ``-m battery`` takes the others."""


@dataclass(frozen=True)
class Saved:
    """A cell with what was saved of it."""

    source: str
    count: int
    printed: str = ""


def saved(source: str, count: int, printed: str = "") -> Saved:
    return Saved(source, count, printed)


@dataclass(frozen=True)
class Notebook:
    """Cells, and what is wrong: the reason and the number of the cell, or nothing for a clean one."""

    name: str
    cells: tuple[str | Saved, ...]
    reason: str = ""
    cell: int = 0
    tensorflow: bool = False

    def write(self, folder: Path) -> Path:
        cells = [V4.new_markdown_cell(f"# {self.name}")]
        for cell in self.cells:
            if isinstance(cell, str):
                cells.append(V4.new_code_cell(cell))
                continue
            outputs = [V4.new_output("stream", name="stdout", text=cell.printed)] if cell.printed else []
            cells.append(V4.new_code_cell(cell.source, execution_count=cell.count, outputs=outputs))
        path = folder / f"{self.name}.ipynb"
        nbformat.write(V4.new_notebook(cells=cells), path)
        return path


def parameters(notebooks: list[Notebook]) -> list:
    """As pytest takes them; those that the default run leaves out are marked."""
    found = []
    for book in notebooks:
        marks = [pytest.mark.tensorflow] if book.tensorflow else []
        if book.name not in SAMPLE:
            marks.append(pytest.mark.battery)
        found.append(pytest.param(book, id=book.name, marks=marks))
    return found


DATA = "import numpy as np\nrng = np.random.default_rng(0)\nX = rng.normal(size=(64, 4)).astype('float32')\ny = X @ np.array([1., -2., 3., 0.], dtype='float32')"
MODEL = (
    "import keras\nmodel = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\nmodel.compile('adam', 'mse')"
)

FLAWED = [
    Notebook("stale_name", ("data = [1, 2, 3]", "print(sum(data) * scale)"), "deleted", 2),
    Notebook(
        "order",
        ("prices = [10.0, 12.5]", "print(sum(prices) * (1 + rate))", "rate = 0.19"),
        "order",
        2,
    ),
    Notebook(
        "column_made_below",
        (
            "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [4, 8]})",
            "print(df['ratio'].mean())",
            "df['ratio'] = df['a'] / df['b']",
        ),
        "order",
        2,
    ),
    Notebook(
        "missing_seed",
        ("import numpy as np", "x = np.random.rand(100)", "print('mean', x.mean())", "print('twice', 2 * x.mean())"),
        "seed",
        3,
    ),
    Notebook(
        "deleted_cell",
        (
            saved("values = [3, 1, 2]", 1),
            saved("print(max(cleaned))", 3, "3\n"),
        ),
        "deleted",
        2,
    ),
    Notebook(
        "append_run_twice",
        (
            saved("losses = []", 1),
            saved("losses.append(0.5)\nprint(losses)", 3, "[0.5, 0.5]\n"),
            saved("print(len(losses))", 4, "2\n"),
        ),
        "stale",
        2,
    ),
    Notebook(
        "run_out_of_order",
        (
            saved("x = 10", 1),
            saved("print(x + 1)", 4, "101\n"),
            saved("x = x * 10\nprint(x)", 3, "100\n"),
        ),
        "order",
        2,
    ),
    Notebook(
        "edited_cell",
        (saved("n = 7", 1), saved("print('mean of', n, 'is', n / 4)", 2, "mean of 7 is 3.5\n")),
        "stale",
        2,
    ),
    Notebook(
        "mutated_input",
        (
            "readings = [4.0, 8.0]",
            "# %% isolated -i readings -o total\nreadings.append(12.0)\ntotal = sum(readings)",
            "print('total', total)",
            "print('mean', sum(readings) / len(readings))",
        ),
        "hidden",
        4,
    ),
    Notebook(
        "setting_three_cells_ago",
        (
            "# %% isolated\nimport decimal\ndecimal.getcontext().prec = 4\ndecimal.setcontext(decimal.getcontext())",
            "a = 1",
            "b = 7",
            "# %% isolated -i a,b\nimport decimal\nprint(decimal.Decimal(a) / decimal.Decimal(b))",
        ),
        "hidden",
        4,
    ),
    Notebook(
        "undeclared_rate",
        (
            "rate = 0.1",
            "# %% isolated -o steps\nsteps = [rate * i for i in range(3)]",
            "print(steps)",
        ),
        "undeclared",
        2,
    ),
    Notebook(
        "seed_in_another_cell",
        (
            "import numpy as np\nnp.random.seed(3)",
            "# %% isolated -o drawn\nimport numpy as np\ndrawn = np.random.rand(2)",
            "print(drawn)",
        ),
        "hidden",
        3,
    ),
    Notebook(
        "reads_what_it_wrote",
        (
            "from pathlib import Path\nlog = Path('history.txt')",
            "with open('history.txt', 'a') as f:\n    f.write('run\\n')\nprint(len(open('history.txt').readlines()), 'runs')",
        ),
        "file",
        2,
    ),
    Notebook("makes_a_folder", ("import os", "os.mkdir('out')\nprint('made')"), "file", 2),
    Notebook(
        "cache_of_another_run",
        (
            "import os",
            "print('cached' if os.path.exists('numbers.txt') else 'new')",
            "open('numbers.txt', 'w').write('1')",
        ),
        "file",
        2,
    ),
    Notebook(
        "layer_asked_for",
        (
            "import keras\ndef make():\n    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])",
            "first = make()\nprint(first.get_layer('dense').count_params())",
            "second = make()\nprint(second.get_layer('dense').count_params())",
        ),
        "hidden",
        3,
        tensorflow=True,
    ),
    Notebook(
        "metric_named_by_count",
        (
            DATA + "\nlabels = (y > 0).astype('float32')",
            "import keras\nkeras.utils.set_random_seed(1)\ndef fit():\n    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation='sigmoid')])\n    model.compile('adam', 'binary_crossentropy', metrics=[keras.metrics.AUC()])\n    return model.fit(X, labels, verbose=0).history",
            "fit()['auc']\nprint('first')",
            "history = fit()\nprint(sorted(history))",
        ),
        "hidden",
        4,
        tensorflow=True,
    ),
    Notebook(
        "layer_names",
        (
            "import keras\ndef make():\n    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])",
            "first = make()\nprint(first.layers[0].name)",
            "second = make()\nprint(second.layers[0].name)",
        ),
        "hidden",
        3,
        tensorflow=True,
    ),
    Notebook(
        "floatx_in_a_declared_cell",
        (
            DATA,
            "# %% isolated -o kind\nimport keras\nkeras.backend.set_floatx('float64')\nkind = keras.backend.floatx()",
            "print(kind)",
            "# %% isolated -i X\nimport keras\nprint(keras.ops.mean(keras.ops.convert_to_tensor(X.tolist())).dtype)\nprint(keras.layers.Dense(1).dtype)",
        ),
        "hidden",
        4,
        tensorflow=True,
    ),
    Notebook(
        "eager_switch",
        (
            "# %% isolated\nimport tensorflow as tf\ntf.config.run_functions_eagerly(True)",
            "# %% isolated -o calls\nimport tensorflow as tf\ncalls = []\n@tf.function\ndef step(x):\n    calls.append(1)\n    return x * 2\nfor i in range(3):\n    step(tf.constant(float(i)))",
            "print(len(calls), 'times through the Python code')",
        ),
        "hidden",
        3,
        tensorflow=True,
    ),
    Notebook(
        "unseeded_training",
        (DATA, MODEL, "model.fit(X, y, epochs=2, verbose=0)\nprint('loss', model.evaluate(X, y, verbose=0))"),
        "seed",
        3,
        tensorflow=True,
    ),
    Notebook(
        "model_cell_run_twice",
        (
            saved(MODEL, 2),
            saved("print([layer.name for layer in model.layers])", 3, "['dense_1']\n"),
        ),
        "stale",
        2,
        tensorflow=True,
    ),
]

CLEAN = [
    Notebook("arithmetic", (saved("x = 2", 1), saved("print(x ** 10)", 2, "1024\n"))),
    Notebook("out_of_order_and_right", (saved("x = 2", 5), saved("print(x + 1)", 2, "3\n"))),
    Notebook(
        "timing",
        (
            "import time, datetime, os\nbegun = time.time()",
            "total = sum(i * i for i in range(10000))\nprint(total)\nprint(f'took {time.time() - begun:.3f} s')",
            "print('Elapsed:', time.time() - begun)\nelapsed = time.perf_counter()\nprint(elapsed)\nelapsed",
            "print(datetime.datetime.now())\nprint('process', os.getpid(), 'at', hex(id(total)))\nobject()",
            "%time sum(range(1000))",
            "%%time\nprint(sum(range(10)))",
            "times = []\nfor i in range(3):\n    t0 = time.time()\n    times.append(time.time() - t0)\nprint('per round: {:.6f}, rounds: {}'.format(sum(times) / len(times), len(times)))",
        ),
    ),
    Notebook(
        "unseeded_but_not_printed",
        ("import numpy as np\nx = np.random.rand(1000)", "print(x.shape, x.min() >= 0)"),
    ),
    Notebook(
        "seeded",
        (
            "import random, numpy as np\nrandom.seed(1)\nnp.random.seed(2)\nrng = np.random.default_rng(3)",
            "print(random.random(), np.random.rand(), rng.normal())",
            "np.random.permutation(5)",
        ),
    ),
    Notebook(
        "declared_cells",
        (
            "X = [1, 2, 3]",
            "# %% isolated -i X -o total,X\nX.append(4)\ntotal = sum(X)",
            "print(total, X)",
            "# %% isolated --seed 1 -o drawn\nimport numpy as np\ndrawn = np.random.rand(2)",
            "print(drawn)",
        ),
    ),
    Notebook(
        "pandas_and_sets",
        (
            "import pandas as pd\ndf = pd.DataFrame({'word': ['a', 'bb', 'ccc'], 'n': [1.5, 2.25, 3.0]})\ndf",
            "df.describe()",
            saved("print({'red', 'green', 'blue'})", 3, "{'green', 'blue', 'red'}\n"),
            saved("print(list({'red', 'green', 'blue'}))", 4, "['blue', 'red', 'green']\n"),
            "df.info()",
        ),
    ),
    Notebook(
        "plots",
        (
            "import matplotlib.pyplot as plt",
            "plt.plot([1, 2, 3])\nplt.show()",
            "fig, ax = plt.subplots()\nax.plot([3, 2])",
        ),
    ),
    Notebook(
        "displays",
        (
            "from IPython.display import display, clear_output, HTML",
            "handle = display('waiting', display_id=True)\nhandle.update('done')",
            "for i in range(3):\n    clear_output(wait=True)\n    print('step', i)",
            "import sys, warnings\nprint('to stderr', id(object()), file=sys.stderr)\nwarnings.warn('careful')\nHTML('<b>1</b>')",
            "import sys\nfor i in range(5):\n    sys.stdout.write(f'\\r{i}/4')\n    sys.stdout.flush()",
        ),
    ),
    Notebook(
        "temporary",
        ("import tempfile\nfolder = tempfile.mkdtemp()\nprint(folder)", "import uuid\nprint('run', uuid.uuid4())"),
    ),
    Notebook(
        "seeded_training",
        (
            DATA,
            "import keras\nkeras.utils.set_random_seed(7)",
            MODEL.replace("import keras\n", ""),
            "model.summary()",
            "history = model.fit(X, y, epochs=3)",
            "print(history.history['loss'])\nmodel",
            "other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.Dense(1)])\nother.summary()\nother",
            "other.compile('adam', 'mse')\nother.fit(X, y, epochs=1, verbose=2)\nmodel.predict(X[:2])",
        ),
        tensorflow=True,
    ),
    Notebook(
        "declared_training",
        (
            DATA,
            f"# %% isolated -i X,y -o model,history --seed 1\n{MODEL}\nhistory = model.fit(X, y, epochs=2, verbose=0).history",
            "print(history)",
            "model",
            "# %% isolated -i model,X,y -o loss\nloss = model.evaluate(X, y)",
            "print(f'{loss:.4f}')",
        ),
        tensorflow=True,
    ),
    Notebook(
        "unseeded_training_not_printed",
        (
            DATA,
            MODEL,
            "history = model.fit(X, y, epochs=2, verbose=0)",
            "print(sorted(history.history), model.count_params())",
        ),
        tensorflow=True,
    ),
]
