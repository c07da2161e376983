"""Whatever derives from KerasSaveable: layers, models, operations, metrics, losses, optimizers.

All are carried alike, by their attributes. What is left behind, and why:

- ``build`` and ``quantize`` of a layer are closures that ``Layer.__new__`` puts around its methods; it does so again.
- ``train_function`` and its like are traced for this process' variables; ``fit`` makes them when they are None.
- losses added in a traced call are symbolic tensors of a graph that is over.
- an optimizer finds a variable's slots by a number of this process, and a Function its nodes by ``id()``.
"""

from __future__ import annotations

import copyreg
import types

from keras.src.backend import backend
from keras.src.layers.layer import Layer
from keras.src.ops.function import Function, make_node_key
from keras.src.ops.operation import Operation
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.saving.keras_saveable import KerasSaveable
from keras.src.trainers.trainer import Trainer

from .names import claim
from .tracking import make_empty, set_own

WRAPPERS = ("build", "quantize")
FUNCTIONS = ("train_function", "test_function", "predict_function")
DEPENDENCIES = "_self_unconditional_checkpoint_dependencies"  # where TensorFlow notes an object's trackable attributes
BY_NAME = "_self_unconditional_dependency_names"
LOSSES = ("_losses", "_losses_override")


def reduce_saveable(obj: KerasSaveable) -> object:
    """An object of Keras, or of the user's subclass of one, by its attributes.

    A class that says itself how it is pickled (``__reduce__``, ``__getnewargs_ex__``) is taken at its word, as are
    ``__getstate__`` and ``__setstate__``.
    """
    kind = type(obj)
    if (
        kind.__reduce__ is not KerasSaveable.__reduce__
        or kind.__reduce_ex__ is not object.__reduce_ex__
        or hasattr(kind, "__getnewargs_ex__")
        or hasattr(kind, "__getnewargs__")
    ):
        return NotImplemented
    if kind.__getstate__ is not object.__getstate__:
        own, slots = obj.__getstate__(), {}
    else:
        own, slots = vars(obj), _slots(obj)
    if isinstance(own, dict):
        own = _carried(obj, own)
    return make_saveable, (kind,), (own, slots), None, None, set_saveable


def reduce_named(obj: object) -> tuple:
    """An object that is no KerasSaveable but has a name to claim, such as a SeedGenerator."""
    return make_saveable, (type(obj),), (dict(vars(obj)), {}), None, None, set_saveable


def reduce_backend(chosen: object) -> tuple:
    """The backend that some preprocessing layers choose for themselves, by its name.

    It forwards every attribute, so a half-made one that is asked for any never ends.
    """
    return type(chosen), (chosen._backend,)


def reduce_policy(policy: object) -> tuple:
    """A dtype policy by its attributes, as a tuple: every layer may have the process' one default policy."""
    return make_policy, (type(policy), tuple(vars(policy).items()))


def make_policy(kind: type, attributes: tuple) -> object:
    """The policy with these attributes."""
    policy = make_empty(kind)
    set_own(policy, dict(attributes))
    return policy


def make_saveable(kind: type) -> object:
    """An instance of `kind` on which no ``__init__`` was called; Keras' own ``__new__`` was, for its wrappers."""
    return Layer.__new__(kind) if issubclass(kind, Layer) else object.__new__(kind)


def set_saveable(obj: object, state: tuple[object, dict]) -> None:
    """Fill an object, key again what was keyed by numbers of the other process, and claim its name in this one."""
    own, slots = state
    if hasattr(type(obj), "__setstate__"):
        obj.__setstate__(own)
    elif own:
        vars(obj).update(own)
    for name, value in slots.items():
        object.__setattr__(obj, name, value)
    attributes = vars(obj)
    if isinstance(obj, Operation):
        attributes.setdefault("_outbound_nodes", [])
    if isinstance(obj, Layer) and "_losses" in attributes:
        attributes["_loss_ids"] = set(map(id, attributes["_losses"]))
    if isinstance(obj, Function) and "_nodes_by_depth" in attributes:
        attributes["_nodes"] = {
            make_node_key(node.operation, node.operation._inbound_nodes.index(node))
            for nodes in attributes["_nodes_by_depth"].values()
            for node in nodes
        }
    if isinstance(obj, BaseOptimizer) and "_trainable_variables" in attributes:
        attributes["_trainable_variables_indices"] = {
            obj._var_key(variable): index for index, variable in enumerate(attributes["_trainable_variables"])
        }
    claim(attributes.get("name", attributes.get("_name")))


def _carried(obj: KerasSaveable, attributes: dict) -> dict:
    """`attributes` without what belongs to this process."""
    own = dict(attributes)
    left = []
    if isinstance(obj, Operation):
        own.pop("_outbound_nodes", None)
        left.append("_outbound_nodes")
    if isinstance(obj, Function):
        own.pop("_nodes", None)
        # First, and in the order of the graph: each operation then finds the one before it in the pickler's memo, and
        # a model of a thousand layers is no deeper for the pickler than one of ten.
        if "_operations" in own:
            own = {"_operations": own.pop("_operations"), **own}
    if isinstance(obj, BaseOptimizer):
        own.pop("_trainable_variables_indices", None)
    if isinstance(obj, Layer):
        for name in WRAPPERS:
            # Known by its globals: it has taken on the name and module of the method it wraps.
            if getattr(own.get(name), "__globals__", None) is Layer.__new__.__globals__:
                del own[name]
        own.pop("_loss_ids", None)
        for name in LOSSES:
            if isinstance(own.get(name), list) and any(map(_symbolic, own[name])):
                own[name] = _without_symbolic(own[name])
    if isinstance(obj, Trainer):
        made = [name for name in FUNCTIONS if _made_in(own.get(name), "keras.src.backend.")]
        own.update(dict.fromkeys(made))
        own.pop("_eval_epoch_iterator", None)  # a cache of fit, which makes it when it is not there
        left += made
    if left and DEPENDENCIES in own:
        own[DEPENDENCIES] = [each for each in own[DEPENDENCIES] if each.name not in left]
        own[BY_NAME] = {name: each for name, each in own[BY_NAME].items() if name not in left}
    return own


def _made_in(function: object, module: str) -> bool:
    """Whether `function`, or the Python function that a traced one goes back to, was made in `module` of Keras."""
    function = getattr(function, "python_function", function)
    return isinstance(function, types.FunctionType) and function.__module__.startswith(module)


def _symbolic(loss: object) -> bool:
    """Whether `loss` is a tensor of a TensorFlow graph, which nobody can evaluate once the trace is over."""
    if backend() != "tensorflow":
        return False
    import tensorflow as tf

    return tf.is_tensor(loss) and tf.is_symbolic_tensor(loss)


def _without_symbolic(losses: list) -> list:
    """The list, of the same type, with only the losses that have a value."""
    kept = make_empty(type(losses))
    list.extend(kept, [loss for loss in losses if not _symbolic(loss)])
    set_own(kept, getattr(losses, "__dict__", {}))
    return kept


def _slots(obj: object) -> dict:
    return {name: getattr(obj, name) for name in copyreg._slotnames(type(obj)) if hasattr(obj, name)}
