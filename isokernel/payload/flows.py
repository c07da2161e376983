"""The iterators of ImageDataGenerator (``flow``, ``flow_from_directory``), of Keras 3 and of tf_keras.

Each keeps a generator that deals out indices, and everything that the generator goes by in attributes of its own. So
they cross by their attributes, and deal on from there.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

ITERATORS = ("keras.src.legacy.preprocessing.image:Iterator", "tf_keras.src.preprocessing.image:Iterator")
GENERATOR = "index_generator"


def reduce_flow(flow: Any) -> tuple:
    """An iterator over images by its attributes, and whether its generator has begun."""
    own = dict(vars(flow))
    generator = own.pop(GENERATOR)
    begun = generator.gi_code is resumed.__code__ or inspect.getgeneratorstate(generator) != inspect.GEN_CREATED
    return make_flow, (type(flow),), (own, begun), None, None, set_flow


def make_flow(kind: type) -> object:
    """An iterator that nothing was done to."""
    return kind.__new__(kind)


def set_flow(flow: Any, state: tuple[dict, bool]) -> None:
    """Give an iterator its attributes, and a generator that goes on where the other one stood."""
    own, begun = state
    vars(flow).update(own)
    vars(flow)[GENERATOR] = resumed(flow) if begun else flow._flow_index()


def resumed(flow: Any) -> Iterator:
    """What the iterator's generator would give next; a new one first resets what it is to go on with."""
    dealing = flow._flow_index()
    vars(flow)["reset"] = lambda: None
    try:
        first = next(dealing)
    finally:
        del vars(flow)["reset"]
    yield first
    yield from dealing
