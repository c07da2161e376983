"""A layer that adds a loss and keeps a metric of its own; both act in the next epoch."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")

class Sampling(keras.layers.Layer):
    def __init__(self, beta):
        super().__init__(name="sampling")
        self.beta = beta
        self.seed = keras.random.SeedGenerator(5)
        self.kl = keras.metrics.Mean(name="kl")

    def call(self, x):
        self.add_loss(self.beta * keras.ops.mean(x**2))
        self.kl.update_state(keras.ops.mean(x))
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)

def build():
    keras.utils.set_random_seed(2)
    m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), Sampling(0.5), keras.layers.Dense(3)])
    m.compile("adam", "mse")
    m.fit(X, X, batch_size=4, verbose=0, shuffle=False)
    return m

value, twin = build(), build()
h = twin.fit(X, X, batch_size=4, verbose=0, shuffle=False)
expect = {"X": X, "h": h.history, "w": twin.get_weights()}
"""
CHECK = """
import numpy as np

h = value.fit(expect["X"], expect["X"], batch_size=4, verbose=0, shuffle=False)
facts = {
    "losses": h.history == expect["h"] and "kl" in h.history,
    "weights": all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True)),
    "beta": value.get_layer("sampling").beta == 0.5,
}
ok, evidence = all(facts.values()), str(facts)
"""
