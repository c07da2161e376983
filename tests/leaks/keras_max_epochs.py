"""A cap on epochs, set for one smoke test, caps every later fit."""

CELL = """
import keras
import numpy as np

keras.config.set_max_epochs(1)  # does it run at all?
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=100, verbose=0)
"""
CHECK = """
import keras
import numpy as np

other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
other.compile("sgd", "mse")
done = len(other.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=5, verbose=0).epoch)
leaked = done != 5
evidence = f"asked for 5 epochs, trained {done}"
"""
