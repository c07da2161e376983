"""A command line flag is defined already when the cell runs again (google/automl#175)."""

CELL = """
import tensorflow as tf

flags = tf.compat.v1.flags
flags.DEFINE_float("learning_rate", 0.1, "step size")
flags.FLAGS(["train"])
w = tf.Variable(1.0)
for _ in range(3):
    w.assign_sub(flags.FLAGS.learning_rate * (w - 3.0))
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {str(second)[:80]}"
"""
