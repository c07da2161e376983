"""Protocol buffers."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

g = tf.function(lambda x: x * 2 + 1).get_concrete_function(tf.TensorSpec([], tf.float32)).graph.as_graph_def()
value = {
    "ex": tf.train.Example(
        features=tf.train.Features(feature={"n": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))})
    ),
    "graph": g,
    "tp": tf.make_tensor_proto([1.0, 2.0]),
}
expect = g.SerializeToString(deterministic=True)
"""
CHECK = """
import tensorflow as tf

facts = {
    "example": list(value["ex"].features.feature["n"].int64_list.value) == [1, 2],
    "graph": value["graph"].SerializeToString(deterministic=True) == expect,
    "tensor": tf.make_ndarray(value["tp"]).tolist() == [1, 2],
}
ok, evidence = all(facts.values()), str(facts)
"""
