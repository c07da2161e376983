"""A custom gradient is registered already when the cell runs again (lmb-freiburg/deeptam#12)."""

CELL = """
import tensorflow as tf

@tf.RegisterGradient("GuidedRelu")
def guided_relu(op, grad):
    return tf.where(grad > 0, grad, tf.zeros_like(grad)) * tf.cast(op.inputs[0] > 0, grad.dtype)

with tf.Graph().as_default() as graph:
    with graph.gradient_override_map({"Relu": "GuidedRelu"}):
        x = tf.constant([1.0, -2.0])
        saliency = tf.gradients(tf.nn.relu(x), x)[0]
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {str(second)[:80]}"
"""
