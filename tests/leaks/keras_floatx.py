"""The float type that a cell set is that of all later models (deepchem/deepchem#2265)."""

CELL = """
import keras
import numpy as np

keras.backend.set_floatx("float64")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
"""
CHECK = """
import keras

other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
kind = str(other.weights[0].dtype)
leaked = kind != "float32"
evidence = f"weights of the next model are {kind}"
"""
