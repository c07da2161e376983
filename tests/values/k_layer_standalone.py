"""Layers of no model: built, not built, and one of the notebook."""

NAMES = ["value", "Scale"]
MAKE = """
import keras
import numpy as np

class Scale(keras.layers.Layer):
    def __init__(self, start):
        super().__init__()
        self.s = self.add_weight(shape=(), initializer=keras.initializers.Constant(start), name="s")

    def call(self, x):
        return x * self.s

d = keras.layers.Dense(2, name="mine")
X = np.linspace(0, 1, 6, dtype="f4").reshape(2, 3)
value = {"dense": d, "conv": keras.layers.Conv2D(3, (2, 1), padding="same", name="c"), "scale": Scale(4.0)}
expect = {"X": X, "d": d(X).numpy(), "s": value["scale"](X).numpy()}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "dense": np.array_equal(value["dense"](X).numpy(), expect["d"]) and value["dense"].name == "mine",
    "unbuilt": not value["conv"].built and value["conv"](np.ones((1, 4, 4, 1), "f4")).shape == (1, 4, 4, 3),
    "custom": isinstance(value["scale"], Scale) and np.array_equal(value["scale"](X).numpy(), expect["s"]),
}
ok, evidence = all(facts.values()), str(facts)
"""
