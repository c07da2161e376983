"""A tf.function and the variable it captured are about one memory."""

NAMES = ["value", "w"]
MAKE = """
import tensorflow as tf

w = tf.Variable([1.0, 2.0], name="w")

@tf.function
def value(x):
    w.assign_add(x)
    return tf.reduce_sum(w)

value(tf.constant([1.0, 1.0]))
"""
CHECK = """
import tensorflow as tf

facts = {"state came": w.numpy().tolist() == [2, 3], "call": float(value(tf.constant([1.0, 0.0]))) == 6.0}
facts["function writes w"] = w.numpy().tolist() == [3, 3]
w.assign([10.0, 10.0])
facts["function sees w"] = float(value(tf.constant([0.0, 0.0]))) == 20.0
with tf.GradientTape() as t:
    out = value(tf.constant([0.0, 0.0]))
facts["gradient"] = t.gradient(out, w) is not None
ok, evidence = all(facts.values()), str(facts)
"""
