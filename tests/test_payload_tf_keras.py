"""Contract: a model of legacy Keras that crossed trains on as it did, with classes of the notebook in it."""

import numpy as np
import pytest

from isokernel.payload import pack, unpack

tf_keras = pytest.importorskip("tf_keras")

pytestmark = pytest.mark.tensorflow

X, Y = np.ones((4, 5, 3), "f4"), np.ones((4, 1), "f4")
CELLS = """
class Cell(tf_keras.layers.Layer):
    def __init__(self, units=2):
        super().__init__()
        self.units = self.state_size = units
    def build(self, shape): self.k = self.add_weight(shape=(shape[-1], self.units), name="k")
    def call(self, x, states):
        h = tf_keras.backend.dot(x, self.k) + states[0]
        return h, [h]
def distance(a, b): return tf_keras.backend.mean((a - b) ** 2)
m = tf_keras.Sequential([tf_keras.layers.RNN(Cell()), tf_keras.layers.Dense(1)])
m.compile(tf_keras.optimizers.Adam(0.1), distance, metrics=["mae"])
"""


def crossed(space):
    packing = pack({"m": space["m"]}, namespace=space)
    assert packing.refusals == ()
    return packing, unpack(packing.parcels, namespace={})["m"]


def test_a_fitted_model_with_a_class_of_the_notebook_trains_on():
    """Neither its cell nor its loss is registered with Keras."""
    space = {"__name__": "__main__", "tf_keras": tf_keras}
    exec(CELLS, space)
    space["m"].fit(X, Y, verbose=0)
    packing, model = crossed(space)
    assert packing.parcels[0].summaries["m"].text == "Sequential, 2 layers, 9 parameters"
    assert int(model.optimizer.iterations) == 1
    assert model.fit(X, Y, verbose=0).history == space["m"].fit(X, Y, verbose=0).history


def test_a_model_that_is_not_built_crosses():
    """And is built where it is fitted."""
    space = {"__name__": "__main__", "tf_keras": tf_keras}
    exec(CELLS, space)
    packing, model = crossed(space)
    assert "not built" in packing.parcels[0].summaries["m"].text
    assert model.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]
