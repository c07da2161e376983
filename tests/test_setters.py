"""Unit tests: which calls set something for the whole process."""

from __future__ import annotations

import pytest

from isokernel.cell.meanings import Framework, Module
from isokernel.cell.setters import setters

NOTEBOOK = {
    "tf": Framework("tensorflow"),
    "keras": Framework("keras"),
    "K": Framework("keras.src.backend.config"),
    "set_policy": Framework("keras.src.dtype_policies.dtype_policy.set_dtype_policy"),
    "np": Module("numpy"),
    "random": Module("random"),
    "plt": Module("matplotlib.pyplot"),
    "mlflow": Module("mlflow"),
    "wandb": Module("wandb"),
}


class Notebook:
    """The names above."""

    def meaning(self, name):
        return NOTEBOOK.get(name)


def names(source):
    return [setter.name for setter in setters(source, Notebook())]


CARRIED = {
    "import logging\nlogging.basicConfig()": "logging.basicConfig",
    "tf.random.set_seed(1)": "tf.random.set_seed",
    "tf.keras.utils.set_random_seed(1)": "keras.utils.set_random_seed",
    "import tensorflow as t\nt.compat.v1.set_random_seed(1)": "tf.set_random_seed",
    "from tensorflow.keras import mixed_precision as mp\nmp.set_global_policy('x')":
        "keras.mixed_precision.set_global_policy",
    "set_policy('mixed_float16')": "keras.dtype_policies.dtype_policy.set_dtype_policy",
    "K.set_floatx('float64')": "keras.backend.config.set_floatx",
    "keras.backend.set_image_data_format('x')": "keras.backend.set_image_data_format",
    "tf.config.run_functions_eagerly(True)": "tf.config.run_functions_eagerly",
    "for gpu in gpus:\n    tf.config.experimental.set_memory_growth(gpu, True)":
        "tf.config.experimental.set_memory_growth",
    "tf.compat.v1.disable_eager_execution()": "tf.disable_eager_execution",
    "tf.get_logger().setLevel('ERROR')": "tf.get_logger().setLevel",
    "np.random.seed(0)": "numpy.random.seed",
    "x = 1; random.seed(x)": "random.seed",
    "plt.rcParams['figure.dpi'] = 90": "matplotlib.pyplot.rcParams",
    "plt.rcParams.update(size)": "matplotlib.pyplot.rcParams.update",
    "plt.style.use('ggplot')": "matplotlib.pyplot.style.use",
    "import pandas as pd\npd.options.display.max_rows = 5": "pandas.options.display.max_rows",
}  # fmt: skip
OTHERS = {
    "tf.compat.v1.disable_v2_behavior()": "tf.disable_v2_behavior",
    "tf.debugging.enable_check_numerics()": "tf.debugging.enable_check_numerics",
    "mlflow.tensorflow.autolog()": "mlflow.tensorflow.autolog",
    "run = wandb.init(project='x')": "wandb.init",
}


@pytest.mark.parametrize("source", [*CARRIED, *OTHERS])
def test_a_setter_is_found_by_what_its_name_stands_for(source):
    """And it is known whether undeclared cells are given what it sets."""
    (found,) = setters(source, Notebook())
    assert found.name == {**CARRIED, **OTHERS}[source]
    assert found.carried is (source in CARRIED)


@pytest.mark.parametrize(
    "source",
    [
        "def seed():\n    tf.random.set_seed(1)",  # only defined
        "rng.seed(1)",  # a generator's own
        "tf.random.normal([2])",
        "class tf:\n    def go(self): np.random.seed(1)",
        "model.set_weights(w); layer.trainable = False",
        "tf.config.list_physical_devices()",
        "enable = 1",
        "not python (",
    ],
)
def test_what_sets_nothing_is_no_setter(source):
    """Also where the same words are another's."""
    assert names(source) == []


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("tf.random.set_seed(1)", True),
        ("plt.rcParams['figure.dpi'] = 90", True),
        ("if gpus:\n    for g in gpus:\n        tf.config.experimental.set_memory_growth(g, True)\n    print(1)", True),
        ("try:\n    tf.config.set_visible_devices([], 'GPU')\nexcept RuntimeError as e:\n    print(e)", True),
        ("with scope:\n    tf.random.set_seed(1)", False),
        ("if train:\n    tf.random.set_seed(1)\n    model.fit(x)", False),
        ("run = wandb.init()", False),
    ],
)
def test_a_statement_that_does_nothing_else_is_plain(source, plain):
    """Only such a statement can be run again before other cells."""
    assert [setter.plain for setter in setters(f"y = 0\n{source}\nmodel.fit(x)", Notebook())] == [plain]
    (found,) = setters(f"y = 0\n{source}", Notebook())
    assert found.statement == source
