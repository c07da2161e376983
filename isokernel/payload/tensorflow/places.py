"""Where pipelines of tf.data stand: how often a seeded shuffle was iterated, and how far an iterator has come.

Both are kept in C++. ``shuffle(reshuffle_each_iteration=True)`` draws the seeds of each iteration from a generator;
here each such shuffle is given one of its own, an :class:`Order`, which datasets made from it share, in one process as
in the next. TensorFlow tells how far a generator is only where it writes the state of an iterator down, and sets it
only where it reads one; so that is what is done, with an iterator over nothing.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow.core.framework import dataset_metadata_pb2, dataset_pb2, tensor_pb2
from tensorflow.python.data.ops import dataset_ops, iterator_ops
from tensorflow.python.ops import gen_dataset_ops

from ..pickler import undeclared
from ..registry import Refuse

ITERATOR = (
    "an Iterator is a place in a pipeline that runs in this process. Carry the dataset, and skip() what was seen."
)
UNWRITTEN = "TensorFlow can't write down where it is ({}). Carry the dataset, and skip() what was seen."
IGNORE = 1  # what a pipeline uses beside its own state (variables), which is carried by itself
MARK = "isokernel:"
COUNT = "epoch_num_random_samples"

_orders: dict[str, Order] = {}


class Order:
    """The generator of a seeded shuffle, which gives each iteration its seeds.

    Parameters
    ----------
    seed, seed2 : int
        Of the shuffle.
    token : str, optional
        By which the shuffle's node in a graph names it.
    """

    def __init__(self, seed: int, seed2: int, token: str | None = None) -> None:
        self.seeds = seed, seed2
        self.token = token or secrets.token_hex(8)
        with tf.init_scope(), tf.device("CPU:0"):
            self.handle, _ = gen_dataset_ops.anonymous_seed_generator(seed, seed2, reshuffle=True)
        _orders[self.token] = self

    def drawn(self) -> int:
        """How many numbers the generator has given, two for each iteration; it is left where it is."""
        return self._passed(None)

    def go_to(self, drawn: int) -> None:
        """Have it go on after that many numbers."""
        self._passed(drawn)

    def _passed(self, to: int | None) -> int:
        with tf.init_scope(), tf.device("CPU:0"):
            nothing = tf.data.Dataset.range(0)
            seed, seed2 = (tf.constant(each, tf.int64) for each in self.seeds)
            shuffled = _SHUFFLE(
                nothing._variant_tensor, tf.constant(1, tf.int64), seed, seed2, self.handle, [tf.int64], [()]
            )
            iterator = iter(dataset_ops._VariantDataset(shuffled, nothing.element_spec))
            written = [_bytes(each) for each in tf.unstack(_written(iterator))]
            at, numbers = next((at, found) for at, each in enumerate(written) if (found := _numbers(each)) is not None)
            before = numbers[COUNT] - 2  # to ask is to iterate
            written[at] = _with(written[at], COUNT, before if to is None else to)
            _restore(iterator, written)
        return before


_SHUFFLE = gen_dataset_ops.shuffle_dataset_v3


def install() -> None:
    """Have each seeded shuffle that is made from now on use an order of its own."""
    gen_dataset_ops.shuffle_dataset_v3 = _shuffling(_SHUFFLE)


def _shuffling(operation: Callable) -> Callable:
    @functools.wraps(operation)
    def shuffle(input_dataset: tf.Tensor, *args: Any, **given: Any) -> tf.Tensor:
        if args or not tf.executing_eagerly():
            return operation(input_dataset, *args, **given)
        seeds = int(given["seed"]), int(given["seed2"])
        if not given["reshuffle_each_iteration"]:
            if not any(seeds):  # TensorFlow would draw an order once and for good, and tell nobody which
                given |= {name: tf.constant(secrets.randbits(62), tf.int64) for name in ("seed", "seed2")}
        elif any(seeds):
            order = Order(*seeds)
            told = dataset_metadata_pb2.Metadata.FromString(given["metadata"])
            told.name += f"{MARK}{order.token}".encode()
            given |= {"seed_generator": order.handle, "metadata": told.SerializeToString()}
        return operation(input_dataset, **given)

    return shuffle


def order_of(node: tf.compat.v1.NodeDef) -> Order | None:
    """The order that a shuffle's node uses."""
    if node.op != "ShuffleDatasetV3":
        return None
    _, _, token = dataset_metadata_pb2.Metadata.FromString(node.attr["metadata"].s).name.decode().rpartition(MARK)
    return _orders.get(token)


def reduce_order(order: Order) -> tuple:
    """An order by its seeds, and how far it has come."""
    return make_order, (*order.seeds, order.token, order.drawn())


def make_order(seed: int, seed2: int, token: str, drawn: int) -> Order:
    """The order that has come that far."""
    order = Order(seed, seed2, token)
    if drawn:
        order.go_to(drawn)
    return order


def reduce_iterator(iterator: iterator_ops.OwnedIterator) -> tuple:
    """An iterator over a dataset, by the dataset and what TensorFlow writes down of it; not for a declared cell.

    A declared cell is a function, and to draw from an iterator changes what others that hold it will draw.
    """
    dataset = vars(iterator).get("_dataset")
    if not undeclared() or dataset is None or not tf.executing_eagerly():
        raise Refuse(ITERATOR)
    with tf.device("CPU:0"):
        try:
            state = [_bytes(each) for each in tf.unstack(_written(iterator))]
        except tf.errors.OpError as error:
            raise Refuse(UNWRITTEN.format(error.message.partition("\n")[0])) from error
    return make_iterator, (dataset,), state, None, None, set_iterator


def make_iterator(dataset: tf.data.Dataset) -> iterator_ops.OwnedIterator:
    """An iterator that is at its first element; to begin it is no iteration of any shuffle that is behind it."""
    with tf.init_scope(), _unmoved():
        return iter(dataset)


def set_iterator(iterator: iterator_ops.OwnedIterator, written: list[bytes]) -> None:
    """Have an iterator be where the other one was."""
    with _unmoved():
        _restore(iterator, written)


@contextmanager
def _unmoved() -> Iterator[None]:
    stood = [(order, order.drawn()) for order in _orders.values()]
    yield
    for order, drawn in stood:
        order.go_to(drawn)


def reduce_numpy_iterator(iterator: dataset_ops.NumpyIterator) -> tuple:
    """The same for one that gives arrays."""
    return make_numpy_iterator, (iterator._iterator, iterator._dataset)


def make_numpy_iterator(iterator: iterator_ops.OwnedIterator, dataset: tf.data.Dataset) -> dataset_ops.NumpyIterator:
    """One over that iterator."""
    made = dataset_ops.NumpyIterator.__new__(dataset_ops.NumpyIterator)
    made._iterator, made._dataset = iterator, dataset
    return made


def _written(iterator: iterator_ops.OwnedIterator) -> tf.Tensor:
    return gen_dataset_ops.serialize_iterator(iterator._iterator_resource, external_state_policy=IGNORE)


def _restore(iterator: iterator_ops.OwnedIterator, written: list[bytes]) -> None:
    """Have an iterator be where another one was when it was written down."""
    with tf.init_scope(), tf.device("CPU:0"):
        parts = tf.stack([tf.io.parse_tensor(each, tf.variant) for each in written])
        gen_dataset_ops.deserialize_iterator(iterator._iterator_resource, parts)


def _bytes(part: tf.Tensor) -> bytes:
    return tf.io.serialize_tensor(part).numpy()


# A part of what is written is a tensor with one variant: of which iterator, the names of the numbers in it, and these
# as eight bytes each, compressed.


def _parts(written: bytes) -> tuple[tensor_pb2.TensorProto, tensor_pb2.VariantTensorDataProto, Any]:
    outer = tensor_pb2.TensorProto.FromString(written)
    _, start = _number(outer.tensor_content, 0)
    state = tensor_pb2.VariantTensorDataProto.FromString(outer.tensor_content[start:])
    return outer, state, dataset_pb2.CompressedElement.FromString(state.tensors[0].variant_val[0].metadata)


def _numbers(written: bytes) -> dict[str, int] | None:
    """The numbers of a shuffle by their names; None of anything else."""
    _, state, element = _parts(written)
    names = state.metadata.decode().split("@@")[1:]
    if COUNT not in names:
        return None
    plain = _decompress(element.data)
    return {name: int.from_bytes(plain[8 * at : 8 * at + 8], "little") for at, name in enumerate(names)}


def _with(written: bytes, name: str, number: int) -> bytes:
    """`written` with another number under that name."""
    outer, state, element = _parts(written)
    at = 8 * state.metadata.decode().split("@@")[1:].index(name)
    plain = _decompress(element.data)
    element.data = _compress(plain[:at] + number.to_bytes(8, "little") + plain[at + 8 :])
    state.tensors[0].variant_val[0].metadata = element.SerializeToString(deterministic=True)
    text = state.SerializeToString(deterministic=True)
    outer.tensor_content = _as_number(len(text)) + text
    return outer.SerializeToString(deterministic=True)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def _as_number(value: int) -> bytes:
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


def _decompress(data: bytes) -> bytes:
    """Snappy's format: literals, and copies of what came before."""
    _, at = _number(data, 0)
    plain = bytearray()
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                size = length - 59
                length, at = int.from_bytes(data[at : at + size], "little"), at + size
            plain += data[at : at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, back, at = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at], at + 1
        else:
            size = 2 if tag & 3 == 2 else 4
            length, back, at = (tag >> 2) + 1, int.from_bytes(data[at : at + size], "little"), at + size
        for _ in range(length):
            plain.append(plain[-back])
    return bytes(plain)


def _compress(plain: bytes) -> bytes:
    """The same format, of one literal."""
    return _as_number(len(plain)) + b"\xf4" + (len(plain) - 1).to_bytes(2, "little") + plain
