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
    if issubclass(cls, enum.Enum):
        make, args = cp._make_skeleton_enum, cp._enum_getnewargs(cls)
        body, _ = cp._enum_getstate(cls)
        state = (body, {name: dict(vars(member)) for name, member in cls.__members__.items()})
        return make, args, state, None, None, set_enum
    kind, name, bases, given, tracker, _ = cp._class_getnewargs(cls)
    body, _ = cp._class_getstate(cls)
    slots = cls.__dict__.get("__slots__")
    if slots is not None:
        given = {**given, "__slots__": slots}
        body.pop("__slots__", None)
    return make_class, (kind, name, bases, given, tracker), body, None, None, set_class


class _Quiet:
    """First base of a class in the making, so that the user's ``__init_subclass__`` does not run a second time."""

    __slots__ = ()

    def __init_subclass__(cls, **_) -> None:
        pass


def make_class(kind: type, name: str, bases: tuple, given: dict, tracker: str) -> type:
    """The class' skeleton: its name, bases and slots; or the class itself where this process has it already."""
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker)
    if known is not None:
        return known
    resolved = types.resolve_bases(bases)
    body = dict(given)
    if resolved is not bases:
        body["__orig_bases__"] = bases
    # The nearest metaclass that a library made may keep books in C (abc) or be needed for layout; the user's own have
    # done their work.
    maker = next(base for base in kind.__mro__ if importable(base))
    user_hook = next((base for base in resolved if not importable(base)), None)
    if user_hook is not None and maker is type or maker is abc.ABCMeta and user_hook is not None:
        try:
            cls = maker.__new__(kind, name, (_Quiet, *resolved), body)
            cls.__bases__ = resolved
        except TypeError:  # the layouts differ too much to take the first base off again
            cls = maker.__new__(kind, name, resolved, body)
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
