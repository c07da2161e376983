"""A quantized tensor."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

value = tf.quantization.quantize(tf.constant([0.0, 1.0]), -1.0, 1.0, tf.qint8).output
expect = tf.quantization.dequantize(value, -1.0, 1.0).numpy()
"""
CHECK = """
import numpy as np, tensorflow as tf

ok = value.dtype == tf.qint8 and np.array_equal(tf.quantization.dequantize(value, -1.0, 1.0).numpy(), expect)
evidence = repr(value.dtype)
"""
