"""Moving statistics of a convolutional network, and the step after them."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.random((8, 6, 6, 1)).astype("f4"), rng.random((8, 1)).astype("f4")

def build():
    keras.utils.set_random_seed(4)
    L = keras.layers
    m = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            L.Conv2D(3, 3),
            L.BatchNormalization(momentum=0.7),
            L.ReLU(),
            L.MaxPooling2D(),
            L.GlobalAveragePooling2D(),
            L.Dense(1),
        ]
    )
    m.compile("adam", "mse")
    m.fit(X, y, batch_size=4, verbose=0, shuffle=False)
    return m

value, twin = build(), build()
p = value.predict(X, verbose=0)
twin.train_on_batch(X, y)
expect = {"X": X, "y": y, "p": p, "w": twin.get_weights(), "mm": np.array(value.layers[1].moving_mean)}
"""
CHECK = """
import numpy as np

facts = {
    "moving mean": np.array_equal(np.array(value.layers[1].moving_mean), expect["mm"]) and expect["mm"].any(),
    "predict": np.array_equal(value.predict(expect["X"], verbose=0), expect["p"]),
}
value.train_on_batch(expect["X"], expect["y"])
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True))
ok, evidence = all(facts.values()), str(facts)
"""
