"""TensorFloat-32 stays switched off for all later products of matrices."""

CELL = """
import tensorflow as tf

tf.config.experimental.enable_tensor_float_32_execution(False)
w = tf.Variable(tf.zeros((4, 1)))
for _ in range(3):
    w.assign_sub(0.1 * (tf.ones((4, 4)) @ w - 1.0))
"""
CHECK = """
import tensorflow as tf

leaked = not tf.config.experimental.tensor_float_32_execution_enabled()
evidence = f"TensorFloat-32 allowed in this cell: {not leaked}"
"""
