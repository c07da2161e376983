"""Asynchronous execution of eager ops stays on, so that errors surface in another cell."""

CELL = """
import tensorflow as tf

tf.config.experimental.set_synchronous_execution(False)
w = tf.Variable(tf.zeros((4, 1)))
for _ in range(3):
    w.assign_sub(0.1 * (tf.ones((4, 4)) @ w - 1.0))
print(w.numpy().sum())
"""
CHECK = """
import tensorflow as tf

leaked = not tf.config.experimental.get_synchronous_execution()
evidence = f"ops of this cell run asynchronously: {leaked}"
"""
