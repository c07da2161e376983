"""A model of an earlier cell keeps its weights, so that fit goes on where the last fit ended."""

INPUTS = ["model", "x", "y"]
OUTPUTS = ["first_loss"]
SETUP = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
x = np.random.rand(64, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.05), "mse")
"""
CELL = """
history = model.fit(x, y, epochs=3, verbose=0, shuffle=False)
first_loss = history.history["loss"][0]
"""
CHECK = """
first, second = (run["outputs"]["first_loss"] for run in runs)
leaked = abs(first - second) > 1e-4
evidence = f"loss of the first epoch: {first:.4f}, and on running again {second:.4f}"
"""
