"""Composite tensors: ragged, sparse, indexed slices, of text and numbers, and a ragged shape."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

value = {
    "ragged": tf.ragged.constant([[["a"], []], [["b", "c"]]]),
    "uniform": tf.RaggedTensor.from_uniform_row_length(tf.range(6), 3),
    "sparse": tf.SparseTensor([[0, 1], [1, 0]], [1.5, 2.5], [2, 2]),
    "slices": tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]), tf.constant([4, 1])),
    "shape": tf.experimental.DynamicRaggedShape.from_tensor(tf.ragged.constant([[1, 2], [3]])),
}
"""
CHECK = """
import tensorflow as tf

v = value
facts = {
    "ragged": v["ragged"].to_list() == [[[b"a"], []], [[b"b", b"c"]]] and v["ragged"].ragged_rank == 2,
    "uniform": v["uniform"].shape.as_list() == [2, 3] and int(v["uniform"].uniform_row_length) == 3,
    "sparse": tf.sparse.to_dense(v["sparse"]).numpy().tolist() == [[0, 1.5], [2.5, 0]],
    "slices": tf.convert_to_tensor(v["slices"]).numpy().tolist() == [[0], [0], [1], [0]],
    "shape": tf.ones(v["shape"]).to_list() == [[1, 1], [1]] and v["shape"].rank == 2,
    "sums": tf.reduce_sum(v["uniform"], 1).numpy().tolist() == [3, 12],
}
ok, evidence = all(facts.values()), str(facts)
"""
