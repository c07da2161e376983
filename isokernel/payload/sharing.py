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
from collections.abc import Container, Hashable, Iterable

from .functions import importable, made_at_runtime
from .memory import LARGE
from .opening import Namespace

FIXED = (
    str, bytes, int, float, complex, tuple, frozenset, range, slice, types.CodeType, types.BuiltinFunctionType,
    types.EllipsisType, types.NotImplementedType, types.NoneType, types.GenericAlias, types.UnionType,
    datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction, uuid.UUID,
    pathlib.PurePath, re.Pattern, logging.Logger, io.IOBase, Namespace,
)  # fmt: skip
"""Types whose instances can't be changed, so that two that are equal may stand for one, or that go by a name."""

FIXED_ELSEWHERE = {"numpy": ("dtype", "ufunc", "generic"), "typing": ("_Final", "TypeVar")}


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
        for known in owners.keys() & memo.keys():
            if leader(owners[known]) is not leader(key) and changeable(memo[known][1], pickler.notes.named):
                leaders[leader(key)] = leader(owners[known])
        for parcel in pickler.notes.inner:
            if parcel in owners:
                leaders[leader(key)] = leader(owners[parcel])
        owners.update(dict.fromkeys([*memo, *pickler.notes.inner], key))
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
    if isinstance(obj, FIXED) and (kind in FIXED or importable(kind)):
        return False
    return not any(
        base.__name__ in FIXED_ELSEWHERE.get(base.__module__, ()) for base in _bases(kind)
    )


def _bases(kind: type) -> Iterable[type]:
    return type.mro(kind)
