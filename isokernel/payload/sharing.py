"""Which streams share something that can be changed, by comparing what their picklers have seen."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import io
import logging
import pathlib
import re
import types
import uuid
from collections.abc import Container, Hashable

from .functions import importable, made_at_runtime
from .memory import LARGE
from .opening import Namespace
from .registry import REDUCERS

FIXED = (
    str, bytes, int, float, complex, tuple, frozenset, range, slice, types.CodeType, types.BuiltinFunctionType,
    types.EllipsisType, types.NotImplementedType, types.NoneType, types.GenericAlias, types.UnionType,
    datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction, uuid.UUID,
    pathlib.PurePath, re.Pattern, logging.Logger, io.IOBase, Namespace,
)  # fmt: skip
"""Types whose instances can't be changed, so that two that are equal may stand for one, or that go by a name."""

IN_MEMORY = (io.BytesIO, io.StringIO)  # files that are values

FIXED_ELSEWHERE = {
    "numpy": ("dtype", "ufunc", "generic"),
    "typing": ("_Final", "TypeVar"),
    "tensorflow.python.framework.dtypes": ("DType",),
    "tensorflow.python.distribute.distribute_lib": ("_DefaultDistributionStrategy",),
    "keras.src.dtype_policies.dtype_policy": ("DTypePolicy",),
}


def components(streams: list[tuple[Hashable, object]]) -> list[list[Hashable]]:
    """Group the keys of `streams`, pairs of a key and a pickler that has finished, by what they share.

    Groups and their members come in the order of the streams.
    """
    leaders: dict[Hashable, Hashable] = {key: key for key, _ in streams}

    def leader(key: Hashable) -> Hashable:
        while leaders[key] is not key:
            leaders[key] = key = leaders[leaders[key]]
        return key

    owners: dict[int, Hashable] = {}
    memos = []  # an id means its object only while the object lives
    for key, pickler in streams:
        memo = pickler.memo.copy()
        memos.append(memo)
        library: frozenset[int] | None = None
        for known in owners.keys() & memo.keys():
            if leader(owners[known]) is leader(key) or not changeable(memo[known][1], pickler.notes.named):
                continue
            if library is None:
                library = _of_classes({type(obj) for _, obj in memo.values()})
            if known not in library:
                leaders[leader(key)] = leader(owners[known])
        referred = *pickler.notes.inner, *pickler.notes.nans
        for each in referred:
            if each in owners:
                leaders[leader(key)] = leader(owners[each])
        owners.update(dict.fromkeys([*memo, *referred], key))
    groups: dict[Hashable, list[Hashable]] = {}
    for key, _ in streams:
        groups.setdefault(leader(key), []).append(key)
    return list(groups.values())


def changeable(obj: object, named: Container[int] = ()) -> bool:
    """Whether it matters that two names have the same `obj`, and not each one of its own.

    `named` are the ids of objects that go by a name, and so are the same without further ado.
    """
    if id(obj) in named:
        return False
    kind = type(obj)
    if kind in (str, bytes):
        return len(obj) >= LARGE  # not for identity: it should not be carried twice
    if isinstance(obj, (type, types.FunctionType)):
        return not importable(obj)
    if isinstance(obj, types.ModuleType):
        return made_at_runtime(obj)
    if isinstance(obj, enum.Enum):
        return False  # the class is in the stream as well
    return not is_fixed(kind) and not _global(obj)


def is_fixed(kind: type) -> bool:
    """Whether no instance of `kind` can be changed."""
    if issubclass(kind, FIXED) and not issubclass(kind, IN_MEMORY) and (kind in FIXED or importable(kind)):
        return True
    return any(base.__name__ in FIXED_ELSEWHERE.get(base.__module__, ()) for base in type.mro(kind))


def _of_classes(kinds: set[type]) -> frozenset[int]:
    """Ids of what the importable ones of some classes keep for all their instances.

    pandas puts a list of its class into the state of every DataFrame; that makes no two of them one.
    """
    bases = {base for kind in kinds for base in type.mro(kind) if importable(base)}
    return frozenset(id(value) for base in bases for value in vars(base).values())


def _global(obj: object) -> bool:
    """Whether an object of a library says of itself that it goes by a name, as pandas.NA and Cython's functions do.

    Types with a reducer of ours are not asked: their own way to pickle may be to save a model.
    """
    kind = type(obj)
    if REDUCERS.chain(kind) or kind.__reduce__ is object.__reduce__ or kind.__module__ == "__main__":
        return False
    try:
        return isinstance(obj.__reduce_ex__(5), str)
    except Exception:  # noqa: BLE001 (it was pickled a moment ago by other means, so it can be anything but a name)
        return False
