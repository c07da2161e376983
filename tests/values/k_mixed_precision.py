"""A model of mixed precision, with its loss scale; the policy of the process stays what it was."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(8, 4)).astype("f4")

def build():
    keras.utils.set_random_seed(1)
    L = keras.layers
    m = keras.Sequential([keras.Input((4,)), L.Dense(4, "relu"), L.Dense(1, dtype="float32")])
    m.compile(keras.optimizers.Adam(0.01), "mse")
    m.fit(X, X[:, :1], batch_size=4, shuffle=False, verbose=0)
    return m

keras.mixed_precision.set_global_policy("mixed_float16")
value, twin = build(), build()
twin.train_on_batch(X, X[:, :1])
expect = {"X": X, "w": twin.get_weights(), "scale": float(value.optimizer.dynamic_scale)}
"""
CHECK = """
import keras
import numpy as np

X, first = expect["X"], value.layers[0]
facts = {
    "policy": first.dtype_policy.name == "mixed_float16" and first.compute_dtype == "float16",
    "variables": first.kernel.dtype == "float32" and value.layers[1].compute_dtype == "float32",
    "process": keras.mixed_precision.dtype_policy().name == "float32",
    "scale": float(value.optimizer.dynamic_scale) == expect["scale"],
}
value.train_on_batch(X, X[:, :1])
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True))
ok, evidence = all(facts.values()), str(facts)
"""
