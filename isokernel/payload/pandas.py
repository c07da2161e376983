"""What pandas leaves out of its pickles: which tables look at one another's values, and are copied when written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def reduce_block(block: Any) -> tuple:
    """A block of a table with the book of those that look at the same values.

    Without it a column and its table, which share memory on the other side as here, would be written to as one.
    """
    make, args = block.__reduce__()
    return make_block, (make, args, block.refs)


def make_block(make: Callable, args: tuple, refs: Any) -> Any:
    """A block that is in the book `refs`."""
    block = make(*args)
    refs.add_reference(block)
    block.refs = refs
    return block


def reduce_series_manager(manager: Any) -> tuple:
    """What a Series holds: its block and its index, where pandas pickles the values of the block alone."""
    return type(manager), (manager.blocks[0], manager.axes[0])


def reduce_index(index: Any) -> object:
    """An index that was made of a column is in the column's book."""
    if vars(index).get("_references") is None:  # the class of a RangeIndex, which has no memory, has one
        return NotImplemented
    make, args, *_ = index.__reduce__()
    return make_index, (make, args, index._references)


def make_index(make: Callable, args: tuple, refs: Any) -> Any:
    """An index that is in the book `refs`."""
    index = make(*args)
    refs.add_index_reference(index)
    index._references = refs
    return index


def reduce_refs(refs: Any) -> tuple:
    """An empty book: blocks enter themselves, so it has those that came along."""
    return type(refs), ()


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer("pandas._libs.internals:Block", reduce_block)
    register_reducer("pandas.core.internals.managers:SingleBlockManager", reduce_series_manager, exact=True)
    register_reducer("pandas.core.indexes.base:Index", reduce_index)
    register_reducer("pandas._libs.internals:BlockValuesRefs", reduce_refs)
