"""Tied weights are one variable before and after training."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

class Tied(keras.layers.Layer):
    def __init__(self, other):
        super().__init__()
        self.other = other

    def build(self, shape):
        self.bias = self.add_weight(shape=(self.other.kernel.shape[0],), initializer="zeros", name="bias")

    def call(self, x):
        return keras.ops.matmul(x, keras.ops.transpose(self.other.kernel)) + self.bias

X = np.random.default_rng(0).normal(size=(8, 4)).astype("f4")

def build():
    keras.utils.set_random_seed(2)
    enc = keras.layers.Dense(2, name="enc")
    inp = keras.Input((4,))
    m = keras.Model(inp, Tied(enc)(enc(inp)))
    m.compile("adam", "mse")
    m.fit(X, X, verbose=0)
    return m

value, twin = build(), build()
p = value.predict(X, verbose=0)
twin.train_on_batch(X, X)
expect = {"X": X, "p": p, "w": twin.get_weights()}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "predict": np.array_equal(value.predict(X, verbose=0), expect["p"]),
    "one kernel": value.layers[-1].other is value.get_layer("enc") and len(value.trainable_weights) == 3,
}
value.train_on_batch(X, X)
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True))
value.get_layer("enc").kernel.assign(np.zeros((4, 2)))
facts["tied"] = np.allclose(value.predict(X, verbose=0), value.layers[-1].bias.numpy())
ok, evidence = all(facts.values()), str(facts)
"""
