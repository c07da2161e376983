"""A gradient tape is refused."""

EXPECT = "refused"
REFUSAL = ["value", "GradientTape"]
NAMES = ["value"]
MAKE = """
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as value:
    y = x * x
"""
CHECK = ""
