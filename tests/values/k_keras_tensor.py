"""A functional graph that is half built is finished in the next cell."""

NAMES = ["inp", "x"]
MAKE = """
import keras

inp = keras.Input((3,), name="i")
x = keras.layers.Dense(4, "relu", kernel_initializer="ones", name="h")(inp)
"""
CHECK = """
import keras, numpy as np

m = keras.Model(inp, keras.layers.Dense(1, kernel_initializer="ones", name="o")(x * 2))
facts = {
    "predict": m.predict(np.ones((1, 3)), verbose=0).tolist() == [[24.0]],
    "graph": [l.name for l in m.layers if l.name in "iho"] == ["i", "h", "o"],
    "shape": x.shape == (None, 4),
}
ok, evidence = all(facts.values()), str(facts)
"""
