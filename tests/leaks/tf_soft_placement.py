"""Strict device placement stays on, and later cells fail on a device that isn't there."""

CELL = """
import tensorflow as tf

tf.config.set_soft_device_placement(False)  # tell me if it is not on my device
with tf.device("/CPU:0"):
    w = tf.Variable(tf.zeros((4, 1)))
    for _ in range(3):
        w.assign_add(tf.ones((4, 1)) * 0.1)
"""
CHECK = """
import tensorflow as tf

try:
    with tf.device("/GPU:7"):  # falls back to what there is, by default
        tf.ones(2) + 1
    leaked, evidence = False, "fell back as usual"
except (tf.errors.InvalidArgumentError, RuntimeError) as exc:
    leaked, evidence = True, str(exc).splitlines()[0][:80]
"""
