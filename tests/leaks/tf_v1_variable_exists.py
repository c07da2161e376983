"""The default graph holds the last run's variables, and one can't be made again (tensorflow#859)."""

CELL = """
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

x = tf.placeholder(tf.float32, (None, 2))
with tf.variable_scope("net"):
    w = tf.get_variable("w", (2, 1))
loss = tf.reduce_mean((tf.matmul(x, w) - 1.0) ** 2)
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(3):
        session.run(train, {x: [[1.0, 2.0]]})
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {str(second)[:70]}"
"""
