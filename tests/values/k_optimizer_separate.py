"""An optimizer of a loop by hand, whose model was never compiled, keeps its slots."""

NAMES = ["model", "opt"]
MAKE = """
import keras
import numpy as np
import tensorflow as tf

X = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")
y = X.sum(1, keepdims=True)

def step(m, o):
    with tf.GradientTape() as t:
        loss = tf.reduce_mean((m(X) - y) ** 2)
    o.apply_gradients(zip(t.gradient(loss, m.trainable_variables), m.trainable_variables))

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    o = keras.optimizers.Adam(0.01)
    step(m, o)
    step(m, o)
    return m, o

model, opt = build()
t = build()
step(*t)
step(*t)
expect = {"X": X, "y": y, "w": t[0].get_weights()}
"""
CHECK = """
import numpy as np, tensorflow as tf

for _ in range(2):
    with tf.GradientTape() as t:
        loss = tf.reduce_mean((model(expect["X"]) - expect["y"]) ** 2)
    opt.apply_gradients(zip(t.gradient(loss, model.trainable_variables), model.trainable_variables))
facts = {
    "iterations": int(opt.iterations) == 4,
    "weights": all(np.array_equal(a, b) for a, b in zip(model.get_weights(), expect["w"], strict=True)),
}
ok, evidence = all(facts.values()), str(facts)
"""
