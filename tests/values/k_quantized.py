"""A model that was quantized to int8."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
X = np.random.default_rng(0).normal(size=(4, 8)).astype("f4")
value = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, "relu"), keras.layers.Dense(2)])
value.quantize("int8")
expect = {"X": X, "p": value.predict(X, verbose=0)}
"""
CHECK = """
import numpy as np

l = value.layers[0]
facts = {
    "predict": np.array_equal(value.predict(expect["X"], verbose=0), expect["p"]),
    "int8": str(l._kernel.dtype) == "int8",
    "policy": "int8" in l.dtype_policy.name and l.quantization_mode == "int8",
}
ok, evidence = all(facts.values()), str(facts)
"""
