"""Lookup tables, by what is in them.

A table is a resource of this process; a static one may have been filled from a file that is gone by now. So keys and
values cross, and the new table is filled from them. Tables made of other tables (StaticVocabularyTable) have no
resource of their own and cross by their attributes.
"""

from __future__ import annotations

import functools
import uuid

import tensorflow as tf
from tensorflow.python.ops import lookup_ops
from tensorflow.python.trackable.resource import CapturableResource, RestoredResource

from ..registry import Refuse

HANDLE = "_resource_handle_value"
OF_PROCESS = (HANDLE, "_shared_name", "_init_op", "_self_destruction_context", "_destroy_resource", "_resource_deleter")


def reduce_table(table: lookup_ops.LookupInterface) -> tuple:
    """A table by its attributes and, where it has a resource, what is in it."""
    own = {name: value for name, value in vars(table).items() if name not in OF_PROCESS}
    contents = _contents(table, table.key_dtype, table.value_dtype) if vars(table).get(HANDLE) is not None else None
    if contents and isinstance(table, lookup_ops.InitializableLookupTableBase):
        # It gets an initializer of its own, and with that what TensorFlow notes (_self_*) of an attribute tracked.
        own = {name: value for name, value in own.items() if name != "_initializer" and not name.startswith("_self_")}
    return make_table, (type(table),), (own, contents), None, None, set_table


def _contents(table: CapturableResource, keys: tf.DType, values: tf.DType) -> tuple:
    """Keys and values; empty for a table that waits for its initializer, as that of a layer not adapted yet does."""
    try:
        return tuple(tf.raw_ops.LookupTableExportV2(table_handle=table.resource_handle, Tkeys=keys, Tvalues=values))
    except (tf.errors.AbortedError, tf.errors.FailedPreconditionError):
        return ()


def make_table(kind: type) -> lookup_ops.LookupInterface:
    """A table with no resource yet."""
    table = kind.__new__(kind)
    with tf.init_scope():
        CapturableResource.__init__(table)
    return table


def set_table(table: lookup_ops.LookupInterface, state: tuple[dict, tuple | None]) -> None:
    """Give a table its attributes, a resource, and what was in it."""
    own, contents = state
    vars(table).update(own)
    if contents is None:
        return
    with tf.init_scope():
        # In eager mode TensorFlow finds tables by name, so no two may have the same.
        vars(table)["_shared_name"] = f"isokernel_{uuid.uuid4()}"
        if contents and isinstance(table, lookup_ops.InitializableLookupTableBase):
            initializer = lookup_ops.KeyValueTensorInitializer(*contents)
            table._initializer = table._track_trackable(initializer, "_initializer")
        table._resource_handle = table._create_resource()
        if contents:
            fill(table, *contents)


def reduce_restored(resource: RestoredResource) -> tuple:
    """A table of a loaded SavedModel, which knows it by the function that makes it."""
    made = _table_node(getattr(resource, "_create_resource", None))
    if made is None:
        raise Refuse(
            "it is a resource that a SavedModel made, and no table; carry the SavedModel's folder, and load it."
        )
    contents = _contents(resource, tf.as_dtype(made.attr["key_dtype"].type), tf.as_dtype(made.attr["value_dtype"].type))
    # Filling it again from a file of the SavedModel is not what is wanted, and would lead back to the table.
    own = {name: value for name, value in vars(resource).items() if name not in (*OF_PROCESS, "_initialize")}
    own = {name: value for name, value in own.items() if not name.startswith("_self_unconditional")}
    return make_table, (type(resource),), (own, contents), None, None, set_restored


def set_restored(resource: RestoredResource, state: tuple[dict, tuple]) -> None:
    """Give a table its maker, a resource and its contents, also for when it is saved again."""
    own, contents = state
    vars(resource).update(own)
    with tf.init_scope():
        resource._resource_handle = resource._create_resource()
        if contents:
            fill(resource, *contents)
            vars(resource)["_initialize"] = functools.partial(fill, resource, *contents)


def fill(table: CapturableResource, keys: tf.Tensor, values: tf.Tensor) -> None:
    """Put these into the table."""
    tf.raw_ops.LookupTableImportV2(table_handle=table.resource_handle, keys=keys, values=values)


def _table_node(maker: object) -> tf.compat.v1.NodeDef | None:
    for function in getattr(maker, "concrete_functions", ()):
        for operation in function.graph.get_operations():
            if "HashTable" in operation.type:
                return operation.node_def
    return None
