"""A library's warning that was shown in the first run is kept back in the second."""

CELL = """
import keras
import numpy as np

layer = keras.layers.Dense(10, activation="relu", input_shape=(8,))  # Keras 3 advises against input_shape
model = keras.Sequential([layer, keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 8)), np.ones((16, 1)), epochs=1, verbose=0)
"""
CHECK = """
shown = ["input_shape" in run["stderr"] for run in runs]
leaked = shown == [True, False]
evidence = f"advice on input_shape shown, by run: {shown}"
"""
