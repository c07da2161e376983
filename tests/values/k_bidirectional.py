"""A recurrent network with masks, a wrapper in both directions, and a cell of the notebook."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

class Cell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), name="w")

    def call(self, x, states):
        h = keras.ops.tanh(keras.ops.matmul(x, self.w) + states[0])
        return h, [h]

keras.utils.set_random_seed(4)
L = keras.layers
value = keras.Sequential(
    [
        keras.Input((4,), dtype="int32"),
        L.Embedding(10, 3, mask_zero=True),
        L.Bidirectional(L.GRU(4, return_sequences=True)),
        L.TimeDistributed(L.Dense(3)),
        L.RNN(Cell(2)),
    ]
)
X = np.array([[1, 2, 0, 0], [3, 4, 5, 6]])
expect = {"X": X, "p": value.predict(X, verbose=0)}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "predict": np.array_equal(value.predict(X, verbose=0), expect["p"]),
    "mask": value.layers[0].compute_mask(X).numpy().tolist()[0] == [True, True, False, False],
    "cell": value.layers[3].cell.units == 2,
    "backward": value.layers[1].backward_layer.go_backwards,
}
value.compile("sgd", "mse")
value.train_on_batch(X, np.zeros((2, 2)))
facts["trains"] = not np.array_equal(value.predict(X, verbose=0), expect["p"])
ok, evidence = all(facts.values()), str(facts)
"""
