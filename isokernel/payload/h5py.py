"""Files of HDF5: open for reading they are opened again by their path, closed ones stay closed.

One that is open for writing belongs to its process: HDF5 lets no other one in.
"""

from __future__ import annotations

from collections.abc import Callable

import h5py

from .pickler import book
from .registry import Refuse

WRITING = (
    "it is open for writing, and HDF5 lets one process at a time into such a file. Close it where that is done, and "
    "open it with mode 'r' where it is read."
)


class Files:
    """The open files of one pack: groups and datasets make a new object for theirs whenever they are asked."""

    def __init__(self) -> None:
        self._known: dict[int, h5py.File] = {}

    def of(self, file: h5py.File) -> h5py.File:
        """The first object that was met for the same open file."""
        return self._known.setdefault(file.id.id, file)

    def settle(self) -> bool:
        """There is nothing to settle."""
        return False


def reduce_file(file: h5py.File) -> tuple:
    """A file by its path, if it is read."""
    if not file:
        return make_closed, ("file",)
    first = book(Files).of(file)
    if first is not file:
        return _itself, (first,)
    if file.mode != "r":
        raise Refuse(WRITING)
    return h5py.File, (file.filename, "r")


def reduce_object(obj: h5py.Group | h5py.Dataset) -> tuple:
    """A group or a dataset by its file and its name in it."""
    if not obj:
        return make_closed, ("dataset" if isinstance(obj, h5py.Dataset) else "group",)
    if obj.name is None:
        raise Refuse("it has no name in its file; carry its values.")
    return make_object, (book(Files).of(obj.file), obj.name)


def make_object(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    """What is under that name."""
    return file[name]


def make_closed(kind: str) -> h5py.HLObject:
    """What was left when its file was closed."""
    with h5py.File("closed", "w", driver="core", backing_store=False) as file:
        match kind:
            case "dataset":
                return file.create_dataset(kind, data=0)
            case "group":
                return file.create_group(kind)
        return file


def _itself(file: h5py.File) -> h5py.File:
    return file


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer(h5py.File, reduce_file)
    register_reducer(h5py.Group, reduce_object)
    register_reducer(h5py.Dataset, reduce_object)
