"""What TensorFlow wraps around attributes and checkpoints: list, dict and tuple wrappers, Checkpoint, TensorArray.

A ``tf.Module`` is a plain object, and its attributes are what matters. But lists and dicts put into one are wrapped,
and the wrappers say of themselves that they are made from what they wrap, which never ends where that leads back to
the module.
"""

from __future__ import annotations

import functools
import time

import tensorflow as tf
from tensorflow.python.checkpoint import checkpoint as checkpointing
from tensorflow.python.checkpoint import graph_view
from tensorflow.python.trackable import data_structures

SAVER = "_saver"


def make_empty(kind: type) -> object:
    """An instance of `kind` that nothing was done to."""
    return kind.__new__(kind)


def set_own(obj: object, own: dict) -> None:
    """Set an object's attributes, past any tracking."""
    vars(obj).update(own)


def reduce_list(wrapper: data_structures.ListWrapper) -> tuple:
    """A wrapped list: its items, its attributes, and the user's own list in it."""
    return make_empty, (type(wrapper),), (list(wrapper), dict(vars(wrapper))), None, None, set_list


def set_list(wrapper: data_structures.ListWrapper, state: tuple[list, dict]) -> None:
    """Fill a wrapped list."""
    items, own = state
    list.extend(wrapper, items)
    vars(wrapper).update(own)


def reduce_dict(wrapper: data_structures._DictWrapper) -> tuple:
    """A wrapped dict: the user's own dict in it, and what the wrapper keeps."""
    return make_dict, (type(wrapper),), (wrapper.__wrapped__, _kept(wrapper)), None, None, set_dict


def make_dict(kind: type) -> data_structures._DictWrapper:
    """A wrapper around a new dict."""
    return kind({})


def set_dict(wrapper: data_structures._DictWrapper, state: tuple[dict, dict]) -> None:
    """Have the wrapper wrap the dict that came."""
    wrapper.__wrapped__, kept = state
    for name, value in kept.items():
        setattr(wrapper, name, value)


def reduce_tuple(wrapper: data_structures._TupleWrapper) -> tuple:
    """A wrapped tuple, made anew from its items."""
    return type(wrapper), (wrapper.__wrapped__,)


def _kept(wrapper: object) -> dict:
    own = object.__getattribute__(wrapper, "__dict__")
    return {name: value for name, value in own.items() if name.startswith("_self_")}


def reduce_identity_mapping(mapping: object) -> tuple:
    """A dict keyed by the identity of its keys, by its items."""
    return make_identity, (type(mapping),), list(mapping.items()), None, None, set_identity_mapping


def make_identity(kind: type) -> object:
    """An empty one."""
    return kind()


def set_identity_mapping(mapping: object, items: list) -> None:
    """Enter the items under the ids they have here."""
    for key, value in items:
        mapping[key] = value


def reduce_identity_set(members: object) -> tuple:
    """A set of objects by identity, by its members."""
    return make_identity, (type(members),), list(members), None, None, set_identity_set


def set_identity_set(members: object, items: list) -> None:
    """Enter the members under the ids they have here."""
    for item in items:
        members.add(item)


def reduce_checkpoint(checkpoint: tf.train.Checkpoint) -> tuple:
    """A Checkpoint by its attributes; the saver, which looks at it through weak references, is made anew."""
    own = {name: value for name, value in vars(checkpoint).items() if name != SAVER}
    root = checkpoint._saver._graph_view.root
    return make_empty, (type(checkpoint),), (own, None if root is checkpoint else root), None, None, set_checkpoint


def set_checkpoint(checkpoint: tf.train.Checkpoint, state: tuple[dict, object]) -> None:
    """Fill a Checkpoint, and give it a saver."""
    own, root = state
    # What its constructor does for the process: without it the first save can't say how long ago the last one was.
    if checkpointing._END_TIME_OF_LAST_WRITE is None:
        checkpointing._END_TIME_OF_LAST_WRITE = time.time()
    vars(checkpoint).update(own)
    attached = own.get("_attached_dependencies")
    view = graph_view.ObjectGraphView(checkpoint if root is None else root, attached_dependencies=attached)
    vars(checkpoint)[SAVER] = checkpointing.TrackableSaver(view)


def reduce_options(options: object) -> tuple:
    """tf.data.Options, and the groups of options in it, by what was set."""
    return make_options, (type(options), dict(options._options))


def make_options(kind: type, chosen: dict) -> object:
    """The options with that set."""
    options = kind()
    options._options.update(chosen)
    return options


def reduce_array(array: tf.TensorArray) -> tuple:
    """A TensorArray by what implements it.

    What the user holds may be TensorFlow's wrapper for results that must be used, which says it has the array's own
    ``__dict__``; so the dict itself must not be in the stream.
    """
    return make_empty, (type(array),), array._implementation, None, None, set_array


def set_array(array: tf.TensorArray, implementation: object) -> None:
    """Give a TensorArray its implementation."""
    array._implementation = implementation


def reduce_implementation(implementation: object) -> tuple:
    """What a TensorArray holds: its elements and flags, and the array that its writes return."""
    own = {name: value for name, value in vars(implementation).items() if name != "parent"}
    parent = implementation.parent()
    return make_empty, (type(implementation),), (own, parent), None, None, set_implementation


def set_implementation(implementation: object, state: tuple[dict, tf.TensorArray | None]) -> None:
    """Fill what implements a TensorArray.

    TensorFlow refers to the parent weakly, and hands the user another object that forwards to it; here nobody else may
    hold it, so it is held.
    """
    own, parent = state
    vars(implementation).update(own)
    if parent is None:
        parent = make_empty(tf.TensorArray)
        parent._implementation = implementation
    implementation.parent = functools.partial(_itself, parent)


def _itself(obj: object) -> object:
    return obj
