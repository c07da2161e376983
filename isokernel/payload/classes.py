"""Classes of the notebook, by value: a skeleton first, which instances and methods can refer to, then its body.

Nothing of the user's runs when a class arrives: its metaclass' ``__new__`` and its bases' ``__init_subclass__`` ran
where it was made, and what they did to the class travels as its state.

A class is known by one id in all processes it passes through (cloudpickle's tracker), so that one which comes back to
where it came from is that very class again, and its instances are instances of it. What was done to it on the way
lands there (`opening`): attributes that were set or deleted; the others are the very objects that they were, for
somebody may hold a method. To tell, a class that arrives is remembered as it was then.
"""

from __future__ import annotations

import abc
import enum
import gc
import types
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import cloudpickle.cloudpickle as cp

from .functions import Key, importable, key, same
from .opening import adopting, land, recognise, recognised, stamped


@dataclass(frozen=True, slots=True)
class State:
    """What a class is, beside its skeleton.

    Attributes
    ----------
    stamp : int
        When it was packed.
    named : bool
        Whether it crosses as the value of a name or a part of one, or a notebook's semantics are kept.
    body : dict of str to object
    order : list of str
        All names in the body, in their order; some of them Python makes itself.
    changes : tuple, or None
        Names that were set and names that were deleted since it arrived where it was packed; None where it was made.
    made : tuple, or None
        Its name, qualified name and bases, where these aren't what they were when it arrived.
    members : dict of str to dict
        Of an enum: what each member's ``__init__`` gave it.
    kin : list of type
        Classes of the notebook that derive from it, and are asked for by ``__subclasses__()``.
    """

    stamp: int
    named: bool
    body: dict[str, object]
    order: list[str]
    changes: tuple[list[str], list[str]] | None
    made: tuple[str, str, tuple] | None
    members: dict[str, dict]
    kin: list[type]

    def __reduce__(self):
        return State, tuple(getattr(self, name) for name in self.__slots__)


_arrived: weakref.WeakKeyDictionary[type, tuple[dict[str, Key | None], Key | None]] = weakref.WeakKeyDictionary()
held: list[type] = []
"""Classes that a worker was given because they derive from others, and that the notebook holds by names which it
wasn't given: they are to be alive."""


def silence_destructors() -> Callable[[], None]:
    """Have instances of classes that travelled end without their ``__del__`` from now on; what gives it back.

    For where a copy is dropped of an object that goes on elsewhere, or has ended there.
    """
    classes = [cls for cls in list(cp._DYNAMIC_CLASS_TRACKER_BY_CLASS) if "__del__" in vars(cls)]
    destructors = [vars(cls)["__del__"] for cls in classes]
    for cls in classes:
        type.__setattr__(cls, "__del__", lambda self: None)

    def give_back() -> None:
        for cls, destructor in zip(classes, destructors, strict=True):
            type.__setattr__(cls, "__del__", destructor)

    return give_back


def reduce_class(cls: type, named: bool, stamp: int, kin: bool) -> tuple:
    """`cls` by value, as ``__reduce__`` would say it.

    Parameters
    ----------
    cls : type
    named, stamp
        As of :class:`State`.
    kin : bool
        Take the classes along that derive from it.
    """
    tracker = cp._get_or_create_tracker_id(cls)
    derived = [each for each in type.__subclasses__(cls) if not importable(each)] if kin else []
    if issubclass(cls, enum.Enum):
        body, members = _body(cls), {name: member.value for name, member in cls.__members__.items()}
        own = {name: dict(vars(member)) for name, member in cls.__members__.items()}
        args = cls.__bases__, cls.__name__, cls.__qualname__, members, cls.__module__, tracker
        state = State(stamp, named, body, list(vars(cls)), _changes(cls, body), None, own, derived)
        return make_enum, args, state, None, None, set_class
    body = _body(cls)
    # Slots are laid out when a class is made; typing computes parameters from __orig_bases__ at the same moment.
    given = {**cp._class_getnewargs(cls)[3], "__qualname__": cls.__qualname__}
    given |= {key: body.pop(key) for key in ("__slots__", "__orig_bases__") if key in body}
    hook = next((base for base in cls.__mro__[1:] if "__init_subclass__" in base.__dict__), object)
    quiet = not importable(hook)
    # The user's own metaclasses have done their work; the nearest that can be imported may keep books (abc). But one
    # that put other bases in the place of those in the statement (TypedDict) would not know its own work again.
    replaced = types.resolve_bases(given.get("__orig_bases__", cls.__bases__)) != cls.__bases__
    maker = type if replaced else next(base for base in type(cls).__mro__ if importable(base))
    return (
        make_class,
        (maker, type(cls), cls.__name__, cls.__bases__, given, quiet, tracker),
        State(stamp, named, body, list(vars(cls)), _changes(cls, body), _made_otherwise(cls), {}, derived),
        None,
        None,
        set_class,
    )


def _body(cls: type) -> dict[str, object]:
    """What of a class' body is carried."""
    if issubclass(cls, enum.Enum):
        body, _ = cp._enum_getstate(cls)
        return {name: value for name, value in body.items() if name not in cls.__members__}
    body, _ = cp._class_getstate(cls)
    # cloudpickle drops what is the same object as in a base: `__slots__ = ()` under one that has it, or `limit = 3`.
    for name, value in vars(cls).items():
        if any(_is(value, base, name) for base in cls.__bases__):
            body[name] = value
    return body


def _is(value: object, base: type, name: str) -> bool:
    return name in vars(base) and vars(base)[name] is value


def _changes(cls: type, body: dict[str, object]) -> tuple[list[str], list[str]] | None:
    if cls not in _arrived:
        return None
    was, _ = _arrived[cls]
    put = [name for name, value in body.items() if not same(was.get(name), key(value))]
    return put, [name for name in was if name not in vars(cls)]


def _made_otherwise(cls: type) -> tuple[str, str, tuple] | None:
    if cls not in _arrived or same(_arrived[cls][1], _made(cls)):
        return None
    return cls.__name__, cls.__qualname__, cls.__bases__


def _made(cls: type) -> Key | None:
    return key((cls.__name__, cls.__qualname__, *cls.__bases__))


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


def make_enum(bases: tuple, name: str, qualname: str, members: dict, module: str, tracker: str) -> type:
    """The Enum with its members; or the Enum itself where this process has it already."""
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker)
    if known is not None:
        return recognise(known)
    return cp._make_skeleton_enum(bases, name, qualname, members, module, tracker, None)


def set_class(cls: type, state: State) -> None:
    """Give the skeleton its body; or have land, on a class that was here, what was done to it."""
    if adopting():
        held.extend(state.kin)
    if not recognised(cls):
        _put(cls, state, state.body)
        stamped(cls, state.stamp)
        return
    replace = partial(_replace, cls, state)
    change = replace if state.changes is None else partial(_change, cls, state)
    land(cls, stamp=state.stamp, named=state.named, replace=replace, change=change)


def _replace(cls: type, state: State) -> None:
    _drop(cls, [name for name in _body(cls) if name not in state.body and name not in ("__slots__", "__orig_bases__")])
    _put(cls, state, state.body)


def _change(cls: type, state: State) -> None:
    put, gone = state.changes
    _drop(cls, gone)
    _put(cls, state, put)


def _drop(cls: type, names: Iterable[str]) -> None:
    for name in names:
        if name in vars(cls):
            type.__delattr__(cls, name)


def _put(cls: type, state: State, names: Iterable[str]) -> None:
    for name in names:
        value = state.body[name]
        if name == "_abc_impl":
            for subclass in value:
                abc.ABCMeta.register(cls, subclass)
        else:
            type.__setattr__(cls, name, value)
        if type(value) is property:
            value.__set_name__(cls, name)  # which its errors tell
    for name, attributes in state.members.items():
        own = vars(cls.__members__[name])
        own.update(attributes)
        for each in own.keys() - attributes.keys():
            del own[each]
    if state.made is not None:
        cls.__name__, cls.__qualname__, cls.__bases__ = state.made
    _order(cls, state.order)
    _arrived[cls] = {name: key(value) for name, value in vars(cls).items()}, _made(cls)


def _order(cls: type, names: list[str]) -> None:
    """Have `names` in that order in the body."""
    held = gc.get_referents(vars(cls))[0]  # the dict itself: what is in it stays as it is, so the type need not know
    names = [name for name in names if name in held]
    wanted = set(names)
    if [name for name in held if name in wanted] != names:
        for name in names:
            held[name] = held.pop(name)
