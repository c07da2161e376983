"""A dataset over a Python generator is refused."""

EXPECT = "refused"
REFUSAL = ["value", "Dataset", "generator"]
NAMES = ["value"]
MAKE = """
import tensorflow as tf

def rows():
    for i in range(3):
        yield i

value = tf.data.Dataset.from_generator(rows, output_signature=tf.TensorSpec([], tf.int32)).batch(2)
"""
CHECK = ""
