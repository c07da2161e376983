"""A History alone: what it recorded, and the model it belongs to."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
X = np.ones((8, 2), "f4")
value = model.fit(X, X[:, :1], validation_split=0.5, epochs=3, verbose=0)
expect = {"h": dict(value.history), "p": model.predict(X, verbose=0)}
"""
CHECK = """
import numpy as np

X = np.ones((8, 2), "f4")
facts = {
    "history": value.history == expect["h"] and value.epoch == [0, 1, 2],
    "params": value.params["epochs"] == 3,
    "model": np.array_equal(value.model.predict(X, verbose=0), expect["p"]),
}
facts["goes on"] = len(value.model.fit(X, X[:, :1], verbose=0).history["mae"]) == 1
facts["counts on"] = int(value.model.optimizer.iterations) == 4
ok, evidence = all(facts.values()), str(facts)
"""
