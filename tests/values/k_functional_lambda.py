"""A Lambda layer over a function and a constant of the notebook."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

SCALE = 3.0

def squash(x, k):
    return keras.ops.tanh(x * k)

inp = keras.Input((4,), name="feats")
x = keras.layers.Dense(6, kernel_initializer=keras.initializers.GlorotUniform(1))(inp)
x = keras.layers.Lambda(lambda t: squash(t, SCALE), name="squash")(x)
out = keras.layers.Dense(2)(x * 2 + 1)
value = keras.Model(inp, out, name="fun")
X = np.linspace(-1, 1, 20, dtype="f4").reshape(5, 4)
expect = {"X": X, "p": value.predict(X, verbose=0), "names": [l.name for l in value.layers]}
"""
CHECK = """
import numpy as np

facts = {
    "predict": np.array_equal(value.predict(expect["X"], verbose=0), expect["p"]),
    "names": [l.name for l in value.layers] == expect["names"],
    "input name": value.inputs[0].name == "feats",
    "call": np.array_equal(value(expect["X"]).numpy(), value.predict(expect["X"], verbose=0)),
}
value.compile("sgd", "mse")
facts["trains"] = len(value.fit(expect["X"], expect["p"], verbose=0).history["loss"]) == 1
ok, evidence = all(facts.values()), str(facts)
"""
