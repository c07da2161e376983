"""The hunt for NaNs goes on, and raises where one was meant to be (tensorflow#59215)."""

CELL = """
import tensorflow as tf

tf.debugging.enable_check_numerics()
w = tf.Variable(1.0)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = (w - 3.0) ** 2
    w.assign_sub(0.1 * tape.gradient(loss, w))
"""
CHECK = """
import tensorflow as tf

try:
    tf.math.log(tf.constant([0.0, 1.0]))  # -inf is what this cell wants
    leaked, evidence = False, "log(0) is -inf"
except tf.errors.InvalidArgumentError as exc:
    leaked, evidence = True, "log(0) raises: " + str(exc).strip().splitlines()[0][:60]
"""
