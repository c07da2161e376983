"""The backend is the one of Keras' first import; a KERAS_BACKEND set later has no effect (keras-core#749)."""

RUNS = 1
RAISES = True
OUTPUTS = ["backend"]
SETUP = """
import keras  # an earlier cell looked at something

print(keras.__version__)
"""
CELL = """
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
backend = keras.backend.backend()
"""
CHECK = """
run = runs[-1]
leaked = run["error"] is None and run["outputs"]["backend"] != "jax"
evidence = f"asked for jax, got {run['error'] or run['outputs']['backend']}"
"""
