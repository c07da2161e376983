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
from .opening import recognise, recognised


def reduce_class(cls: type, named: bool) -> tuple:
    """`cls` by value, as ``__reduce__`` would say it.

    A process that has the class already takes a new body only for a class that is `named`: of one that came along with
    an instance, its own is the better copy.
    """
    tracker = cp._get_or_create_tracker_id(cls)
    if issubclass(cls, enum.Enum):
        body, _ = cp._enum_getstate(cls)
        members = {name: member.value for name, member in cls.__members__.items()}
        body = {name: value for name, value in body.items() if name not in members}
        own = {name: dict(vars(member)) for name, member in cls.__members__.items()}
        args = cls.__bases__, cls.__name__, cls.__qualname__, members, cls.__module__, tracker
        return make_enum, args, (named, body, own), None, None, set_enum
    _, _, _, given, *_ = cp._class_getnewargs(cls)
    body, _ = cp._class_getstate(cls)
    # cloudpickle drops what is the same object as in a base: `__slots__ = ()` under one that has it, or `limit = 3`.
    for name, value in vars(cls).items():
        if any(_is(value, base, name) for base in cls.__bases__):
            body[name] = value
    # Slots are laid out when a class is made; typing computes parameters from __orig_bases__ at the same moment.
    given = {**given, **{key: body.pop(key) for key in ("__slots__", "__orig_bases__") if key in body}}
    hook = next((base for base in cls.__mro__[1:] if "__init_subclass__" in base.__dict__), object)
    quiet = not importable(hook)
    # The user's own metaclasses have done their work; the nearest that can be imported may keep books (abc). But one
    # that put other bases in the place of those in the statement (TypedDict) would not know its own work again.
    replaced = types.resolve_bases(given.get("__orig_bases__", cls.__bases__)) != cls.__bases__
    maker = type if replaced else next(base for base in type(cls).__mro__ if importable(base))
    return (
        make_class,
        (maker, type(cls), cls.__name__, cls.__bases__, given, quiet, tracker),
        (named, body),
        None,
        None,
        set_class,
    )


def _is(value: object, base: type, name: str) -> bool:
    return name in vars(base) and vars(base)[name] is value


class _Quiet:
    """First base of a class in the making, so that the user's ``__init_subclass__`` does not run a second time."""

    def __init_subclass__(cls, **_: object) -> None:
        pass


class _QuietSlots:
    """The same for classes whose instances have no ``__dict__``: bases can be exchanged only for bases alike."""

    __slots__ = ()
    __init_subclass__ = _Quiet.__dict__["__init_subclass__"]


def make_class(maker: type, kind: type, name: str, bases: tuple, given: dict, quiet: bool, tracker: str) -> type:
    """The class' skeleton: its name, bases and slots; or the class itself where this process has it already."""
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker)
    if known is not None:
        return recognise(known)
    if quiet:
        first = _Quiet if bases[0].__dictoffset__ else _QuietSlots
        cls = maker.__new__(kind, name, (first, *bases), dict(given))
        cls.__bases__ = bases
    else:
        cls = maker.__new__(kind, name, bases, dict(given))
    return cp._lookup_class_or_track(tracker, cls)


def set_class(cls: type, state: tuple[bool, dict]) -> None:
    """Give the skeleton its body."""
    named, body = state
    if recognised(cls) and not named:
        return
    for name, value in body.items():
        if name == "_abc_impl":
            for subclass in value:
                abc.ABCMeta.register(cls, subclass)
        else:
            type.__setattr__(cls, name, value)
        if type(value) is property:
            value.__set_name__(cls, name)  # which its errors tell
    if isinstance(cls, abc.ABCMeta):
        abc.update_abstractmethods(cls)


def make_enum(bases: tuple, name: str, qualname: str, members: dict, module: str, tracker: str) -> type:
    """The Enum with its members; or the Enum itself where this process has it already."""
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker)
    if known is not None:
        return recognise(known)
    return cp._make_skeleton_enum(bases, name, qualname, members, module, tracker, None)


def set_enum(cls: type, state: tuple[bool, dict, dict[str, dict]]) -> None:
    """Give an Enum its methods, and its members what their ``__init__`` gave them."""
    named, body, members = state
    if recognised(cls) and not named:
        return
    for name, value in body.items():
        type.__setattr__(cls, name, value)
    for name, attributes in members.items():
        vars(cls.__members__[name]).update(attributes)
