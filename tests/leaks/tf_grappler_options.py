"""Switches of the graph optimizer stay as a cell set them."""

CELL = """
import tensorflow as tf

tf.config.optimizer.set_experimental_options({"constant_folding": False, "disable_meta_optimizer": True})
w = tf.Variable(1.0)

@tf.function
def step():
    w.assign_sub(0.1 * (w - 3.0))

for _ in range(3):
    step()
"""
CHECK = """
import tensorflow as tf

options = tf.config.optimizer.get_experimental_options()
leaked = bool(options.get("disable_meta_optimizer"))
evidence = f"options found: {options}"
"""
