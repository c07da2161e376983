"""A seed set through Keras stays, and later layers draw theirs from a known sequence
(carpentries-lab/deep-learning-intro#388).
"""

CELL = """
import keras
import numpy as np

keras.utils.set_random_seed(812)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
"""
CHECK = """
import random

import keras

drawn = keras.initializers.GlorotUniform().seed  # meant to be a fresh random seed
known = random.Random(812)
leaked = drawn in [known.randint(1, int(1e9)) for _ in range(2000)]
evidence = f"seed {drawn} is one of the first 2000 drawn after seeding with 812: {leaked}"
"""
