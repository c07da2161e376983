"""An object that is no Keras class holds two networks and their optimizers."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

class Trainer:
    def __init__(self):
        keras.utils.set_random_seed(3)
        self.nets = {k: keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]) for k in "ab"}
        self.opts = {k: keras.optimizers.Adam(0.1) for k in "ab"}
        self.steps = 0

    def step(self, x):
        self.steps += 1
        for k, net in self.nets.items():
            with tf.GradientTape() as t:
                loss = tf.reduce_mean(net(x) ** 2)
            self.opts[k].apply(t.gradient(loss, net.trainable_variables), net.trainable_variables)
        return [w for n in self.nets.values() for w in n.get_weights()]

value, twin = Trainer(), Trainer()
x = np.array([[1.0, 2.0], [3.0, -1.0]], "f4")
value.step(x)
twin.step(x)
expect = {"x": x, "w": twin.step(x)}
"""
CHECK = """
import numpy as np

got = value.step(expect["x"])
ok = value.steps == 2 and all(np.array_equal(a, b) for a, b in zip(got, expect["w"], strict=True))
evidence = str(got)
"""
