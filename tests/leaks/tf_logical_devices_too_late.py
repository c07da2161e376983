"""A device can't be split any more after the first op of the process (LorenFrankLab/spyglass#787)."""

RUNS = 1
SETUP = """
import tensorflow as tf

print(tf.reduce_sum(tf.ones((2, 2))))
"""
CELL = """
import tensorflow as tf

device = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    device, [tf.config.LogicalDeviceConfiguration(), tf.config.LogicalDeviceConfiguration()]
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    w = tf.Variable(1.0)
"""
CHECK = """
error = runs[-1]["error"]
leaked = bool(error)
evidence = f"two logical devices: {error}"
"""
