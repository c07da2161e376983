"""Lookup tables, by what is in them.

A table is a resource of this process; a static one may have been filled from a file that is gone by now. So keys and
values cross, and the new table is filled from them. Tables made of other tables (StaticVocabularyTable) have no
resource of their own and cross by their attributes.
"""

from __future__ import annotations

import uuid

import tensorflow as tf
from tensorflow.python.ops import lookup_ops
from tensorflow.python.trackable.resource import CapturableResource

PRIVATE = (
    ("tensorflow.python.ops.lookup_ops", "LookupInterface._create_resource"),
    ("tensorflow.python.ops.lookup_ops", "InitializableLookupTableBase"),
    ("tensorflow.python.trackable.resource", "CapturableResource"),
)

HANDLE = "_resource_handle_value"
OF_PROCESS = (HANDLE, "_shared_name", "_init_op", "_self_destruction_context", "_destroy_resource", "_resource_deleter")


def reduce_table(table: lookup_ops.LookupInterface) -> tuple:
    """A table by its attributes and, where it has a resource, what is in it."""
    own = {name: value for name, value in vars(table).items() if name not in OF_PROCESS}
    contents = _contents(table) if vars(table).get(HANDLE) is not None else None
    if contents and isinstance(table, lookup_ops.InitializableLookupTableBase):
        # It gets an initializer of its own, and with that what TensorFlow notes (_self_*) of an attribute tracked.
        own = {name: value for name, value in own.items() if name != "_initializer" and not name.startswith("_self_")}
    return make_table, (type(table),), (own, contents), None, None, set_table


def _contents(table: lookup_ops.LookupInterface) -> tuple:
    """Keys and values; empty for a table that waits for its initializer, as that of a layer not adapted yet does."""
    try:
        return tuple(
            tf.raw_ops.LookupTableExportV2(
                table_handle=table.resource_handle, Tkeys=table.key_dtype, Tvalues=table.value_dtype
            )
        )
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
        if not contents:
            return
        keys, values = contents
        tf.raw_ops.LookupTableImportV2(table_handle=table.resource_handle, keys=keys, values=values)
