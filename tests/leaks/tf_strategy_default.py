"""A distribution strategy set as default puts all later cells in its scope."""

CELL = """
import tensorflow as tf

tf.distribute.experimental_set_strategy(tf.distribute.OneDeviceStrategy("/CPU:0"))
w = tf.Variable(1.0)
for _ in range(3):
    w.assign_sub(0.1 * (w - 3.0))
"""
CHECK = """
import tensorflow as tf

leaked = tf.distribute.has_strategy()
evidence = f"strategy of this cell: {type(tf.distribute.get_strategy()).__name__}"
"""
