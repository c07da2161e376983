"""tf.data stays in debug mode, which has no off switch: later pipelines run eagerly and serially."""

CELL = """
import tensorflow as tf

tf.data.experimental.enable_debug_mode()
data = tf.data.Dataset.range(8).map(lambda x: tf.cast(x, tf.float32) / 8).batch(4)
w = tf.Variable(0.0)
for batch in data:
    w.assign_add(0.1 * tf.reduce_mean(batch - w))
"""
CHECK = """
import tensorflow as tf

eager = []
for _ in tf.data.Dataset.range(3).map(lambda x: (eager.append(tf.executing_eagerly()), x)[1]):
    pass
leaked = len(eager) > 1
evidence = f"the mapped Python function ran {len(eager)} times for 3 elements, eagerly: {eager[-1]}"
"""
