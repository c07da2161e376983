"""A fitted model: predictions, slots, metrics, and the step that follows."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(32, 4)).astype("f4")
y = X.sum(1, keepdims=True)

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    m.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), loss="mse", metrics=["mae"])
    m.fit(X, y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    return m

value, twin = build(), build()
expect = {
    "X": X,
    "y": y,
    "p": value.predict(X, verbose=0),
    "slots": [v.numpy() for v in value.optimizer.variables],
    "eval": value.evaluate(X, y, verbose=0),
}
twin.train_on_batch(X, y)
expect["next"] = twin.get_weights()
"""
CHECK = """
import numpy as np

facts = {
    "predict": np.array_equal(value.predict(expect["X"], verbose=0), expect["p"]),
    "iterations": int(value.optimizer.iterations) == 8,
    "slots": all(
        np.array_equal(a.numpy(), b) for a, b in zip(value.optimizer.variables, expect["slots"], strict=True)
    ),
    "evaluate": np.array_equal(value.evaluate(expect["X"], expect["y"], verbose=0), expect["eval"]),
    "clipnorm": value.optimizer.clipnorm == 1.0,
}
value.train_on_batch(expect["X"], expect["y"])
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["next"], strict=True))
ok, evidence = all(facts.values()), str(facts)
"""
