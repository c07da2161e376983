"""Completion and inspection of what the notebook has by name only: unit tests of what is asked, and end to end."""

from __future__ import annotations

import re

import pytest

from isokernel.inquiries import called_around, module, subject, with_arguments


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("tf.", "tf"),
        ("x = tf.keras.layers.De", "tf"),
        ("model.layers[0].we", "model"),
        ("tf.data.Dataset.range(3).ma", "tf"),
        ("hist.history['lo", "hist"),
        ("x = 1\nprint(model.su", "model"),
        ("tf", None),
        ("3.", None),
        ("f(x) + ", None),
    ],
)
def test_whose_part_is_being_written(code, name):
    """Through attributes, items and calls."""
    assert subject(code, len(code)) == name
    assert subject(code + "\nother.thing", len(code)) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("Dense(", "Dense"),
        ("tf.keras.layers.Dense(4, un", "tf"),
        ("model.fit(\n    x,\n    ep", "model"),
        ("f(g(1), h", "f"),
        ("f([1, ", None),
        ("x = 3", None),
        ("(a, ", None),
    ],
)
def test_what_is_called_around_the_cursor(code, name):
    """Its arguments have names."""
    assert called_around(code, len(code)) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import tensorflow.ke", "tensorflow"),
        ("x = 1\nfrom keras import la", "keras"),
        ("from keras.layers import (Dense, Co", "keras"),
        ("important.thing", None),
        ("import keras\nke", None),
    ],
)
def test_which_module_is_being_imported(code, name):
    """In the statement at the cursor."""
    assert module(code, len(code)) == name


def test_arguments_stand_before_the_notebooks_own_names():
    """And only arguments: the rest of the other process's names are its own."""
    own = {"matches": ["units_before"], "cursor_start": 6, "cursor_end": 10, "metadata": {}}
    elsewhere = {"matches": ["units=", "unicode"], "cursor_start": 6, "cursor_end": 10, "metadata": {}}
    assert with_arguments(own, elsewhere)["matches"] == ["units=", "units_before"]
    assert with_arguments(own, None) == own


SET_UP = """import tensorflow as tf, keras, numpy as np
from tensorflow.keras import layers
from tensorflow.keras.layers import Dense
model = keras.Sequential([keras.Input((3,)), Dense(2)])
model.compile("adam", "mse")
hist = model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
t, opt, ds = tf.ones([2]), keras.optimizers.Adam(), tf.data.Dataset.range(3)"""
COMPLETED = (
    "tf.keras.layers.De", "tf.", "layers.Conv", "model.fi", "Dense(4, un", "hist.history['", "import tensorflow.ke",
    "ds.ma", "tf.da", "tf.data.Dataset.fr", "keras.Seq", "keras.layers.", "tf.keras.layers.Dense(4, act", "model.",
    "model.layers", "model.layers[0].", "model.fit(x=1, ep", "hist.", "hist.history", "t.", "t.nu", "tf.random.set_",
    "tf.keras.utils.", "tf.math.redu", "opt.learn", "from tensorflow.keras import la", "ds.", "x = model.su",
    "tf.keras.losses.", "print(tf.consta",
)  # fmt: skip
INSPECTED = ("tf.keras.layers.Dense", "Dense", "model", "model.fit", "tf", "t")
FEW = 7  # of the completions, in the default run


@pytest.fixture(scope="module")
def both(start_kernel):
    """An ordinary kernel and ours, after the same cell."""
    kernels = start_kernel("plain"), start_kernel("isokernel", preload=("tensorflow", "keras"))
    for kernel in kernels:
        assert kernel.run(SET_UP).ok
    yield kernels
    for kernel in kernels:
        kernel.close()


def compare(both, code):
    told = [kernel.client.complete(code, len(code), reply=True, timeout=60)["content"] for kernel in both]
    found = [(t["matches"], t["cursor_start"], t["cursor_end"]) for t in told]
    assert found[0][0], "nothing to compare"
    assert found[1] == found[0]


@pytest.mark.tensorflow
@pytest.mark.parametrize("code", COMPLETED[:FEW])
def test_completion_is_an_ordinary_kernels(both, code):
    """Though this one holds no framework; `Kernel.close` looks."""
    compare(both, code)


@pytest.mark.tensorflow
@pytest.mark.battery
@pytest.mark.parametrize("code", COMPLETED[FEW:])
def test_more_completion_is_an_ordinary_kernels(both, code):
    """As above."""
    compare(both, code)


@pytest.mark.tensorflow
@pytest.mark.parametrize("code", INSPECTED)
def test_inspection_is_an_ordinary_kernels(both, code):
    """What Shift-Tab shows."""
    told = [kernel.client.inspect(code, len(code), reply=True, timeout=60)["content"] for kernel in both]
    texts = [re.sub(r"0x[0-9a-f]+", "0x", each["data"]["text/plain"]) for each in told]
    assert texts[1] == texts[0]


@pytest.mark.tensorflow
def test_a_value_that_changed_is_asked_anew(both):
    """What was told about the name before doesn't count."""
    kernel = both[1]
    assert kernel.run("thing = keras.Sequential()").ok
    assert "layers" in kernel.client.complete("thing.lay", 9, reply=True)["content"]["matches"]
    assert kernel.run("thing = tf.ones([1])").ok
    assert kernel.client.complete("thing.lay", 9, reply=True)["content"]["matches"] == []
    assert "numpy" in kernel.client.complete("thing.nu", 8, reply=True)["content"]["matches"]


def test_names_of_the_notebooks_own_are_completed_by_itself(kernel):
    """No other process is asked."""
    kernel.run("own_name = [1]")
    assert kernel.client.complete("own_na", 6, reply=True)["content"]["matches"] == ["own_name"]
    assert "append" in kernel.client.complete("own_name.app", 12, reply=True)["content"]["matches"]
