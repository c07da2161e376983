"""The global generator is where the last run left it, and later cells draw from its seed."""

CELL = """
import tensorflow as tf

tf.random.set_global_generator(tf.random.Generator.from_seed(7))
w = tf.Variable(tf.random.get_global_generator().normal((4, 1)))
for _ in range(3):
    w.assign_sub(0.1 * w)
"""
CHECK = """
import tensorflow as tf

drawn = tf.random.get_global_generator().uniform((2,)).numpy().tolist()
again = tf.random.Generator.from_seed(7)
again.normal((4, 1))
expected = again.uniform((2,)).numpy().tolist()
leaked = drawn == expected
evidence = f"drew {drawn}; seed 7 would go on with {expected}"
"""
