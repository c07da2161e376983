"""A gradient by hand, alone and in a tf.function."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

@tf.custom_gradient
def clip_grad(x):
    def grad(dy):
        return dy * 0.5

    return x * x, grad

value = [clip_grad, tf.function(lambda x: clip_grad(x) + 1)]
value[1](tf.constant(3.0))
"""
CHECK = """
import tensorflow as tf

out = []
for f in value:
    x = tf.constant(3.0)
    with tf.GradientTape() as t:
        t.watch(x)
        y = f(x)
    out.append((float(y), float(t.gradient(y, x))))
ok = out == [(9.0, 0.5), (10.0, 0.5)]
evidence = str(out)
"""
