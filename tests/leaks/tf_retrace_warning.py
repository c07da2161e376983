"""The alarm about retracing counts the models of all runs together (tensorflow#42441)."""

CELL = """
import numpy as np
import tensorflow as tf

for units in (2, 3, 4):
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(units)])
    model.predict(np.ones((4, 4)), verbose=0)
"""
CHECK = """
warned = ["retracing" in run["stdout"] + run["stderr"] for run in runs]
leaked = warned[-1] and not warned[0]
evidence = f"warned of retracing, by run: {warned}"
"""
