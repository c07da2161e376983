"""Static tables, one with buckets for unknown words."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

init = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([5, 6], tf.int64))
value = {
    "h": tf.lookup.StaticHashTable(init, default_value=-1),
    "voc": tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["x", "y"], tf.constant([0, 1], tf.int64)), 3
    ),
}
expect = value["voc"].lookup(tf.constant(["y", "unseen"])).numpy().tolist()
"""
CHECK = """
import tensorflow as tf

facts = {
    "lookup": value["h"].lookup(tf.constant(["b", "q"])).numpy().tolist() == [6, -1],
    "size": int(value["h"].size()) == 2,
    "oov": value["voc"].lookup(tf.constant(["y", "unseen"])).numpy().tolist() == expect,
    "in graph": tf.function(lambda s: value["h"].lookup(s) + 1)(tf.constant("a")).numpy() == 6,
    "dtypes": value["h"].key_dtype == tf.string and value["h"].value_dtype == tf.int64,
}
ok, evidence = all(facts.values()), str(facts)
"""
