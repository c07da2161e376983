"""TensorFlow's exceptions, which set their fields in a constructor of their own.

How an exception is carried (causes, traceback) is not TensorFlow's matter. But an exception that arrives is made with
no constructor called, lest a user's runs twice, and without it these have no message.
"""

from __future__ import annotations

import tensorflow as tf

from ..registry import REDUCERS


def reduce_error(error: tf.errors.OpError) -> object:
    """The error as any other exception, but made with its constructor."""
    for general in REDUCERS.chain(Exception):
        reduced = general(error)
        if isinstance(reduced, tuple):
            return (*error.__reduce__(), *reduced[2:])
    return NotImplemented
