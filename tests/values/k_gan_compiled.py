"""A model with two networks, two optimizers and a compile of its own takes the step it would have taken."""

NAMES = ["value", "Gan"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

class Gan(keras.Model):
    def __init__(self):
        super().__init__()
        self.make = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        self.judge = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.3), keras.layers.Dense(1)])
        self.seeds = keras.random.SeedGenerator(3)

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn
        self.d_loss = keras.metrics.Mean(name="d_loss")

    @property
    def metrics(self):
        return [self.d_loss]

    def train_step(self, real):
        noise = keras.random.normal((4, 2), seed=self.seeds)
        with tf.GradientTape() as tape:
            loss = self.loss_fn(tf.zeros((4, 1)), self.judge(self.make(noise), training=True))
            loss += self.loss_fn(tf.ones((4, 1)), self.judge(real, training=True))
        weights = self.judge.trainable_variables
        self.d_optimizer.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            fooled = self.loss_fn(tf.ones((4, 1)), self.judge(self.make(noise)))
        weights = self.make.trainable_variables
        self.g_optimizer.apply(tape.gradient(fooled, weights), weights)
        self.d_loss.update_state(loss)
        return {"d_loss": self.d_loss.result()}

X = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")

def build():
    keras.utils.set_random_seed(1)
    gan = Gan()
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.RMSprop(0.02), loss)
    gan.fit(X, batch_size=4, shuffle=False, verbose=0)
    return gan

value, twin = build(), build()
h = twin.fit(X, batch_size=4, shuffle=False, verbose=0)
expect = {"X": X, "h": h.history, "w": twin.get_weights()}
"""
CHECK = """
import numpy as np

h = value.fit(expect["X"], batch_size=4, shuffle=False, verbose=0)
facts = {
    "history": h.history == expect["h"],
    "weights": all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True)),
    "class": isinstance(value, Gan) and int(value.g_optimizer.iterations) == 4,
}
ok, evidence = all(facts.values()), str(facts)
"""
