"""A symbolic tensor that escaped its graph is refused."""

EXPECT = "refused"
REFUSAL = ["value", "[0]", "SymbolicTensor"]
NAMES = ["value"]
MAKE = """
import tensorflow as tf

value = []

@tf.function
def f(x):
    y = x + 1
    value.append(y)
    return y

f(tf.constant(1.0))
"""
CHECK = ""
