"""An extension type with a name of its own, and functions that answer for it in TensorFlow's operations."""

NAMES = ["Masked", "value"]
MAKE = """
import typing

import tensorflow as tf

class Masked(tf.experimental.ExtensionType):
    __name__ = "values.Masked"
    values: tf.Tensor
    mask: tf.Tensor

@tf.experimental.dispatch_for_unary_elementwise_apis(Masked)
def _(api, x):
    return Masked(api(x.values), x.mask)

@tf.experimental.dispatch_for_binary_elementwise_apis(Masked, Masked)
def _(api, x, y):
    return Masked(api(x.values, y.values), x.mask & y.mask)

@tf.experimental.dispatch_for_api(tf.stack, {"values": typing.List[Masked]})
def stacked(values, axis=0):
    return Masked(tf.stack([v.values for v in values], axis), tf.stack([v.mask for v in values], axis))

tf.register_tensor_conversion_function(Masked, lambda v, dtype=None, name=None, as_ref=False: v.values, 10)
value = Masked(tf.constant([1, -2]), tf.constant([True, False]))
"""
CHECK = """
import tempfile

import tensorflow as tf

both = tf.stack([value, value])
facts = {
    "unary": tf.abs(value).values.numpy().tolist() == [1, 2],
    "binary": tf.math.add(value, value).values.numpy().tolist() == [2, -4],
    "api": type(both) is Masked and both.values.shape == (2, 2),
    "conversion": tf.convert_to_tensor(value).numpy().tolist() == [1, -2],
    "name": tf.nest.flatten(value, expand_composites=True)[1].numpy().tolist() == [True, False],
}
module = tf.Module()
module.f = tf.function(lambda v: v.values, input_signature=[Masked.Spec(tf.TensorSpec(None, tf.int32), tf.TensorSpec(None, tf.bool))])
with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(module, folder)
    facts["saved"] = tf.saved_model.load(folder).f(value).numpy().tolist() == [1, -2]
ok, evidence = all(facts.values()), str(facts)
"""
