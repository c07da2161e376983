"""An iterator in the middle of a dataset is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Iterator"]
NAMES = ["value"]
MAKE = """
import tensorflow as tf

value = iter(tf.data.Dataset.range(5))
next(value)
"""
CHECK = ""
