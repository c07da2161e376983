"""Tensors that hold values, and what is composed of them: ragged and sparse tensors, extension types.

The bytes of a tensor leave as one flat buffer, straight from TensorFlow's memory, beside dtype and shape: that is the
same for every dtype, those that numpy has no name for included. A string tensor leaves as Python bytes.

A tensor of dtype resource or variant is no value but a reference to something of this process. It crosses if the
Python object that owns it can be found (a variable, a table, a dataset), as "the handle of that object".
"""

from __future__ import annotations

import gc

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.extension_type_field import ExtensionTypeField

from ..registry import Refuse

QUANTIZED = {tf.qint8: tf.int8, tf.quint8: tf.uint8, tf.qint16: tf.int16, tf.quint16: tf.uint16, tf.qint32: tf.int32}
"""Dtypes that tf.constant does not make, and those they have the bits of."""

HANDLES = ("_handle", "_resource_handle_value", "_variant_tensor_attr")
"""Attributes under which the owner of a resource or a variant keeps it."""

SYMBOLIC = (
    "it is a symbolic tensor: it stands for a value inside the graph of a tf.function, which belongs to this process. "
    "Return the tensor from the function, and carry what the call gives."
)


MESH = (
    "it is laid out over a mesh of devices (DTensor) that belongs to this process. Make it in the cell that uses it, "
    "or carry its value: dtensor.relayout to a replicated layout, and numpy()."
)


def reduce_tensor(tensor: tf.Tensor) -> tuple:
    """An eager tensor: its bytes, dtype, shape, and where it was."""
    if tf.is_symbolic_tensor(tensor):
        raise Refuse(SYMBOLIC)
    if "device:CUSTOM" in tensor.device:
        raise Refuse(MESH)
    if tensor.dtype in (tf.resource, tf.variant):
        owner, attribute = owner_of(tensor)
        return getattr, (owner, attribute)
    values = tensor._numpy()
    marks = dict(vars(tensor)) or None
    if tensor.dtype == tf.string:
        flat = values.reshape(-1).tolist() if isinstance(values, np.ndarray) else [values]
        return make_strings, (flat, tuple(tensor.shape)), marks
    flat = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    return make_tensor, (flat, tensor.dtype.name, tuple(tensor.shape), device_of(tensor)), marks


def make_tensor(flat: np.ndarray, dtype: str, shape: tuple[int, ...], device: str | None) -> tf.Tensor:
    """The tensor with these bytes; it copies them."""
    kind = tf.as_dtype(dtype)
    plain = QUANTIZED.get(kind, kind)
    values = np.asarray(flat).view(plain.as_numpy_dtype).reshape(shape)
    with tf.init_scope(), tf.device(device if device in _devices() else None):
        tensor = tf.constant(values, plain)
        return tensor if plain is kind else tf.bitcast(tensor, kind)


def make_strings(flat: list[bytes], shape: tuple[int, ...]) -> tf.Tensor:
    """The string tensor of this shape; not through numpy, which drops NUL bytes at the end of a string."""
    values = np.empty(len(flat), object)
    values[:] = flat
    with tf.init_scope():
        return tf.constant(values.reshape(shape), tf.string)


def device_of(tensor: tf.Tensor | tf.Variable) -> str | None:
    """Where the tensor lives, None where TensorFlow would put it anyway: there is nothing but the CPU."""
    return tensor.device if len(_devices()) > 1 else None


def _devices() -> list[str]:
    return [
        device.name.replace("/device", "/job:localhost/replica:0/task:0/device")
        for device in tf.config.list_logical_devices()
    ]


def owner_of(handle: tf.Tensor) -> tuple[object, str]:
    """The Python object that keeps `handle`, and its attribute that does.

    TensorFlow keeps no way back from a handle to its owner, so who refers to it is asked of the garbage collector.

    Raises
    ------
    Refuse
        If nobody does.
    """
    for holder in gc.get_referrers(handle):
        if type(holder) is not dict:
            for name in HANDLES:
                if getattr(holder, "__dict__", {}).get(name) is handle:
                    return holder, name
            continue
        for name in HANDLES:
            if holder.get(name) is handle:
                for owner in gc.get_referrers(holder):
                    if getattr(owner, "__dict__", None) is holder:
                        return owner, name
    raise Refuse(
        f"it is a reference to a {handle.dtype.name} inside TensorFlow's runtime, which belongs to this process and "
        "has no Python object that could be carried in its place."
    )


def reduce_composite(composite: object) -> tuple:
    """A composite of tensors: its type and the tensors in it."""
    flat = tf.nest.flatten(composite, expand_composites=True)
    return make_composite, (composite._type_spec, flat)


def make_composite(spec: tf.TypeSpec, flat: list) -> object:
    """The composite of that type with these tensors."""
    return tf.nest.pack_sequence_as(spec, flat, expand_composites=True)


def reduce_partition_spec(spec: tf.TypeSpec) -> tuple:
    """The type of a row partition, whose own ``__reduce__`` gives its constructor what that doesn't take."""
    return type(spec)._deserialize, (spec._serialize(),)


def reduce_extension_spec(spec: tf.TypeSpec) -> tuple:
    """The type of an extension type, its fields in the order they have in it, which is that of its tensors."""
    make, (kind, fields) = spec.__reduce__()
    order = list(vars(spec))
    return make, (kind, tuple(sorted(fields, key=lambda field: order.index(field[0]))))


def reduce_sentinel(sentinel: object) -> object:
    """The mark of a field without a default, which the class of an extension type compares by identity."""
    if sentinel is ExtensionTypeField.NO_DEFAULT:
        return getattr, (ExtensionTypeField, "NO_DEFAULT")
    return NotImplemented
