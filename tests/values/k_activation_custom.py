"""Activations of the notebook: a function that reads a global, a lambda, an object with state."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

def swishy(x):
    return x * keras.ops.sigmoid(ALPHA * x)

ALPHA = 1.5

class Snake:
    def __init__(self, a):
        self.a = a

    def __call__(self, x):
        return x + keras.ops.sin(self.a * x) ** 2 / self.a

value = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(4, activation=swishy),
        keras.layers.Activation(lambda t: t - 0.1),
        keras.layers.Dense(4, activation=Snake(2.0)),
        keras.layers.Dense(2, activation=keras.activations.softmax),
    ]
)
X = np.linspace(-1, 1, 12, dtype="f4").reshape(4, 3)
expect = {"X": X, "p": value.predict(X, verbose=0)}
"""
CHECK = """
import keras, numpy as np

facts = {
    "predict": np.array_equal(value.predict(expect["X"], verbose=0), expect["p"]),
    "state": value.layers[2].activation.a == 2.0,
    "function": value.layers[0].activation.__name__ == "swishy",
    "builtin": value.layers[3].activation is keras.activations.softmax,
}
ok, evidence = all(facts.values()), str(facts)
"""
