"""Random operations that count on inside TensorFlow, and go on counting in the next process.

``tf.random.uniform((1,), seed=3)`` gives another number each time, because the operation's kernel keeps a counter, in
C++, where nobody can read it. So what is drawn is counted here:

- Drawn eagerly, an operation with a seed is a stream of its own for each combination of operation, seeds, types and
  device. How much was drawn from each is noted, and carried; a process that draws from such a stream for the first time
  first draws, and drops, what others have drawn before it.
- In a ``tf.function``, the operation is replaced, as it is traced, by its equal of ``tf.random.Generator`` over a
  variable that holds the counter: the numbers are the same, and a variable can be carried with the trace.

``tf.random.set_seed`` and ``clear_session`` start all of them anew, here as there. Functions of tf.data are left alone:
their kernels are made for each iteration, and begin anew by themselves.
"""

from __future__ import annotations

import functools
import math
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.data.ops import structured_function
from tensorflow.python.eager import context
from tensorflow.python.framework import func_graph
from tensorflow.python.ops import gen_random_ops, gen_stateful_random_ops
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from . import places

OPERATIONS = {
    "random_uniform": (("shape", "dtype", "seed", "seed2"), 1),
    "random_uniform_int": (("shape", "minval", "maxval", "seed", "seed2"), 3),
    "random_standard_normal": (("shape", "dtype", "seed", "seed2"), 1),
    "truncated_normal": (("shape", "dtype", "seed", "seed2"), 1),
    "parameterized_truncated_normal": (("shape", "means", "stdevs", "minvals", "maxvals", "seed", "seed2"), 5),
    "random_gamma": (("shape", "alpha", "seed", "seed2"), 2),
    "random_poisson_v2": (("shape", "rate", "seed", "seed2", "dtype"), 2),
    "random_shuffle": (("value", "seed", "seed2"), 1),
    "multinomial": (("logits", "num_samples", "seed", "seed2", "output_dtype"), 2),
}
"""Random operations with seeds: their arguments, and how many of the first are tensors."""

LINEAR = frozenset(["random_uniform", "random_uniform_int", "random_standard_normal", "truncated_normal"])
"""Those of which only the number of all elements counts: to draw 3 and then 5 is to draw 8."""

AT_ONCE = 1 << 22  # elements that are drawn and dropped in one piece
PHILOX = 1

_installed = False
_drawn: dict[tuple, dict[tuple, int]] = {}
"""How often each stream gave what: for a linear one elements in all, under the key ``()``."""
_behind: dict[tuple, dict[tuple, int]] = {}
"""The same of what other processes have drawn, and this one not yet skipped."""
_streams: weakref.WeakValueDictionary[int, Stream] = weakref.WeakValueDictionary()  # a variable has no hash
_local = threading.local()


class Stream(ResourceVariable):
    """The counter of one random operation in a traced function: Philox' two words of counter, and its key."""

    def restart(self) -> None:
        """Begin anew."""
        _, seed2, seed = self.numpy()
        self.assign([0, seed2, seed])


def reduce_stream(stream: Stream) -> tuple:
    """A stream by its numbers."""
    return make_stream, (stream.numpy().tolist(),)


def make_stream(numbers: list[int]) -> Stream:
    """The stream that stands there."""
    with tf.init_scope():
        stream = Stream(numbers, trainable=False, dtype=tf.int64, name="isokernel_stream")
    _streams[id(stream)] = stream
    return stream


def install() -> None:
    """Have all that is drawn from now on counted. Called in a process of cells, before the first of them."""
    global _installed
    if _installed:
        return
    _installed = True
    for name in OPERATIONS:
        setattr(gen_random_ops, name, _counting(name, getattr(gen_random_ops, name)))
    for name in ("_set_global_seed", "clear_kernel_cache"):
        setattr(context.Context, name, _restarting(getattr(context.Context, name)))
    places.install()
    wrapper = structured_function.StructuredFunctionWrapper
    wrapper.__init__ = _in_pipeline(wrapper.__init__)


def drawn() -> dict[tuple, dict[tuple, int]] | None:
    """How much was drawn from each stream, in this process and before it; None if nothing was."""
    return {key: dict(amounts) for key, amounts in _drawn.items()} or None


def resume(state: dict[tuple, dict[tuple, int]]) -> None:
    """Go on where `state` says that others have left off."""
    install()
    for known in (_drawn, _behind):
        known.clear()
        known.update((key, dict(amounts)) for key, amounts in state.items())


@contextmanager
def functions_kept() -> Iterator[None]:
    """Whoever sets the seed meanwhile only sets again what it is: functions go on."""
    before, _local.kept = getattr(_local, "kept", False), True
    try:
        yield
    finally:
        _local.kept = before


def _restarting(method: Callable) -> Callable:
    @functools.wraps(method)
    def restart(self: context.Context, *args: Any) -> Any:
        result = method(self, *args)
        _drawn.clear()
        _behind.clear()
        if not getattr(_local, "kept", False):
            with tf.init_scope():
                for stream in list(_streams.values()):
                    stream.restart()
        return result

    return restart


def _in_pipeline(method: Callable) -> Callable:
    @functools.wraps(method)
    def trace(*args: Any, **kwargs: Any) -> None:
        before, _local.pipeline = getattr(_local, "pipeline", False), True
        try:
            method(*args, **kwargs)
        finally:
            _local.pipeline = before

    return trace


def _counting(name: str, operation: Callable) -> Callable:
    parameters, _ = OPERATIONS[name]

    @functools.wraps(operation)
    def draw(*args: Any, **kwargs: Any) -> tf.Tensor:
        given = dict(zip(parameters, args, strict=False)) | kwargs
        if not (given.get("seed") or given.get("seed2")):
            return operation(*args, **kwargs)  # from the system's entropy
        if context.executing_eagerly():
            _note(name, operation, given)
        elif _is_replaced(name):
            return _replaced(name, given)
        return operation(*args, **kwargs)

    return draw


def _note(name: str, operation: Callable, given: dict[str, Any]) -> None:
    parameters, tensors = OPERATIONS[name]
    inputs = [given[each] for each in parameters[:tensors]]
    types = tuple(getattr(getattr(each, "dtype", None), "name", None) for each in inputs)
    attributes = tuple(_plain(given.get(each)) for each in parameters[tensors:])
    stream = name, context.context().device_name, types, attributes
    if name in LINEAR:
        kind, amount = (), math.prod(int(size) for size in inputs[0])
    else:
        kind, amount = tuple(_kind(parameter, each) for parameter, each in zip(parameters, inputs, strict=False)), 1
    for other, count in _behind.pop(stream, {}).items():
        _skip(stream, operation, other, count)
    amounts = _drawn.setdefault(stream, {})
    amounts[kind] = amounts.get(kind, 0) + amount


def _plain(attribute: Any) -> Any:
    return tf.as_dtype(attribute).name if isinstance(attribute, tf.DType) else attribute


def _kind(parameter: str, value: Any) -> tuple:
    """What of an input decides how far a draw takes the counter: the numbers of a shape, the shape of others."""
    if parameter in ("shape", "num_samples"):
        numbers = np.asarray(value)
        return ("is", tuple(numbers.ravel().tolist()), numbers.ndim)
    return ("like", tuple(np.shape(value)))


def _skip(stream: tuple, operation: Callable, kind: tuple, count: int) -> None:
    """Draw what was drawn elsewhere, and drop it."""
    name, _, types, attributes = stream
    parameters, tensors = OPERATIONS[name]
    given = {
        each: tf.as_dtype(value) if each.endswith("dtype") else value  # a kernel of its own for the type's name
        for each, value in zip(parameters[tensors:], attributes, strict=True)
        if value is not None
    }
    if name in LINEAR:
        others = {each: tf.constant(at, kind) for at, (each, kind) in enumerate(zip(parameters, types, strict=False))}
        while count:
            piece = min(count, AT_ONCE)
            operation(**{**others, "shape": tf.constant([piece], types[0] or tf.int32)}, **given)
            count -= piece
        return
    inputs = {}
    for parameter, (how, *what), dtype in zip(parameters, kind, types, strict=False):
        if how == "is":
            numbers, rank = what
            inputs[parameter] = tf.constant(numbers if rank else numbers[0], dtype or tf.int32)
        else:
            inputs[parameter] = np.ones(what[0]).tolist() if dtype is None else _any(dtype, what[0])
    for _ in range(count):
        operation(**inputs, **given)


def _any(dtype: str, shape: tuple[int, ...]) -> tf.Tensor:
    return tf.fill(shape, "") if dtype == "string" else tf.ones(shape, dtype)


def _is_replaced(name: str) -> bool:
    graph = tf.compat.v1.get_default_graph()
    return (
        name in REPLACEMENTS
        and isinstance(graph, func_graph.FuncGraph)
        and not getattr(_local, "pipeline", False)
        and not tf.distribute.has_strategy()
    )


def _replaced(name: str, given: dict[str, Any]) -> tf.Tensor:
    seed, seed2 = given.get("seed") or 0, given.get("seed2") or 0
    graph = tf.compat.v1.get_default_graph()
    stream = make_stream([0, seed2, seed])
    graph.watch_variable(stream)
    while isinstance(graph, func_graph.FuncGraph):
        keep(graph, stream)
        graph = graph.outer_graph
    shape = tf.convert_to_tensor(given["shape"], dtype_hint=tf.int32)
    return REPLACEMENTS[name](stream.handle, PHILOX, shape, given)


REPLACEMENTS: dict[str, Callable[[tf.Tensor, int, tf.Tensor, dict[str, Any]], tf.Tensor]] = {
    "random_uniform": lambda handle, algorithm, shape, given: gen_stateful_random_ops.stateful_uniform(
        handle, algorithm, shape, given["dtype"], name=given.get("name")
    ),
    "random_uniform_int": lambda handle, algorithm, shape, given: gen_stateful_random_ops.stateful_uniform_int(
        handle, algorithm, shape, given["minval"], given["maxval"], name=given.get("name")
    ),
    "random_standard_normal": lambda handle, algorithm, shape, given: (
        gen_stateful_random_ops.stateful_standard_normal_v2(
            handle, algorithm, shape, given["dtype"], name=given.get("name")
        )
    ),
    "truncated_normal": lambda handle, algorithm, shape, given: gen_stateful_random_ops.stateful_truncated_normal(
        handle, algorithm, shape, given["dtype"], name=given.get("name")
    ),
}
"""The operations that draw the same numbers, with the counter in a variable."""


def keep(graph: func_graph.FuncGraph, stream: Stream) -> None:
    """Have a function's graph hold a stream: it refers to variables weakly."""
    graph._isokernel_streams = [*getattr(graph, "_isokernel_streams", ()), stream]
