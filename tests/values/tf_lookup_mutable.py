"""Mutable tables with what was inserted and erased."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

m = tf.lookup.experimental.MutableHashTable(tf.string, tf.float32, 0.0)
m.insert(tf.constant(["a", "b"]), tf.constant([1.0, 2.0]))
d = tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, -1, empty_key=-2, deleted_key=-3)
d.insert(tf.constant([1, 2], tf.int64), tf.constant([10, 20], tf.int64))
d.erase(tf.constant([1], tf.int64))
value = {"m": m, "d": d}
"""
CHECK = """
import tensorflow as tf

facts = {
    "mutable": value["m"].lookup(tf.constant(["b", "z"])).numpy().tolist() == [2, 0],
    "dense": value["d"].lookup(tf.constant([1, 2], tf.int64)).numpy().tolist() == [-1, 20],
}
value["m"].insert(tf.constant(["z"]), tf.constant([9.0]))
facts["insert"] = int(value["m"].size()) == 3 and float(value["m"].lookup(tf.constant("z"))) == 9
ok, evidence = all(facts.values()), str(facts)
"""
