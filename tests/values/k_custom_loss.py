"""Losses: a class that holds tensors, a closure, a built-in with options."""

NAMES = ["value", "Focal"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

class Focal(keras.losses.Loss):
    def __init__(self, weights):
        super().__init__(reduction="sum")
        self.weights = tf.constant(weights)

    def call(self, t, p):
        return tf.square(t - p) * self.weights

def make_loss(alpha):
    def loss(t, p):
        return alpha * keras.ops.mean(keras.ops.abs(t - p))

    return loss

value = {
    "cls": Focal([1.0, 2.0]),
    "fn": make_loss(3.0),
    "bce": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1, reduction="none"),
}
t, p = np.array([[0.0, 1.0]], "f4"), np.array([[1.0, 3.0]], "f4")
expect = {"t": t, "p": p, "r": {k: np.array(f(t, p)) for k, f in value.items()}}
"""
CHECK = """
import numpy as np

facts = {k: np.array_equal(np.array(f(expect["t"], expect["p"])), expect["r"][k]) for k, f in value.items()}
facts["class"] = isinstance(value["cls"], Focal) and value["bce"].name == "binary_crossentropy"
ok, evidence = all(facts.values()), str(facts)
"""
