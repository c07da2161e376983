"""A subclass with its own train_step, test_step and metrics takes the step it would have taken."""

NAMES = ["value", "Net"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

X = np.random.default_rng(0).normal(size=(16, 4)).astype("f4")
y = X.sum(1, keepdims=True)
CLIP = 0.5

def clip(gs):
    return [tf.clip_by_value(g, -CLIP, CLIP) for g in gs]

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = keras.layers.Dense(1)
        self.track = keras.metrics.Mean(name="my_loss")

    def call(self, x):
        return self.d(x)

    @property
    def metrics(self):
        return [self.track]

    def train_step(self, data):
        x, t = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.abs(self(x, training=True) - t))
        self.optimizer.apply(clip(tape.gradient(loss, self.trainable_variables)), self.trainable_variables)
        self.track.update_state(loss)
        return {"my_loss": self.track.result()}

    def test_step(self, data):
        self.track.update_state(7.0)
        return {"my_loss": self.track.result()}

def build():
    keras.utils.set_random_seed(3)
    m = Net()
    m.compile(keras.optimizers.SGD(0.1, momentum=0.9))
    m.fit(X, y, epochs=2, batch_size=8, shuffle=False, verbose=0)
    return m

value, twin = build(), build()
h = twin.fit(X, y, epochs=1, batch_size=8, shuffle=False, verbose=0)
expect = {"X": X, "y": y, "h": h.history, "w": twin.get_weights()}
"""
CHECK = """
import numpy as np

h = value.fit(expect["X"], expect["y"], epochs=1, batch_size=8, shuffle=False, verbose=0)
facts = {
    "history": h.history == expect["h"],
    "weights": all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True)),
    "test_step": value.evaluate(expect["X"], expect["y"], verbose=0) == 7.0,
    "class": isinstance(value, Net),
}
ok, evidence = all(facts.values()), str(facts)
"""
