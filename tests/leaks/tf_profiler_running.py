"""A profiler that was started and not stopped keeps a second run from starting one (tensorflow#37543)."""

CELL = """
import tensorflow as tf

tf.profiler.experimental.start("profile")
w = tf.Variable(1.0)
for _ in range(3):
    w.assign_sub(0.1 * (w - 3.0))
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {second}"
"""
