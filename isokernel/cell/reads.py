"""Which globals a function or class of the notebook reads, and what it imports, from its code.

The functions looked at are those that will read the namespace of the cell they run in: the one given, and what it is
made of (what its closure, defaults and attributes hold; what a class's body and bases hold). An instance found there
is a value, and brings along what its functions read.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dis import opmap

_EXTENDED = opmap["EXTENDED_ARG"]
_GLOBAL = opmap["LOAD_GLOBAL"]
_IMPORT = opmap["IMPORT_NAME"]
_IMPORTING = frozenset({_IMPORT, opmap["IMPORT_FROM"]})
_OTHERS = ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "DELETE_GLOBAL")
_READING = frozenset({_GLOBAL, *(opmap[name] for name in _OTHERS if name in opmap)})
_CONTAINERS = (dict, list, tuple, set, frozenset, types.MappingProxyType)
_MANY = 1000  # a container with more items is data, not a table of functions
_WRAPPERS = ("__wrapped__", "func", "dispatcher")


def global_reads(obj: object, namespace: dict[str, object] | None = None) -> frozenset[str]:
    """Names that the functions of `obj` read from their globals, builtins included.

    Parameters
    ----------
    obj : object
        A function, a class, or a function in another coat (``lru_cache``'s, ``tf.function``'s). Anything else
        reads nothing by itself.
    namespace : dict
        Only functions whose globals are this very dict count; by default all do.
    """
    return frozenset(name for code in _codes(obj, namespace) for name in code_reads(code))


def global_imports(obj: object, namespace: dict[str, object] | None = None) -> frozenset[str]:
    """Modules that the functions of `obj` import when they are called, by their full names.

    The parameters are those of `global_reads`. What is imported from a module may be a module, and is named too.
    """
    return frozenset(name for code in _codes(obj, namespace) for name in code_imports(code))


def code_names(obj: object, namespace: dict[str, object] | None = None) -> frozenset[str]:
    """All names in the functions of `obj` that aren't their own: globals, attributes, modules.

    The parameters are those of `global_reads`.
    """
    return frozenset(name for code in _codes(obj, namespace) for name in _all_names(code))


def _all_names(code: types.CodeType) -> Iterator[str]:
    for name in code.co_names:
        yield from name.split(".")  # of a module that is imported
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _all_names(constant)


def _codes(obj: object, namespace: dict[str, object] | None) -> Iterator[types.CodeType]:
    if not is_code(obj):
        return
    seen: set[int] = set()
    todo: list[object] = [obj]
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, types.FunctionType) and (namespace is None or part.__globals__ is namespace):
            yield part.__code__
        todo += _parts(part)


def is_code(value: object) -> bool:
    """Whether `value` is a function or class, or a function in another coat."""
    return isinstance(value, (types.FunctionType, type)) or _wrapped(value) is not None


def code_reads(code: types.CodeType) -> Iterator[str]:
    """Names that `code` and all code nested in it look up in their globals (`dis` takes 50 times as long)."""
    names = code.co_names
    for operation, argument in _operations(code, _READING):
        yield names[argument >> 1 if operation == _GLOBAL else argument]  # the low bit says whether a call follows
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_reads(constant)


def code_imports(code: types.CodeType) -> Iterator[str]:
    """Modules that `code` and all code nested in it import."""
    module = ""
    for operation, argument in _operations(code, _IMPORTING):
        if operation == _IMPORT:
            module = code.co_names[argument]
            yield module
        else:
            yield f"{module}.{code.co_names[argument]}"
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_imports(constant)


def _operations(code: types.CodeType, wanted: frozenset[int]) -> Iterator[tuple[int, int]]:
    raw, extended = code.co_code, 0
    for at in range(0, len(raw), 2):
        operation, argument = raw[at], raw[at + 1] | extended
        extended = argument << 8 if operation == _EXTENDED else 0
        if operation in wanted:
            yield operation, argument


def _parts(obj: object) -> list[object]:
    if isinstance(obj, types.FunctionType):
        closure = [_contents(cell) for cell in obj.__closure__ or ()]
        return [*closure, *obj.__dict__.values(), *(obj.__defaults__ or ()), *(obj.__kwdefaults__ or {}).values()]
    if isinstance(obj, type):
        return [] if at_home(obj) else [*vars(obj).values(), *obj.__bases__]
    if isinstance(obj, (staticmethod, classmethod)):
        return [obj.__func__]
    if isinstance(obj, property):
        return [obj.fget, obj.fset, obj.fdel]
    if isinstance(obj, _CONTAINERS):
        if len(obj) > _MANY:
            return []
        return list(obj.values() if isinstance(obj, (dict, types.MappingProxyType)) else obj)
    if type(obj).__module__ == "functools":  # partial, cached_property, singledispatchmethod, lru_cache's
        return [getattr(obj, name, None) for name in _WRAPPERS]
    wrapped = _wrapped(obj)
    return [] if wrapped is None else [wrapped]


def at_home(obj: type | types.FunctionType) -> bool:
    """Whether the module that `obj` names, other than the notebook, has `obj` under its qualified name."""
    module = sys.modules.get(obj.__module__ or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    found: object = module
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj


def _wrapped(obj: object) -> object:
    # Where the instance's __dict__ or the type has it: a stranger's __getattr__ could answer anything.
    if not callable(obj):
        return None
    held = getattr(obj, "__dict__", None)
    if type(held) is dict and "__wrapped__" in held:
        return held["__wrapped__"]
    return getattr(obj, "__wrapped__", None) if hasattr(type(obj), "__wrapped__") else None


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
