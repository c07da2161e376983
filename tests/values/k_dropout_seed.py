"""Dropout and noise in the middle of their streams, also as seen by the next epoch."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.ones((8, 6), "f4")

def build():
    keras.utils.set_random_seed(4)
    m = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(4),
            keras.layers.GaussianNoise(0.3),
            keras.layers.Dense(1),
        ]
    )
    m.compile("sgd", "mse")
    m.fit(X, np.ones((8, 1)), batch_size=4, verbose=0, shuffle=False)
    return m

value, twin = build(), build()
noisy = [np.array(twin(X, training=True)) for _ in range(2)]
twin.fit(X, np.zeros((8, 1)), batch_size=4, verbose=0, shuffle=False)
expect = {"noisy": noisy, "w": twin.get_weights(), "state": [np.array(v) for v in value.layers[0].variables]}
"""
CHECK = """
import numpy as np

X = np.ones((8, 6), "f4")
facts = {
    "state": all(
        np.array_equal(np.array(a), b) for a, b in zip(value.layers[0].variables, expect["state"], strict=True)
    ),
    "stream": all(np.array_equal(np.array(value(X, training=True)), n) for n in expect["noisy"]),
}
value.fit(X, np.zeros((8, 1)), batch_size=4, verbose=0, shuffle=False)
facts["next epoch"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True))
ok, evidence = all(facts.values()), str(facts)
"""
