"""A random generator that was never used."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

value = tf.random.Generator.from_seed(11, alg="philox")
expect = tf.random.Generator.from_seed(11, alg="philox").normal([4]).numpy()
"""
CHECK = """
import numpy as np

ok = np.array_equal(value.normal([4]).numpy(), expect)
evidence = str(expect)
"""
