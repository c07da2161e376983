"""The size of the thread pools can't be set any more after the first op of the process (tensorflow#57812)."""

RUNS = 1
SETUP = """
import tensorflow as tf

print(tf.reduce_sum(tf.ones((2, 2))))  # an earlier cell did anything at all
"""
CELL = """
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
w = tf.Variable(tf.zeros((4, 1)))
for _ in range(3):
    w.assign_add(tf.ones((4, 1)) * 0.1)
"""
CHECK = """
error = runs[-1]["error"]
leaked = bool(error)
evidence = f"asking for one thread: {error}"
"""
