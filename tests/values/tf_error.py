"""TensorFlow's errors with message and code."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

try:
    tf.reshape(tf.range(3), (2, 2))
except tf.errors.InvalidArgumentError as e:
    value = [e, tf.errors.OutOfRangeError(None, None, "end")]
expect = value[0].message
"""
CHECK = """
import tensorflow as tf

facts = {
    "class": isinstance(value[0], tf.errors.InvalidArgumentError) and isinstance(value[1], tf.errors.OpError),
    "message": value[0].message == expect and value[1].message == "end",
    "code": value[0].error_code == 3 and value[1].error_code == 11,
}
ok, evidence = all(facts.values()), str(facts)
"""
