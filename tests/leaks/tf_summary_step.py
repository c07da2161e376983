"""The summary step of one run dates the records of the next (tensorflow#26406)."""

CELL = """
import tensorflow as tf

counter = tf.Variable(0, dtype=tf.int64)
tf.summary.experimental.set_step(counter)
w = tf.Variable(1.0)
with tf.summary.create_file_writer("logs").as_default():
    for _ in range(5):
        w.assign_sub(0.1 * (w - 3.0))
        tf.summary.write("w", w)
        counter.assign_add(1)
"""
CHECK = """
import tensorflow as tf

step = tf.summary.experimental.get_step()
leaked = step is not None
evidence = f"default step of this cell: {None if step is None else int(step)}"
"""
