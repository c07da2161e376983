"""What a namespace holds, as text that two processes can compare: values, and which of them are one object.

Objects are numbered in the order in which they are met, so two namespaces have one text exactly if there is a map of
objects to objects that keeps kinds, contents and identity. It runs in the kernel's own process.
"""

from __future__ import annotations

import copy
import functools
import itertools
import re
import sys
import types
import weakref
from collections import deque
from typing import Any

ATOMS = (int, float, complex, bool, str, bytes, type(None), type(...), type(NotImplemented), range, slice)
ITERATORS = (
    *map(type, (iter([]), iter({}), iter(()), iter(set()), iter({}.items()), iter({}.values()), reversed([]))),
    reversed, enumerate, zip, map, itertools.count, itertools.cycle, itertools.chain,
)  # fmt: skip
HIDDEN = frozenset(
    {
        "__dict__",
        "__weakref__",
        "__module__",
        "__doc__",
        "__abstractmethods__",
        "_abc_impl",
        "__static_attributes__",
        "__firstlineno__",
        "__slotnames__",
    }
)
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


class Portrait:
    """Of the names of `namespace` that begin with `prefix`."""

    def __init__(self, namespace: dict[str, Any], prefix: str) -> None:
        self._namespace, self._met, self._kept, self._memories = namespace, {}, [], {}
        self.lines = [f"{name} = {self.of(namespace[name])}" for name in sorted(namespace) if name.startswith(prefix)]

    def of(self, value: Any) -> str:
        """Its text; an object that was met is its number."""
        if isinstance(value, ATOMS) and type(value) in ATOMS:
            return "nan" if value != value else f"{type(value).__name__} {value!r}"
        if type(value) is tuple and all(type(item) in ATOMS for item in value):
            return f"tuple {self._all(value)}"  # nobody can change it, so nobody needs the very same one
        if id(value) in self._met:
            return f"#{self._met[id(value)]}"
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__}"
        if value is self._namespace:
            return "globals"
        self._met[id(value)], _ = len(self._met), self._kept.append(value)
        return f"#{self._met[id(value)]} {self._inside(value)}"

    def _inside(self, value: Any) -> str:
        kind = type(value)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, types.FunctionType):
            if value.__module__ != "__main__":
                return f"function {value.__module__}.{value.__qualname__}"
            cells = [self.of(cell.cell_contents) for cell in value.__closure__ or ()]
            parts = value.__defaults__, value.__kwdefaults__, value.__dict__
            mine = value.__globals__ is self._namespace
            return f"function {value.__qualname__} {mine} {[self.of(p) for p in parts]} {cells} {value.__code__.co_firstlineno}"
        if isinstance(value, (types.MethodType, types.BuiltinMethodType)) and not isinstance(
            value.__self__, types.ModuleType
        ):
            return f"method {value.__name__} of {self.of(value.__self__)}"
        if isinstance(value, functools.partial):
            func, args, keywords = value.func, value.args, value.keywords
            while isinstance(func, functools.partial):  # Python makes one of two, unless somebody looked at their dict
                func, args, keywords = func.func, (*func.args, *args), {**func.keywords, **keywords}
            return f"partial {self.of(func)} {self._all(args)} {self._items(keywords)}"
        if isinstance(value, functools._lru_cache_wrapper):
            return f"cache {self.of(value.__wrapped__)} {value.cache_info()}"
        if isinstance(value, (property, staticmethod, classmethod)):
            return f"{kind.__name__} {self.of(getattr(value, '__func__', None) or getattr(value, 'fget', None))}"
        if isinstance(value, weakref.ref):
            return f"weak {self.of(value())}"
        if isinstance(value, memoryview):
            return f"view {self.of(value.obj)} {value.tolist()}"
        if isinstance(value, ITERATORS):
            return self._iterator(value)
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            items = self._all(value.ravel().tolist()) if value.dtype == object else value.tolist()
            return (
                f"{kind.__name__} {value.dtype} {value.shape} {value.strides} {items} in {self._memory(value, numpy)}"
            )
        return self._instance(value, kind)

    def _iterator(self, value: Any) -> str:
        _, args, *state = value.__reduce__()
        over = [self._met[id(arg)] for arg in args if id(arg) in self._met]
        left = args if isinstance(value, (itertools.count, itertools.cycle)) else list(copy.copy(value))
        return f"iterator over {over}, left {self._all(left)} {self._all(state) if left is args else ''}"

    def _memory(self, array: Any, numpy: Any) -> str:
        # Not the chain of bases, in which nothing can be changed: where the array lies, among those that share it.
        first = array
        while isinstance(first.base, numpy.ndarray):
            first = first.base
        start = first.__array_interface__["data"][0]
        number = self._memories.setdefault(start, len(self._memories))
        self._kept.append(first)
        return f"memory {number} at {array.__array_interface__['data'][0] - start}"

    def _instance(self, value: Any, kind: type) -> str:
        parts = [kind.__name__ if kind.__module__ != "__main__" else self.of(kind)]
        if isinstance(value, dict):
            parts.append("{" + ", ".join(f"{self.of(k)}: {self.of(v)}" for k, v in value.items()) + "}")
            parts.append(self.of(getattr(value, "default_factory", None)))
        elif isinstance(value, (list, tuple, deque)):
            parts.append(self._all(value))
        elif isinstance(value, (set, frozenset)):
            parts.append(self._all(sorted(value, key=repr)))
        elif isinstance(value, bytearray):
            parts.append(repr(bytes(value)))
        elif isinstance(value, BaseException):
            parts.append(self._all(value.args))
        slots = {
            s for base in kind.__mro__ for s in _names(vars(base).get("__slots__", ())) if hasattr(value, s)
        } - HIDDEN
        parts += (
            [f"{slot}={self.of(getattr(value, slot))}" for slot in sorted(slots)]
            if kind.__module__ == "__main__"
            else []
        )
        if own := getattr(value, "__dict__", None):
            parts.append(self.of(own))
        return " ".join(parts)

    def _class(self, cls: type) -> str:
        if cls.__module__ != "__main__":
            return f"class {cls.__module__}.{cls.__qualname__}"
        body = {
            key: value
            for key, value in vars(cls).items()
            if key not in HIDDEN and not isinstance(value, types.MemberDescriptorType)
        }
        below = sorted(c.__qualname__ for c in cls.__subclasses__())
        return f"class {cls.__qualname__} {self._all(cls.__bases__)} {self.of(type(cls))} {self._items(body)} below {below}"

    def _items(self, items: dict[str, Any]) -> str:
        return "{" + ", ".join(f"{key}: {self.of(value)}" for key, value in items.items()) + "}"

    def _all(self, values: Any) -> str:
        return "[" + ", ".join(map(self.of, values)) + "]"


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def take(namespace: dict[str, Any], prefix: str) -> list[str]:
    """A line for each name, and the names below `prefix` are gone."""
    found = [ADDRESS.sub("0x", line) for line in Portrait(namespace, prefix).lines]
    for name in [name for name in namespace if name.startswith(prefix) or name in STRAY]:
        del namespace[name]
    return found


STRAY = frozenset({"x_", "y_", "e_", "f_", "i_", "m_"})
