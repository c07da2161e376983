"""Classes of the notebook, by value: a skeleton first, which instances and methods can refer to, then its body.

Nothing of the user's runs when a class arrives: its metaclass' ``__new__`` and its bases' ``__init_subclass__`` ran
where it was made, and what they did to the class travels as its state.

A class is known by one id in all processes it passes through (cloudpickle's tracker), so that one which comes back to
where it came from is that very class again.
"""

from __future__ import annotations

import abc
import enum
import types

import cloudpickle.cloudpickle as cp

from .functions import importable


def reduce_class(cls: type) -> tuple:
    """`cls` by value, as ``__reduce__`` would say it."""
    tracker = cp._get_or_create_tracker_id(cls)
    if issubclass(cls, enum.Enum):
        body, _ = cp._enum_getstate(cls)
        members = {name: member.value for name, member in cls.__members__.items()}
        body = {name: value for name, value in body.items() if name not in members}
        own = {name: dict(vars(member)) for name, member in cls.__members__.items()}
        args = cls.__bases__, cls.__name__, cls.__qualname__, members, cls.__module__, tracker, None
        return cp._make_skeleton_enum, args, (body, own), None, None, set_enum
    kind, name, bases, given, *_ = cp._class_getnewargs(cls)
    body, _ = cp._class_getstate(cls)
    if "__slots__" in body:
        given = {**given, "__slots__": body.pop("__slots__")}
    hook = next((base for base in cls.__mro__[1:] if "__init_subclass__" in base.__dict__), object)
    quiet = not importable(hook)
    return make_class, (kind, name, bases, given, quiet, tracker), body, None, None, set_class


class _Quiet:
    """First base of a class in the making, so that the user's ``__init_subclass__`` does not run a second time."""

    def __init_subclass__(cls, **_: object) -> None:
        pass


def make_class(kind: type, name: str, bases: tuple, given: dict, quiet: bool, tracker: str) -> type:
    """The class' skeleton: its name, bases and slots; or the class itself where this process has it already."""
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker)
    if known is not None:
        return known
    resolved = types.resolve_bases(bases)
    body = dict(given)
    if resolved is not bases:
        body["__orig_bases__"] = bases
    # The user's own metaclasses have done their work; the nearest that can be imported may keep books in C (abc).
    maker = next(base for base in kind.__mro__ if importable(base))
    if quiet:
        cls = maker.__new__(kind, name, (_Quiet, *resolved), body)
        cls.__bases__ = resolved
    else:
        cls = maker.__new__(kind, name, resolved, body)
    return cp._lookup_class_or_track(tracker, cls)


def set_class(cls: type, body: dict) -> None:
    """Give the skeleton its body."""
    for name, value in body.items():
        if name == "_abc_impl":
            for subclass in value:
                abc.ABCMeta.register(cls, subclass)
        else:
            type.__setattr__(cls, name, value)
    if isinstance(cls, abc.ABCMeta):
        abc.update_abstractmethods(cls)


def set_enum(cls: type, state: tuple[dict, dict[str, dict]]) -> None:
    """Give an Enum its methods, and its members what their ``__init__`` gave them."""
    body, members = state
    for name, value in body.items():
        type.__setattr__(cls, name, value)
    for name, attributes in members.items():
        vars(cls.__members__[name]).update(attributes)
