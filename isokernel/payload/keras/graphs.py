"""The symbolic side of functional models: Keras tensors, and the nodes that record which call made them.

A node is carried with what it was made from, never with what was made from it later: the layers behind a base model in
five other models are not part of the base model. So operations travel without ``_outbound_nodes``, and each node that
arrives enters itself there again, as its constructor did.
"""

from __future__ import annotations

from keras.src.backend import KerasTensor
from keras.src.ops.node import Node

from .tracking import make_empty

WAITING = "_isokernel_waiting"
"""Attribute of a tensor that has no history yet: the nodes that will enter themselves in its operation."""


def reduce_tensor(tensor: KerasTensor) -> tuple:
    """A Keras tensor by its attributes, history included."""
    return make_empty, (type(tensor),), dict(vars(tensor)), None, None, set_tensor


def set_tensor(tensor: KerasTensor, attributes: dict) -> None:
    """Fill a tensor, and enter the nodes that came before its history did."""
    waiting = vars(tensor).pop(WAITING, ())
    vars(tensor).update(attributes)
    for node in waiting:
        _enter(node, tensor)


def reduce_node(node: Node) -> tuple:
    """A node by its attributes."""
    return make_empty, (type(node),), dict(vars(node)), None, None, set_node


def set_node(node: Node, attributes: dict) -> None:
    """Fill a node, and enter it in the operations that made its inputs."""
    vars(node).update(attributes)
    for tensor in node.input_tensors:
        if "_keras_history" in vars(tensor):
            _enter(node, tensor)
        else:
            vars(tensor).setdefault(WAITING, []).append(node)


def _enter(node: Node, tensor: KerasTensor) -> None:
    history = vars(tensor).get("_keras_history")
    if history is not None and history.operation is not None:
        vars(history.operation).setdefault("_outbound_nodes", []).append(node)
