"""Specs, shapes, dtypes, options."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

opts = tf.data.Options()
opts.deterministic = False
opts.autotune.enabled = False
value = {
    "t": tf.TensorSpec([None, 3], tf.float16, name="x"),
    "r": tf.RaggedTensorSpec([None, None], tf.int32, 1),
    "s": tf.SparseTensorSpec([2, 3]),
    "shape": tf.TensorShape([None, 4]),
    "unknown": tf.TensorShape(None),
    "dtype": tf.bfloat16,
    "ds": tf.data.Dataset.range(3).element_spec,
    "dss": tf.data.DatasetSpec(tf.TensorSpec([], tf.int64)),
    "feat": {"a": tf.io.FixedLenFeature([2], tf.float32, [0.0, 1.0]), "b": tf.io.VarLenFeature(tf.string)},
    "opts": opts,
    "bounded": tf.TensorSpec.from_tensor(tf.constant([1]), name="n"),
}
"""
CHECK = """
import tensorflow as tf

v = value
facts = {
    "t": v["t"] == tf.TensorSpec([None, 3], tf.float16, "x")
    and v["t"].is_compatible_with(tf.zeros((2, 3), tf.float16)),
    "r": v["r"].ragged_rank == 1,
    "s": v["s"].dtype == tf.float32,
    "shape": v["shape"].as_list() == [None, 4] and v["shape"].is_compatible_with([7, 4]),
    "unknown": v["unknown"].rank is None,
    "dtype": v["dtype"] is tf.bfloat16,
    "ds": v["ds"] == tf.TensorSpec([], tf.int64),
    "dss": v["dss"].element_spec.dtype == tf.int64,
    "opts": v["opts"].deterministic is False and v["opts"].autotune.enabled is False,
}
ex = tf.train.Example(
    features=tf.train.Features(feature={"b": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"q"]))})
)
parsed = tf.io.parse_single_example(ex.SerializeToString(), v["feat"])
facts["parse"] = parsed["a"].numpy().tolist() == [0, 1] and parsed["b"].values.numpy().tolist() == [b"q"]
ok, evidence = all(facts.values()), str(facts)
"""
