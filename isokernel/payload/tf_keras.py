"""Legacy Keras (``tf_keras``, also through TF_USE_LEGACY_KERAS): built models by the archive it writes of them.

It reads its archive by the names of classes and functions, and knows those of a notebook only where they are
registered. So they travel beside the archive, and are known while it is read. Everything else is carried as the object
it is, models that aren't built included.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tf_keras
from tf_keras.src.saving import pickle_utils

from . import flows
from .functions import importable


def reduce_model(model: tf_keras.Model) -> object:
    """A built model by its archive, and by what of the notebook's is in it."""
    if not model.built or type(model).__reduce__ is not tf_keras.Model.__reduce__:
        return NotImplemented
    data = pickle_utils.serialize_model_as_bytecode(model)
    parts = [*map(type, (model, *model.submodules)), *_compiled_with(model)]
    own = {part.__name__: part for part in parts if hasattr(part, "__name__") and not importable(part)}
    return make_model, (np.frombuffer(bytes(data), np.uint8), own)


def make_model(data: np.ndarray, own: dict[str, Callable]) -> tf_keras.Model:
    """The model of that archive, in which these names are known."""
    with tf_keras.utils.custom_object_scope(own):
        return pickle_utils.deserialize_model_from_bytecode(bytes(data))


def _compiled_with(model: tf_keras.Model) -> list[object]:
    """Losses, metrics and optimizers that the model was compiled with; functions, and the classes of instances."""
    import tensorflow as tf

    config = getattr(model, "_compile_config", None)
    given = tf.nest.flatten(list(config.config.values())) if config is not None else []
    return [each if isinstance(each, type) or hasattr(each, "__name__") else type(each) for each in given]


def summarise(obj: object) -> str | None:
    """``Sequential, 2 layers, 161 parameters``."""
    if not isinstance(obj, tf_keras.Model):
        return None
    if not obj.built:
        return f"{type(obj).__name__}, not built"
    return f"{type(obj).__name__}, {len(obj.layers)} layers, {obj.count_params():,} parameters"


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer(tf_keras.Model, reduce_model)
    for iterator in flows.ITERATORS:
        register_reducer(iterator, flows.reduce_flow)
