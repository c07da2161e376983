"""Automatic layer names count on, so that a second run's first Dense isn't called dense."""

CELL = """
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
first_kernel = model.get_layer("dense").kernel.numpy()
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {second}"
"""
