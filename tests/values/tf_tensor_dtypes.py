"""Tensors of every dtype."""

NAMES = ["value"]
MAKE = """
import numpy as np
import tensorflow as tf

names = (
    "float16 float32 float64 bfloat16 float8_e5m2 float8_e4m3fn int8 uint8 int16 "
    "uint16 int32 uint32 int64 uint64 bool complex64 complex128"
).split()
value = {n: tf.constant(np.array([[0, 1], [2, 3]]).astype(tf.as_dtype(n).as_numpy_dtype)) for n in names}
value["zero"] = tf.constant(2.5)
value["empty"] = tf.zeros((0, 3))
expect = {k: v.numpy().tobytes() for k, v in value.items()}
"""
CHECK = """
import tensorflow as tf

facts = {
    k: value[k].numpy().tobytes() == expect[k] and (value[k].dtype.name == k or k in ("zero", "empty"))
    for k in expect
}
facts["is tensor"] = all(tf.is_tensor(v) for v in value.values())
facts["0-d"] = value["zero"].shape == () and float(value["zero"] * 2) == 5.0
facts["empty"] = value["empty"].shape == (0, 3)
facts["math"] = float(tf.reduce_sum(tf.cast(value["bfloat16"] + value["bfloat16"], tf.float32))) == 12.0
ok = all(facts.values())
evidence = str([k for k, v in facts.items() if not v] or "all %d" % len(facts))
"""
