"""An InteractiveSession stays the default one (Vikramank/Deep-Learning-#7)."""

CELL = """
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

session = tf.InteractiveSession()
w = tf.Variable(1.0)
step = tf.train.GradientDescentOptimizer(0.1).minimize((w - 3.0) ** 2)
session.run(tf.global_variables_initializer())
for _ in range(3):
    step.run()
"""
CHECK = """
import tensorflow.compat.v1 as tf

found = tf.get_default_session()
leaked = found is not None
evidence = f"default session of this cell: {found!r:.70}"
"""
