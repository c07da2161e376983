"""A dataset of nested and ragged elements."""

NAMES = ["value"]
MAKE = """
import numpy as np
import tensorflow as tf

value = tf.data.Dataset.from_tensor_slices(
    {
        "x": np.arange(6.0).reshape(3, 2),
        "y": (tf.constant(["a", "b", "c"]), tf.ragged.constant([[1], [], [2, 3]])),
    }
).batch(2, name="pairs")
expect = repr(value.element_spec)
"""
CHECK = """
els = list(value)
facts = {
    "elements": els[0]["x"].numpy().tolist() == [[0, 1], [2, 3]] and els[1]["y"][0].numpy().tolist() == [b"c"],
    "ragged": els[1]["y"][1].to_list() == [[2, 3]],
    "spec": repr(value.element_spec) == expect,
    "cardinality": int(value.cardinality()) == 2 == len(value),
    "again": len(list(value)) == 2,
}
ok, evidence = all(facts.values()), str(facts)
"""
