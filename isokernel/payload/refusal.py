"""Why a value can't be carried, and where in it the culprit is."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterator

from ..errors import ValueRefused
from .registry import Refuse

WALK = 200_000  # references followed before the search for a path is given up


def type_name(kind: type) -> str:
    """The type's name, with its module unless that is builtins or the notebook."""
    module = getattr(kind, "__module__", None)
    name = getattr(kind, "__qualname__", str(kind))
    return name if module in ("builtins", "__main__", None) else f"{module}.{name}"


def refused(name: str, value: object, culprit: object, error: Exception, namespace: dict) -> ValueRefused:
    """The refusal of variable `name`, which failed with `error` when `culprit` was reached."""
    # Where a nesting was given up, as deep as Python's stack reaches, is no place that a path could tell.
    path = None if isinstance(error, RecursionError) else _found(culprit, value, namespace)
    if isinstance(error, Refuse):
        reason = error.reason
    elif isinstance(error, RecursionError):
        reason = "it is nested too deeply, or without end."
    elif isinstance(error, TypeError) and words(error).startswith("cannot pickle"):
        reason = "it belongs to the process that made it; leave it out, and make it again where it is needed."
    else:
        reason = f"packing it failed with {type(error).__name__}: {words(error)}"
    refusal = ValueRefused(name, path or "", type_name(type(culprit if path is not None else value)), reason)
    if path is None and culprit is not value:
        made = type_name(type(culprit))
        refusal = ValueRefused(name, "", type_name(type(value)), f"it is made of a {made}: {reason}")
    # Its traceback would keep every object on the way alive for as long as somebody keeps the refusal.
    refusal.__cause__ = error.with_traceback(None)
    return refusal


def words(error: BaseException) -> str:
    """What an exception says, or that it can't say it: its ``__str__`` may be the user's."""
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 (any: see above)
        return f"<str() of the exception raised {type(another).__name__}>"


def _found(culprit: object, value: object, namespace: dict) -> str | None:
    try:
        return path_to(culprit, value, namespace)
    except Exception:  # noqa: BLE001 (any: to look into an object may run code of the user, as a property __dict__)
        return None


def path_to(culprit: object, root: object, namespace: dict) -> str | None:
    """How to reach `culprit` from `root`, as Python source; '' for itself, None if no short way was found."""
    todo: deque[tuple[object, str]] = deque([(root, "")])
    seen = {id(root)}
    keep = []  # what was made for the search must live on, or its id would be another's
    followed = 0
    while todo and followed < WALK:
        obj, path = todo.popleft()
        if obj is culprit:
            return path
        for child, step in _parts(obj, namespace):
            if type(child) in ATOMS:
                continue
            followed += 1
            if id(child) not in seen:
                seen.add(id(child))
                keep.append(child)
                todo.append((child, path + step))
    return None


ATOMS = frozenset({str, bytes, int, float, bool, complex, type(None)})


def _parts(obj: object, namespace: dict) -> Iterator[tuple[object, str]]:
    """What `obj` holds, each with the step that leads there."""
    if isinstance(obj, (dict, types.MappingProxyType)):
        if obj is namespace:
            return
        for key, child in list(obj.items()):
            yield child, f"[{_short(key)}]"
            yield key, f"[{_short(key)}]"
    elif isinstance(obj, (list, tuple, deque)):
        for index, child in enumerate(obj):
            yield child, f"[{index}]"
    elif isinstance(obj, (set, frozenset)):
        for child in obj:
            yield child, f"[{_short(child)}]"
    elif isinstance(obj, types.FunctionType):
        for variable, cell in zip(obj.__code__.co_freevars, obj.__closure__ or ()):
            try:
                yield cell.cell_contents, f".<{variable}>"
            except ValueError:
                pass
        for name in obj.__code__.co_names:
            if dict.__contains__(obj.__globals__, name):
                yield obj.__globals__[name], f".__globals__[{name!r}]"
        yield obj.__defaults__, ".__defaults__"
        yield obj.__kwdefaults__, ".__kwdefaults__"
    elif isinstance(obj, types.MethodType):
        yield obj.__self__, ".__self__"
        yield obj.__func__, ".__func__"
    yield from _attributes(obj)
    if isinstance(obj, types.ModuleType) or isinstance(obj, type) and obj.__module__ != "__main__":
        return
    yield from _state(obj)


def _attributes(obj: object) -> Iterator[tuple[object, str]]:
    own = getattr(obj, "__dict__", None)
    if isinstance(own, (dict, types.MappingProxyType)) and not isinstance(obj, types.ModuleType):
        for name, child in list(own.items()):
            yield child, f".{name}"
    for base in type.mro(type(obj)):
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name in ("__dict__", "__weakref__"):
                continue
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            try:
                yield object.__getattribute__(obj, name), f".{name}"
            except AttributeError:
                pass


def _state(obj: object) -> Iterator[tuple[object, str]]:
    """What pickle would see of an object that keeps its parts in C, or hides them."""
    if type(obj).__module__ in ("builtins", "__main__") and type(obj).__reduce_ex__ is object.__reduce_ex__:
        return
    try:
        reduced = obj.__reduce_ex__(5)
    except Exception:  # noqa: BLE001 (it is what failed, or fails as well; the search goes on without it)
        return
    if isinstance(reduced, tuple):
        for part in reduced[1:3]:
            if isinstance(part, (tuple, dict)):
                for child, _ in _parts(part, {}):
                    yield child, ""


def _short(key: object) -> str:
    try:
        text = repr(key)
    except Exception:  # noqa: BLE001 (a repr of the user's; the place must still be named)
        text = type(key).__name__
    return text if len(text) <= 60 else text[:57] + "..."
