"""Keras 3: models, layers, optimizers, metrics and what they are made of, each as it stands.

Keras pickles a model by writing its own archive and reading it again (``KerasSaveable.__reduce__``), which builds a new
object from ``get_config()``: attributes, aliases, compiled state and the place in every random stream are lost, and a
subclass without ``get_config`` does not load at all. Here an object crosses as the graph of objects it is, so that
what was one object is one object again; only what is keyed by ``id()``, or belongs to the process (traced functions,
wrappers around methods), is left behind and made anew.

`saveables` answers for whatever derives from KerasSaveable, `graphs` for the symbolic side (nodes and tensors of
functional models), `tracking` for variables and the containers that watch them, `registrations` for names known to
``keras.saving``, `names` for the counters behind automatic names. Tensors and ``tf.Variable`` are TensorFlow's and
left to that package. Invariant: training that goes on after the trip gives the weights, to the last bit, that it would
have given without.
"""

from __future__ import annotations

from collections.abc import Callable

from keras.src.backend import KerasTensor, Variable
from keras.src.ops.node import Node
from keras.src.saving.keras_saveable import KerasSaveable
from keras.src.utils.tracking import Tracker

from .. import flows
from . import graphs, registrations, saveables, tracking
from .names import counters, raise_counters
from .summaries import summarise

__all__ = ["counters", "raise_counters", "register", "summarise"]


def register(register_reducer: Callable) -> None:
    """Register all that this package knows."""
    register_reducer(KerasSaveable, saveables.reduce_saveable)
    register_reducer("keras.src.random.seed_generator:SeedGenerator", saveables.reduce_named)
    register_reducer("keras.src.dtype_policies.dtype_policy:DTypePolicy", saveables.reduce_policy)
    register_reducer("keras.src.utils.backend_utils:DynamicBackend", saveables.reduce_backend)
    register_reducer(KerasTensor, graphs.reduce_tensor)
    register_reducer(Node, graphs.reduce_node)
    register_reducer(Variable, tracking.reduce_variable)
    register_reducer(Tracker, tracking.reduce_tracker)
    for kind in tracking.CONTAINERS:
        register_reducer(kind, tracking.reduce_container)
    for iterator in flows.ITERATORS:
        register_reducer(iterator, flows.reduce_flow)
    registrations.register()
