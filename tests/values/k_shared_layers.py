"""A layer that a model uses twice, and that crosses under its own name as well."""

NAMES = ["value", "dense"]
MAKE = """
import keras
import numpy as np

dense = keras.layers.Dense(3, name="tower")
a, b = keras.Input((2,)), keras.Input((2,))
value = keras.Model([a, b], keras.layers.Subtract()([dense(a), dense(b)]))
X = np.linspace(0, 1, 8, dtype="f4").reshape(4, 2)
expect = {"X": X, "p": value.predict([X, X[::-1]], verbose=0)}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "predict": np.array_equal(value.predict([X, X[::-1].copy()], verbose=0), expect["p"]),
    "one tower": len(value.weights) == 2,
    "same layer": value.get_layer("tower") is dense,
    "zero": not value.predict([X, X], verbose=0).any(),
}
dense.kernel.assign(np.ones((2, 3)))
got = value.predict([X, X * 0], verbose=0)
facts["write seen"] = np.allclose(got, X.sum(1, keepdims=True).repeat(3, 1))
ok, evidence = all(facts.values()), str(facts)
"""
