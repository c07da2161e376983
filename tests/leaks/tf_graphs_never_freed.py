"""Traced graphs stay in memory after fit, whatever the cell deletes, clears and collects
(tensorflow#80895; tensorflow#109334 would free them).
"""

CELL = """
import gc

import numpy as np
import tensorflow as tf

model = tf.keras.Sequential(
    [tf.keras.Input((64,)), tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(1)]
)
model.compile("adam", "mse")
model.fit(np.ones((64, 64)), np.ones((64, 1)), epochs=1, verbose=0)
del model
tf.keras.backend.clear_session()
gc.collect()
"""
CHECK = """
import gc

gc.collect()
kept = [o for o in gc.get_objects() if type(o).__name__ == "FuncGraph"]
leaked = len(kept) > 0
evidence = f"traced graphs still in memory: {len(kept)}"
"""
