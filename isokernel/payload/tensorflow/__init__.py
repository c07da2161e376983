"""TensorFlow: tensors, variables, functions, tables, datasets, and what holds them together.

Everything crosses as the object it is, with one object staying one object: a function's captured variable, a dataset's
lookup table and a checkpoint's root are those that cross beside it. What exists only inside this process' runtime (a
tape, an iterator, a symbolic tensor, Python code behind a graph) is refused, with what to do instead, because arriving
different without a word is worse than not arriving.

`tensors`, `variables`, `tables`, `functions`, `datasets`, `errors` and `trackables` each answer for the types they are
named after, `refusals` for what does not cross. Keras is another package's.
"""

from __future__ import annotations

import types
from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.data.ops import dataset_ops, iterator_ops
from tensorflow.python.distribute import input_lib
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.saved_model.function_deserialization import RestoredFunction
from tensorflow.python.trackable import data_structures
from tensorflow.python.util import object_identity

from ..registrations import carrying
from . import (
    datasets,
    draws,
    errors,
    functions,
    places,
    refusals,
    registrations,
    tables,
    tensors,
    trackables,
    variables,
)
from .summaries import summarise

__all__ = ["register", "summarise"]


def register(register_reducer: Callable) -> None:
    """Register all that this package knows."""
    register_reducer(tf.__internal__.CompositeTensor, tensors.reduce_composite)
    register_reducer(tf.Tensor, tensors.reduce_tensor)
    register_reducer("tensorflow.python.framework.extension_type_field:Sentinel", tensors.reduce_sentinel)
    register_reducer("tensorflow.python.ops.ragged.row_partition:RowPartitionSpec", tensors.reduce_partition_spec)
    register_reducer("tensorflow.python.framework.extension_type:ExtensionTypeSpec", tensors.reduce_extension_spec)
    register_reducer(tf.Variable, variables.reduce_variable)
    register_reducer(draws.Stream, draws.reduce_stream)
    register_reducer(tf.distribute.Strategy, variables.reduce_strategy)
    register_reducer(tf.data.Dataset, datasets.reduce_dataset)
    register_reducer(dataset_ops.DatasetV2._GeneratorState, datasets.reduce_generator)
    for kind in (input_lib.DistributedDataset, input_lib.DistributedDatasetsFromFunction):
        register_reducer(kind, datasets.reduce_distributed)
    register_reducer(Function, functions.reduce_function)
    register_reducer(types.ModuleType, functions.reduce_module)
    register_reducer(tf.Module, carrying(functions.methods_traced))
    register_reducer(RestoredFunction, functions.reduce_restored)
    register_reducer(ConcreteFunction, functions.reduce_concrete)
    register_reducer("tensorflow.python.ops.lookup_ops:LookupInterface", tables.reduce_table)
    register_reducer("tensorflow.python.trackable.resource:RestoredResource", tables.reduce_restored)
    register_reducer(data_structures.ListWrapper, trackables.reduce_list)
    register_reducer(data_structures._DictWrapper, trackables.reduce_dict)
    register_reducer(data_structures._TupleWrapper, trackables.reduce_tuple)
    register_reducer(object_identity.ObjectIdentityDictionary, trackables.reduce_identity_mapping)
    register_reducer(object_identity.ObjectIdentitySet, trackables.reduce_identity_set)
    register_reducer(tf.train.Checkpoint, trackables.reduce_checkpoint)
    register_reducer("tensorflow.python.data.util.options:OptionsBase", trackables.reduce_options)
    register_reducer(tf.TensorArray, trackables.reduce_array)
    register_reducer("tensorflow.python.ops.tensor_array_ops:_EagerTensorArray", trackables.reduce_implementation)
    register_reducer(tf.errors.OpError, errors.reduce_error)
    refusals.register(register_reducer)
    register_reducer(places.Order, places.reduce_order)
    register_reducer(iterator_ops.OwnedIterator, places.reduce_iterator)
    register_reducer(dataset_ops.NumpyIterator, places.reduce_numpy_iterator)
    registrations.register()
