"""Tensors go on being compared by identity."""

CELL = """
import tensorflow as tf

tf.compat.v1.disable_tensor_equality()  # so that index() below finds the tensor itself
losses = [tf.constant([2.0, 1.0]), tf.constant([1.0, 3.0])]
best = min(losses, key=lambda loss: float(tf.reduce_sum(loss)))
print("best run:", losses.index(best))
w = tf.Variable([1.0, 2.0])
for _ in range(3):
    w.assign_sub(0.1 * best)
"""
CHECK = """
import tensorflow as tf

answer = tf.constant([1, 2]) == tf.constant([1, 3])
leaked = isinstance(answer, bool)
evidence = f"[1, 2] == [1, 3] gave {answer!r:.60}"
"""
