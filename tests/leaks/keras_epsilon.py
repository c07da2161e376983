"""The epsilon that a cell set clips the losses of all later ones."""

CELL = """
import keras
import numpy as np

keras.config.set_epsilon(1e-2)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("sgd", "binary_crossentropy")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
"""
CHECK = """
import keras

loss = float(keras.losses.binary_crossentropy([1.0], [0.0]))
leaked = loss < 10
evidence = f"loss of the worst possible guess is {loss:.1f} (about 16 with the default epsilon)"
"""
