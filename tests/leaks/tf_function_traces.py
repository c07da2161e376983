"""A tf.function of an earlier cell keeps a trace of every model that it was given (serengil/deepface#180)."""

INPUTS = ["evaluate"]
OUTPUTS = ["traces"]
SETUP = """
import tensorflow as tf

@tf.function
def evaluate(model, x):
    return tf.reduce_mean(model(x))
"""
CELL = """
import tensorflow as tf

for units in (4, 8, 16):
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(units)])
    score = evaluate(model, tf.ones((8, 4)))
traces = evaluate.experimental_get_tracing_count()
"""
CHECK = """
first, second = (run["outputs"]["traces"] for run in runs)
leaked = second != first
evidence = f"traces held: {first}, then {second}"
"""
