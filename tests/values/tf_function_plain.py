"""A tf.function is traced again for what it has not seen."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

@tf.function
def value(x, flip=False):
    if tf.reduce_sum(x) > 0:
        y = x * 2
    else:
        y = x - 1
    for i in tf.range(2):
        y += tf.cast(i, x.dtype)
    return -y if flip else y

value(tf.constant([1.0, 2.0]))
expect = value.experimental_get_tracing_count()
"""
CHECK = """
import tensorflow as tf

facts = {
    "traced kind": value(tf.constant([1.0, 2.0])).numpy().tolist() == [3, 5],
    "other branch": value(tf.constant([-1.0, -2.0])).numpy().tolist() == [-1, -2],
    "new dtype": value(tf.constant([3])).numpy().tolist() == [7],
    "new rank": value(tf.constant([[1.0]])).numpy().tolist() == [[3]],
    "python arg": value(tf.constant([1.0]), flip=True).numpy().tolist() == [-3],
    "name": value.__name__ == "value",
    "is tf.function": hasattr(value, "get_concrete_function"),
}
ok, evidence = all(facts.values()), str(facts)
"""
