"""AutoGraph goes on printing how it converts every new tf.function."""

CELL = """
import tensorflow as tf

tf.autograph.set_verbosity(2, True)

@tf.function
def step(w):
    if w > 0:
        w = w - 0.1
    return w

w = step(tf.constant(1.0))
"""
CHECK = """
import contextlib
import io

import tensorflow as tf

said = io.StringIO()
with contextlib.redirect_stdout(said):

    @tf.function
    def other(x):
        if x > 0:
            x = x + 1
        return x

    other(tf.constant(1.0))
leaked = len(said.getvalue()) > 0
evidence = f"a new tf.function printed {len(said.getvalue())} characters of conversion log"
"""
