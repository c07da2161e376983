"""The process keeps the size that a training gave it (tensorflow#40655)."""

RUNS = 1
INPUTS = ["at_first"]
SETUP = """
import psutil

at_first = psutil.Process().memory_info().rss
"""
CELL = """
import numpy as np
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((256,)), tf.keras.layers.Dense(256), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.ones((512, 256)), np.ones((512, 1)), epochs=1, verbose=0)
del model
"""
CHECK = """
import gc

import psutil

gc.collect()
grown = (psutil.Process().memory_info().rss - at_first) // 2**20
leaked = grown > 50
evidence = f"{grown} MB more than a fresh process, in a cell that uses nothing"
"""
