"""Random preprocessing layers go on in the streams of their seeds."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

L = keras.layers
X = np.random.default_rng(0).random((2, 8, 8, 3)).astype("f4")

def build():
    m = keras.Sequential(
        [
            L.Rescaling(2.0, -1),
            L.RandomFlip(seed=1),
            L.RandomRotation(0.2, seed=2),
            L.RandomContrast(0.3, seed=3),
            L.Resizing(6, 6),
        ]
    )
    m(X, training=True)
    return m

value = build()
t = build()
expect = {
    "X": X,
    "train": [np.array(t(X, training=True)) for _ in range(2)],
    "test": np.array(t(X, training=False)),
}
"""
CHECK = """
import numpy as np

got = [np.array(value(expect["X"], training=True)) for _ in range(2)]
facts = {
    "stream": all(np.array_equal(a, b) for a, b in zip(got, expect["train"])),
    "inference": np.array_equal(np.array(value(expect["X"], training=False)), expect["test"]),
    "random": not np.array_equal(got[0], got[1]),
}
ok, evidence = all(facts.values()), str(facts)
"""
