"""Datasets that call Python code: with arrays, and with tensors."""

NAMES = ["arrays", "tensors", "seen"]
MAKE = """
import numpy as np
import tensorflow as tf

seen = []

def double(x):
    seen.append(int(x))
    return x * 2

arrays = tf.data.Dataset.range(3).map(lambda x: tf.numpy_function(lambda a: np.int64(a * 7), [x], tf.int64))
tensors = tf.data.Dataset.range(3).map(lambda x: tf.py_function(double, [x], tf.int64))
"""
CHECK = """
facts = {
    "arrays": [int(x) for x in arrays] == [0, 7, 14],
    "tensors": [int(x[0]) for x in tensors.batch(1)] == [0, 2, 4],
    "seen": seen == [0, 1, 2],
}
ok, evidence = all(facts.values()), str(facts)
"""
