"""String tensors, also with bytes that are no text."""

NAMES = ["value"]
MAKE = r"""
import tensorflow as tf

value = [tf.constant([["a\x00b", "é"], ["", b"\xff\xfe"]]), tf.constant("word"), tf.constant([], tf.string)]
"""
CHECK = r"""
import tensorflow as tf

facts = {
    "bytes": value[0].numpy().tolist() == [[b"a\x00b", "é".encode()], [b"", b"\xff\xfe"]],
    "0-d": value[1].shape == () and value[1].numpy() == b"word",
    "empty": value[2].shape == (0,) and value[2].dtype == tf.string,
    "ops": tf.strings.length(value[0]).numpy().tolist() == [[3, 2], [0, 2]],
}
ok, evidence = all(facts.values()), str(facts)
"""
