"""Normalization, adapted alone and in a model, and adapted only after it crossed."""

NAMES = ["value", "unadapted"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(3, 2, size=(50, 3)).astype("f4")
n = keras.layers.Normalization()
n.adapt(X)
value = {
    "layer": n,
    "model": keras.Sequential([keras.Input((3,)), n, keras.layers.Dense(1, kernel_initializer="ones")]),
}
unadapted = keras.layers.Normalization(axis=None)
expect = {"X": X, "l": np.array(n(X)), "m": value["model"].predict(X, verbose=0)}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "layer": np.array_equal(np.array(value["layer"](X)), expect["l"]),
    "model": np.array_equal(value["model"].predict(X, verbose=0), expect["m"]),
    "same": value["model"].layers[0] is value["layer"],
}
unadapted.adapt(X)
facts["adapts"] = abs(float(np.array(unadapted(X)).mean())) < 1e-4
ok, evidence = all(facts.values()), str(facts)
"""
