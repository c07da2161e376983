"""A dataset over a Python generator, of one shape or of several."""

NAMES = ["rows", "value", "signed", "count"]
MAKE = """
import tensorflow as tf

count = 3

def rows():
    for i in range(count):
        yield i, [i] * i

value = tf.data.Dataset.from_generator(rows, output_types=(tf.int32, tf.int32), output_shapes=((), (None,)))
signature = (tf.TensorSpec([], tf.int32), tf.RaggedTensorSpec([1, None], tf.int32))
signed = tf.data.Dataset.from_generator(lambda: ((i, tf.ragged.constant([[i]])) for i in range(2)), output_signature=signature).repeat(2)
next(iter(value))
"""
CHECK = """
first = [(int(i), row.numpy().tolist()) for i, row in value]
batches = [x.numpy().tolist() for x, _ in value.padded_batch(2)]
count = 1
facts = {
    "rows": first == [(0, []), (1, [1]), (2, [2, 2])],
    "batched": batches == [[0, 1], [2]],
    "ragged": [row.to_list() for _, row in signed] == [[[0]], [[1]]] * 2,
    "reads what its receiver has": len(list(value)) == 1,
}
ok, evidence = all(facts.values()), str(facts)
"""
