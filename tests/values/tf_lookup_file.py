"""A table from a vocabulary file that is gone."""

NAMES = ["value"]
MAKE = r"""
import tempfile
import tensorflow as tf

with tempfile.NamedTemporaryFile("w") as file:
    file.write("cat\ndog\n")
    file.flush()
    value = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            file.name,
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        -1,
    )
"""
CHECK = """
import tensorflow as tf

got = value.lookup(tf.constant(["dog", "cow"])).numpy().tolist()
ok = got == [1, -1]
evidence = str(got)
"""
