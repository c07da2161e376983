"""Device placement goes on being logged."""

CELL = """
import tensorflow as tf

tf.debugging.set_log_device_placement(True)
w = tf.Variable(tf.zeros((4, 1)))
for _ in range(2):
    w.assign_add(tf.ones((4, 1)) * 0.1)
"""
CHECK = """
import tensorflow as tf

leaked = tf.debugging.get_log_device_placement()
evidence = f"placement logging in this cell: {leaked}"
"""
