"""A dataset that calls Python code is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Dataset", "py_func"]
NAMES = ["value"]
MAKE = """
import numpy as np
import tensorflow as tf

value = tf.data.Dataset.range(3).map(lambda x: tf.numpy_function(lambda a: np.int64(a * 7), [x], tf.int64))
"""
CHECK = ""
