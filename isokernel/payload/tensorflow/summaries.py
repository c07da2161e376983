"""One line on a TensorFlow object, for a result that is still packed."""

from __future__ import annotations

import tensorflow as tf

from . import datasets


def summarise(obj: object) -> str | None:
    """What a reader wants to know of `obj` before it is opened; None if its type says it all."""
    if isinstance(obj, tf.data.Dataset):
        return datasets.summary(obj)
    if isinstance(obj, (tf.Tensor, tf.Variable, tf.RaggedTensor, tf.SparseTensor)):
        return f"shape {obj.shape}, {obj.dtype.name}"
    if isinstance(obj, tf.lookup.StaticHashTable | tf.lookup.experimental.MutableHashTable):
        return f"{obj.key_dtype.name} to {obj.value_dtype.name}, {int(obj.size())} entries"
    if isinstance(obj, tf.Module):
        try:
            return f"{len(obj.variables)} variables"
        except (AttributeError, ValueError):
            return None  # a layer of legacy Keras raises one while it isn't built
    return None
