"""The default graph has one more copy of the model after each run (hunkim/DeepLearningZeroToAll#82)."""

OUTPUTS = ["variables"]
CELL = """
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

x = tf.placeholder(tf.float32, (None, 2), name="x")
w = tf.Variable(tf.zeros((2, 1)), name="w")
loss = tf.reduce_mean((tf.matmul(x, w) - 1.0) ** 2)
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(train, {"x:0": [[1.0, 2.0]]})
    saved = tf.train.Saver().save(session, "./model")
variables = [v.name for v in tf.global_variables()]
"""
CHECK = """
last = runs[-1]
names = last["outputs"].get("variables")
leaked = bool(last["error"]) or len(names) > 1
evidence = f"second run: {names or str(last['error']).splitlines()[0][:90]}"
"""
