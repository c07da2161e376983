"""A framework is started ahead of cells that don't configure its start, and not ahead of those that may."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from isokernel import standbys
from isokernel.cell.startup import may_configure, may_lastingly


@pytest.mark.parametrize("source", [
    "tf.config.set_visible_devices([], 'GPU')", "tf.config.threading.set_inter_op_parallelism_threads(1)",
    "from tensorflow.config import *", "tf.config.experimental.enable_op_determinism()",
    "tf.compat.v1.disable_eager_execution()", "import tensorflow.compat.v1 as tf1",
    "with tf.distribute.MirroredStrategy().scope(): pass", "strategy = make()", "os.environ['TF_X'] = '1'",
    "%env TF_X=1", "exec(text)", "import mylib", "from . import helpers", "import transformers", "%run setup.py",
    "os.putenv('A', 'b')", "set_threads(4)", "import multiprocessing as mp", "with Pool(4) as p: p.map(f, x)",
    "os.fork()", "model.fit(data, workers=4, use_multiprocessing=True)", "context.set_server_def()",
    "keras.distribution.set_distribution(d)", "not python (\nimport x",
])  # fmt: skip
def test_what_may_configure_the_start(source):
    """Where it can't be excluded, it may."""
    assert may_configure(source)


@pytest.mark.parametrize("source", [
    "model.fit(X, y, epochs=3)", "import tensorflow as tf, numpy as np\nfrom tensorflow import keras",
    "print(tf.config.list_physical_devices('GPU'))", "tf.config.experimental.get_memory_info('CPU:0')",
    "keras.layers.MaxPooling2D()(keras.layers.MaxPool2D()(x))", "model.get_config()", "tf.nn.max_pool(x, 2, 2, 'SAME')",
    "from sklearn.model_selection import train_test_split", "%matplotlib inline\nimport matplotlib.pyplot as plt", "!ls",
])  # fmt: skip
def test_what_does_not(source):
    """What nearly every training cell does."""
    assert not may_configure(source)


@pytest.mark.parametrize(("sources", "lasting"), [
    (["tf.config.set_soft_device_placement(True)"], False),
    (["def setup():\n    tf.config.set_soft_device_placement(True)"], True),
    (["import mylib"], True),
    (["x = 1", "def f(x):\n    return x + 1", "import numpy as np"], False),
])  # fmt: skip
def test_what_a_cell_has_left_behind_counts(sources, lasting):
    """A function that configures may be called by any later cell; what was done in another process is over."""
    assert may_lastingly(sources) is lasting


STARTED = (
    "import sys\nfound = sys.modules['tensorflow.python.eager.' + 'con' + 'text']._context\n"
    "started = found is not None and found._context_handle is not None\n"
)
"""Tells whether TensorFlow is started, in words that don't look like a setting of it."""


@pytest.fixture(scope="module")
def ready(start_kernel):
    """A kernel in which cells have started TensorFlow, so that it is started ahead of the next."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    if standbys.accelerators():
        pytest.skip("no device is opened ahead of a cell")
    kernel = start_kernel(preload=("tensorflow", "keras"))
    assert kernel.run("%%isolated\nimport tensorflow as tf\ntf.constant(1)").ok
    until_ahead(kernel)
    return kernel


def until_ahead(kernel) -> None:
    """Run cells until one has found TensorFlow started."""
    deadline = time.monotonic() + 60
    started = False
    while not started:
        assert time.monotonic() < deadline, "TensorFlow isn't started ahead of cells"
        assert kernel.run(f"%%isolated -o started\n{STARTED}").ok
        started = kernel.value("started")


def test_what_was_started_ahead_shows_nowhere(ready):
    """No name, count, seed or drawn number is there before the cell's own; and what is seeded is as anywhere."""
    cell = """%%isolated -o name,numbers,fresh
import tensorflow as tf, keras, numpy as np, random
name = keras.layers.Dense(1).name
tf.random.set_seed(7)
numbers = tf.random.normal((3,)).numpy().tolist()
fresh = float(np.random.rand()), random.random()
"""
    told = []
    for _ in range(3):
        until_ahead(ready)
        assert ready.run(cell).ok
        told.append(ready.value("[name, numbers, fresh]"))
    assert {name for name, _, _ in told} == {"dense"} and len({tuple(fresh) for _, _, fresh in told}) == 3
    plain = "import tensorflow as tf\ntf.random.set_seed(7)\nprint(tf.random.normal((3,)).numpy().tolist())"
    done = subprocess.run([sys.executable, "-c", plain], capture_output=True, text=True, check=True)
    assert [numbers for _, numbers, _ in told] == [json.loads(done.stdout)] * 3


def test_a_cell_that_configures_the_start_finds_nothing_started(ready):
    """What TensorFlow refuses once it has started works in each of them."""
    cell = (
        "%%isolated -o n\nimport tensorflow as tf\ntf.config.threading.set_inter_op_parallelism_threads(3)\n"
        "tf.constant(1)\nn = tf.config.threading.get_inter_op_parallelism_threads()"
    )
    for _ in range(3):
        assert ready.run(cell).ok and ready.value("n") == 3
    setup = (
        "def setup():\n    import tensorflow as tf\n    (cpu,) = tf.config.list_physical_devices('CPU')\n"
        "    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)\n"
        "    return len(tf.config.list_logical_devices('CPU'))"
    )
    assert ready.run(setup).ok
    assert ready.run("%%isolated -i setup -o n\nn = setup()").ok and ready.value("n") == 2


def test_an_environment_that_was_changed_finds_nothing_started(start_kernel):
    """TensorFlow reads some variables when it starts."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel(preload=("tensorflow", "keras"))
    for _ in range(3):
        kernel.run("%%isolated\nimport tensorflow as tf\ntf.constant(1)")
    kernel.run("import os; os.environ['UNHEARD_OF'] = '1'")
    for _ in range(2):
        assert kernel.run(f"%%isolated -o started\n{STARTED}").ok and kernel.value("started") is False
