"""Python functions handed to TensorFlow stay in a table, with the arrays that they hold (tensorflow#37653)."""

CELL = """
import numpy as np
import tensorflow as tf

images = np.ones((64, 32, 32, 3), "float32")
data = tf.data.Dataset.range(64).map(lambda i: tf.py_function(lambda k: images[int(k)], [i], tf.float32)).batch(16)
w = tf.Variable(0.0)
for batch in data:
    w.assign_add(0.1 * tf.reduce_mean(batch - w))
"""
CHECK = """
from tensorflow.python.ops import script_ops

kept = script_ops._py_funcs.size()
leaked = kept > 0
evidence = f"Python functions in the table: {kept}"
"""
