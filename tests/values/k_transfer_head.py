"""Layers that are added in the next cell get names that nobody has."""

NAMES = ["base"]
MAKE = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
base = keras.Sequential(
    [keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.1), keras.layers.Dense(4)]
)
base.compile("sgd", "mse")
base.fit(np.ones((2, 3)), np.ones((2, 4)), verbose=0)
"""
CHECK = """
import keras, numpy as np

names = [l.name for l in base.layers]
try:
    base.add(keras.layers.Dense(1))
    base.compile("sgd", "mse")
    base.fit(np.ones((2, 3)), np.ones((2, 1)), verbose=0)
    ok = len({l.name for l in base.layers}) == 4 and [l.name for l in base.layers][:3] == names
    evidence = str([l.name for l in base.layers])
except ValueError as e:
    ok, evidence = False, str(e)[:200]
"""
