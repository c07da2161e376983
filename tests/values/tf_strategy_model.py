"""A model that was made under a strategy trains on under it."""

NAMES = ["value", "strategy"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

X = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")
strategy = tf.distribute.OneDeviceStrategy("/cpu:0")

def build():
    keras.utils.set_random_seed(1)
    with strategy.scope():
        m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        m.compile("adam", "mse")
    m.fit(X, X[:, :2], shuffle=False, verbose=0)
    return m

value, twin = build(), build()
twin.fit(X, X[:, :2], shuffle=False, verbose=0)
expect = {"X": X, "w": twin.get_weights()}
"""
CHECK = """
import numpy as np

value.fit(expect["X"], expect["X"][:, :2], shuffle=False, verbose=0)
facts = {
    "weights": all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True)),
    "strategy": value.distribute_strategy is strategy,
}
ok, evidence = all(facts.values()), str(facts)
"""
