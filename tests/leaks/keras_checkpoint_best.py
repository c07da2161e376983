"""A checkpoint callback measures the next model by the last one's record, and doesn't save it (keras#15491)."""

INPUTS = ["checkpoint"]
OUTPUTS = ["saved"]
SETUP = """
import keras

checkpoint = keras.callbacks.ModelCheckpoint(
    "best.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True
)
"""
CELL = """
import os

import keras
import numpy as np

rate = 0.1 if not os.path.exists("best.weights.h5") else 0.001  # then a more careful one
if os.path.exists("best.weights.h5"):
    os.remove("best.weights.h5")
keras.utils.set_random_seed(3)
x = np.random.rand(64, 4)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(rate), "mse")
model.fit(x, x.sum(axis=1), epochs=4, verbose=0, callbacks=[checkpoint])
saved = os.path.exists("best.weights.h5")
"""
CHECK = """
first, second = (run["outputs"]["saved"] for run in runs)
leaked = first and not second
evidence = f"weights written: first run {first}, second run {second}"
"""
