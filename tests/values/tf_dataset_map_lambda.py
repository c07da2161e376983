"""A dataset with Python lambdas in it."""

NAMES = ["value", "K"]
MAKE = """
import tensorflow as tf

K = 10
value = (
    tf.data.Dataset.range(6)
    .map(lambda x: x * K, num_parallel_calls=tf.data.AUTOTUNE)
    .filter(lambda x: x % 20 == 0)
)
"""
CHECK = """
import tensorflow as tf

facts = {
    "elements": [int(x) for x in value] == [0, 20, 40],
    "goes on": [int(x) for x in value.map(lambda x: x + 1).batch(3).unbatch()] == [1, 21, 41],
    "cardinality": int(value.cardinality()) == tf.data.UNKNOWN_CARDINALITY,
}
ok, evidence = all(facts.values()), str(facts)
"""
