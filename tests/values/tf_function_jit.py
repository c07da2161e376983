"""A tf.function that is compiled by XLA."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

@tf.function(jit_compile=True)
def value(x):
    return tf.reduce_sum(tf.nn.softmax(x) * x)

expect = float(value(tf.constant([1.0, 2.0, 3.0])))
"""
CHECK = """
import tensorflow as tf

got = float(value(tf.constant([1.0, 2.0, 3.0])))
hlo = value.experimental_get_compiler_ir(tf.constant([1.0, 2.0]))(stage="hlo")
ok = got == expect and "HloModule" in hlo
evidence = str((got, expect))
"""
