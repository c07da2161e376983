"""Datasets of datasets: zip, interleave, window, concatenate."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

a = tf.data.Dataset.range(4)
inter = a.interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(2), cycle_length=2, block_length=1)
win = tf.data.Dataset.range(5).window(2, drop_remainder=True).flat_map(lambda w: w.batch(2))
value = {
    "zip": tf.data.Dataset.zip((a, inter)),
    "win": win,
    "enum": a.skip(1).take(2).enumerate(),
    "cat": a.concatenate(a),
    "infinite": a.repeat(),
}
"""
CHECK = """
import tensorflow as tf

facts = {
    "zip": [(int(x), int(y)) for x, y in value["zip"]] == [(0, 0), (1, 1), (2, 0), (3, 1)],
    "window": [w.numpy().tolist() for w in value["win"]] == [[0, 1], [2, 3]],
    "enum": [(int(i), int(x)) for i, x in value["enum"]] == [(0, 1), (1, 2)],
    "cat": int(value["cat"].cardinality()) == 8,
    "infinite": int(value["infinite"].cardinality()) == tf.data.INFINITE_CARDINALITY,
}
ok, evidence = all(facts.values()), str(facts)
"""
