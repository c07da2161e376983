"""A TensorArray can be read and written on."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

ta = tf.TensorArray(tf.float32, size=2, dynamic_size=True, clear_after_read=False, element_shape=(2,))
value = ta.write(0, [1.0, 2.0]).write(1, [3.0, 4.0])
"""
CHECK = """
import tensorflow as tf

facts = {
    "read": value.read(1).numpy().tolist() == [3, 4] and value.read(1).numpy().tolist() == [3, 4],
    "size": int(value.size()) == 2,
}
more = value.write(2, [5.0, 6.0])
facts["write"] = more.stack().numpy().tolist() == [[1, 2], [3, 4], [5, 6]]
facts["flags"] = (
    value.dynamic_size is True and value.dtype == tf.float32 and value.element_shape.as_list() == [2]
)
ok, evidence = all(facts.values()), str(facts)
"""
