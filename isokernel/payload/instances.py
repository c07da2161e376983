"""Instances whose own methods must not be asked before the instance is whole.

pickle makes an instance empty, remembers it, and fills it later. In between it may be met by its class' methods, which
read what isn't there yet or forbid what pickle does:

- ``__getattr__`` is asked for ``__setstate__``, and looks for the attribute that it delegates to, without end;
- ``__setattr__`` gets what slots hold, and an immutable class refuses it;
- ``__setitem__`` or ``append`` gets a container's items before it has its attributes;
- ``__hash__`` is asked if the instance is a key of something it leads to itself;
- ``__dict__`` may be one that others have, too, as after ``config = vars(args)``, where pickle would fill another.

So instances of such classes are filled past their methods, and one that can be a key begins with all it has that can't
lead back to it. Classes that say themselves how they pickle are left to that.
"""

from __future__ import annotations

import copyreg
import sys
import types
from collections.abc import Callable

ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None)})


def is_plain(kind: type) -> bool:
    """Whether pickle would carry instances of `kind` by its own rules."""
    return (
        kind.__reduce_ex__ is object.__reduce_ex__
        and kind.__reduce__ is object.__reduce__
        and not hasattr(kind, "__setstate__")
    )


def is_delicate(kind: type) -> bool:
    """Whether a class' own methods could be called on an instance that is not whole."""
    return is_plain(kind) and (
        hasattr(kind, "__getattr__")
        or isinstance(kind.__hash__, types.FunctionType)
        or any(_own(kind, name) for name in ("__getattribute__", "__setattr__"))
        or _sets_dict(kind)
        or issubclass(kind, dict)
        and _own(kind, "__setitem__")
        or issubclass(kind, list)
        and any(_own(kind, name) for name in ("append", "extend"))
    )


def has_dict(kind: type) -> bool:
    """Whether instances of `kind`, which pickle carries by its own rules, have a ``__dict__`` that others may hold."""
    return kind.__dictoffset__ != 0 and is_plain(kind)


def shares_dict(obj: object) -> bool:
    """Whether somebody else does."""
    own = object.__getattribute__(obj, "__dict__")
    return sys.getrefcount(own) > ALONE


def _references() -> int:
    class Empty:
        pass

    obj = Empty()
    own = obj.__dict__
    return sys.getrefcount(own)


ALONE = _references()  # a new instance's own, and that of the frame that looks


def _own(kind: type, name: str) -> bool:
    return isinstance(getattr(kind, name), types.FunctionType)


def _sets_dict(kind: type) -> bool:
    """Whether a method of `kind` mentions ``__dict__``."""
    bodies = (vars(base).values() for base in kind.__mro__)
    return any(
        type(method) is types.FunctionType and "__dict__" in method.__code__.co_names
        for body in bodies
        for method in body
    )


def reduce_instance(obj: object) -> object:
    """An instance of a delicate class, or one that shares its ``__dict__``, to be filled past its methods."""
    kind = type(obj)
    simple = not hasattr(kind, "__getattr__") and not _sets_dict(kind) and _holds_atoms_only(obj, kind)
    if simple and not (has_dict(kind) and shares_dict(obj)):
        return NotImplemented  # nothing can lead back, and there may be a hundred thousand of them
    make, args, state, listed, keyed = (*obj.__reduce_ex__(5), None, None)[:5]
    own, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    if make is not copyreg.__newobj__ or not all(part is None or type(part) is dict for part in (own, slots)):
        return make, args, state, listed, keyed
    early = None
    if isinstance(kind.__hash__, types.FunctionType):
        early = [{name: value for name, value in (part or {}).items() if _is_atom(value)} for part in (own, slots)]
    items = list(listed) if listed is not None else dict(keyed) if keyed is not None else None
    return make_instance, (*args, early), (own, slots, items), None, None, set_instance


def _holds_atoms_only(obj: object, kind: type) -> bool:
    own = getattr(obj, "__dict__", None)
    return (
        type(own) is dict
        and not issubclass(kind, (dict, list))
        and not copyreg._slotnames(kind)
        and all(type(value) in ATOMS for value in own.values())
    )


def _is_atom(value: object) -> bool:
    return type(value) in ATOMS or type(value) in (tuple, frozenset) and all(map(_is_atom, value))


def make_instance(kind: type, *args: object) -> object:
    """An instance that was never initialised, with what it begins with as the last argument."""
    *given, early = args
    obj = kind.__new__(kind, *given)
    if early is not None:
        fill(obj, *early)
    return obj


def set_instance(obj: object, state: tuple[dict | None, dict | None, list | dict | None]) -> None:
    """Fill an instance that :func:`make_instance` made; attributes in the order in which they were set."""
    own, slots, items = state
    if own:
        object.__setattr__(obj, "__dict__", own)
    fill(obj, None, slots)
    if items is not None:
        add: Callable = list.extend if isinstance(obj, list) else dict.update
        add(obj, items)


def fill(obj: object, own: dict | None, slots: dict | None) -> None:
    """Set attributes and slots past the class' own ``__setattr__``."""
    if own:
        object.__getattribute__(obj, "__dict__").update(own)
    for name, value in (slots or {}).items():
        object.__setattr__(obj, name, value)
