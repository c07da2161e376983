"""Permission to run code from model files, given once, holds for every later file (keras#23048)."""

CELL = """
import keras
import numpy as np

keras.config.enable_unsafe_deserialization()
model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
model.save("mine.keras")
model = keras.models.load_model("mine.keras")
"""
CHECK = """
import keras

try:
    keras.models.load_model("mine.keras")
    leaked, evidence = True, "a Lambda from a file ran without any permission in this cell"
except ValueError as exc:
    leaked, evidence = False, "refused: " + str(exc)[:60]
"""
