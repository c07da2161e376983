"""Determinism that one cell demanded is demanded of all; it has no public off switch (tensorflow/community#346)."""

CELL = """
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(1)
tf.config.experimental.enable_op_determinism()
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1, verbose=0)
"""
CHECK = """
import tensorflow as tf
from tensorflow.python.framework import config

leaked = config.is_op_determinism_enabled()
evidence = f"op determinism demanded of this cell: {leaked}"
"""
