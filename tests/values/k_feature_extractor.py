"""A functional model is cut open at an inner layer, whose weights stay shared."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

i = keras.Input((3,))
h = keras.layers.Dense(4, name="hidden")(i)
value = keras.Model(i, keras.layers.Dense(1, name="out")(h))
X = np.linspace(0, 1, 6, dtype="f4").reshape(2, 3)
expect = {"X": X, "h": np.array(value.get_layer("hidden")(X))}
"""
CHECK = """
import keras, numpy as np

sub = keras.Model(value.inputs, value.get_layer("hidden").output)
facts = {
    "features": np.allclose(sub.predict(expect["X"], verbose=0), expect["h"], atol=1e-6),
    "shared": sub.get_layer("hidden") is value.get_layer("hidden"),
}
value.get_layer("hidden").kernel.assign(np.zeros((3, 4)))
facts["write seen"] = not sub.predict(expect["X"], verbose=0).any()
ok, evidence = all(facts.values()), str(facts)
"""
