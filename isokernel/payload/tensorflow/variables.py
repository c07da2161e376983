"""``tf.Variable``, alone or mirrored on the replicas of a strategy, and the strategies.

A variable arrives as a new resource that holds the value, under its name, with its other attributes as they were. What
TensorFlow numbers or keeps in C for this process is made anew: handle, unique id, graph key, cached reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
from tensorflow.python.distribute import distribute_lib, values
from tensorflow.python.distribute.mirrored_strategy import MirroredStrategy
from tensorflow.python.distribute.one_device_strategy import OneDeviceStrategy
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable, UninitializedVariable

from ..registry import Refuse
from .tensors import device_of

OF_PROCESS = frozenset(
    [
        "_handle",
        "_unique_id",
        "_graph_key",
        "_in_graph_mode",
        "_initial_value",
        "_initializer_op",
        "_is_initialized_op",
        "_graph_element",
        "_cached_value",
        "_dtype",
        "_handle_deleter",
    ]
)
"""Attributes that the new resource has its own of."""


def reduce_variable(variable: tf.Variable) -> object:
    """A variable: value, name, dtype and shape, then everything else it has."""
    if isinstance(variable, values.DistributedVariable):
        return _reduce_distributed(variable)
    if not isinstance(variable, BaseResourceVariable) or variable._in_graph_mode:
        raise Refuse("it is a variable of a graph or of a cluster; carry its value, from variable.numpy().")
    if hasattr(variable.handle, "_distributed_container"):
        container = variable.handle._distributed_container()
        return part_of, (container, [id(each) for each in container._values].index(id(variable)))
    own = {name: value for name, value in vars(variable).items() if name not in OF_PROCESS}
    static = variable.shape.as_list() if variable.shape.rank is not None else None
    value = variable.read_value() if variable.is_initialized() else None
    described = (variable.dtype.name, static, variable.trainable, device_of(variable))
    return make_variable, (value, variable.name, *described), own, None, None, set_variable


def make_variable(
    value: tf.Tensor | None, name: str, dtype: str, shape: list | None, trainable: bool, device: str | None
) -> tf.Variable:
    """A new variable with that value; with none if it had none yet."""
    name = name.rpartition(":")[0] or name
    given = {"name": name, "dtype": tf.as_dtype(dtype), "shape": tf.TensorShape(shape), "trainable": trainable}
    with tf.init_scope(), tf.device(device):
        if value is None:
            return UninitializedVariable(**given)
        return ResourceVariable(initial_value=value, **given)


def set_variable(variable: tf.Variable, own: dict) -> None:
    """Give a variable its other attributes, past any tracking."""
    vars(variable).update(own)


def _reduce_distributed(variable: values.DistributedVariable) -> tuple:
    replicas = [replica.read_value() for replica in variable.values]
    first = variable.values[0]
    described = {
        "name": variable.name.rpartition(":")[0],
        "dtype": variable.dtype.name,
        "shape": first.shape.as_list() if first.shape.rank is not None else None,
        "trainable": variable.trainable,
        "synchronization": variable.synchronization,
        "aggregation": variable.aggregation,
    }
    return make_distributed, (variable.distribute_strategy, replicas, described)


def make_distributed(strategy: tf.distribute.Strategy, replicas: list[tf.Tensor], described: dict) -> tf.Variable:
    """A variable of that strategy whose replicas hold these values."""
    given = {**described, "dtype": tf.as_dtype(described["dtype"]), "shape": tf.TensorShape(described["shape"])}
    with tf.init_scope(), strategy.scope():
        variable = tf.Variable(replicas[0], **given)
    for replica, value in zip(variable.values, replicas, strict=True):
        replica.assign(value)
    return variable


def part_of(container: values.DistributedVariable, index: int) -> tf.Variable:
    """The variable of one replica."""
    return container.values[index]


def reduce_strategy(strategy: tf.distribute.Strategy) -> tuple:
    """A strategy by what it was made from; the default one is each process' own."""
    if isinstance(strategy, distribute_lib._DefaultDistributionStrategy):
        return distribute_lib._get_default_strategy, ()
    if type(strategy) is MirroredStrategy:
        devices = [device.rpartition("device:")[2] for device in strategy.extended.worker_devices]
        chosen = strategy.extended._cross_device_ops
        return make_mirrored, (devices, None if chosen is strategy.extended._collective_ops else chosen)
    if type(strategy) is OneDeviceStrategy:
        return OneDeviceStrategy, (strategy.extended._device,)
    raise Refuse(
        f"a {type(strategy).__name__} is made of connections between the devices and machines of this process; make it "
        "in the cell that uses it, and build the model in its scope there."
    )


@contextmanager
def silence() -> Iterator[None]:
    """What is only made again says nothing of it: it was said where the user made it."""
    logger = tf.get_logger()
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def make_mirrored(devices: list[str], cross_device_ops: object) -> MirroredStrategy:
    """A MirroredStrategy over these devices."""
    with silence():
        return MirroredStrategy(devices, cross_device_ops)
