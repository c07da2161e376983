"""TensorFlow's logger stays silent after one cell asked for quiet (recommenders-team/recommenders#1256)."""

CELL = """
import tensorflow as tf

tf.get_logger().setLevel("ERROR")
w = tf.Variable(1.0)
for _ in range(3):
    w.assign_sub(0.1 * (w - 3.0))
"""
CHECK = """
import logging

import tensorflow as tf

leaked = not tf.get_logger().isEnabledFor(logging.WARNING)
evidence = f"warnings of this cell are dropped: {leaked}"
"""
