"""Two models with a layer in common; training one is seen by the other."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(8, 4)).astype("f4")
keras.utils.set_random_seed(0)
i = keras.Input((4,))
code = keras.layers.Dense(2, name="code")(i)
value = {"enc": keras.Model(i, code), "auto": keras.Model(i, keras.layers.Dense(4)(code))}
value["auto"].compile("sgd", "mse")
value["auto"].fit(X, X, verbose=0)
expect = {"X": X, "e": value["enc"].predict(X, verbose=0), "a": value["auto"].predict(X, verbose=0)}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "predict": np.array_equal(value["enc"].predict(X, verbose=0), expect["e"])
    and np.array_equal(value["auto"].predict(X, verbose=0), expect["a"]),
    "same layer": value["enc"].get_layer("code") is value["auto"].get_layer("code"),
}
value["auto"].train_on_batch(X, X)
facts["training seen"] = not np.array_equal(value["enc"].predict(X, verbose=0), expect["e"]) and np.array_equal(
    value["enc"].get_layer("code").get_weights()[0], value["auto"].get_layer("code").get_weights()[0]
)
ok, evidence = all(facts.values()), str(facts)
"""
