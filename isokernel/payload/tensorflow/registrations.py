"""What TensorFlow's tables say of classes and functions of the notebook.

``tf.experimental.dispatch_for_api`` and its like say which function answers for a type in an operation,
``tf.register_tensor_conversion_function`` how it becomes a tensor, and an extension type with a ``__name__`` is known
by it in SavedModels. An entry travels with the class it is about, and with the function that was registered.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator

import tensorflow as tf
from tensorflow.python.framework import tensor_conversion_registry, type_spec_registry
from tensorflow.python.util import dispatch

from ..registrations import Entry, register_table


def register() -> None:
    """Have classes and functions looked at on their way."""
    register_table(entries)


def entries(obj: object) -> list[Entry]:
    """What TensorFlow knows of a class or function of the notebook."""
    found: list[Entry] = []
    if obj in type_spec_registry._TYPE_SPEC_TO_NAME:
        found.append((name_spec, (type_spec_registry._TYPE_SPEC_TO_NAME[obj],)))
    found += [(convert, entry) for entry in _conversions() if obj is entry[1] or _mentions(entry[0], obj)]
    found += [(answer, entry) for entry in _answers() if obj is entry[1] or _mentions(entry[2], obj)]
    found += [(answer_all, entry) for entry in _families() if obj is entry[1] or _mentions(entry[0], obj)]
    return found


def name_spec(spec: type, name: str) -> None:
    """Know the type of an extension type by its name, in place of what had the name."""
    replaced = type_spec_registry._NAME_TO_TYPE_SPEC.get(name)
    if replaced is not None:
        del type_spec_registry._TYPE_SPEC_TO_NAME[replaced]
    type_spec_registry._NAME_TO_TYPE_SPEC[name] = spec
    type_spec_registry._TYPE_SPEC_TO_NAME[spec] = name


def convert(_: object, kind: type | tuple, function: Callable, priority: int) -> None:
    """Have `function` make tensors of `kind`."""
    if (kind, function) not in tensor_conversion_registry._tensor_conversion_func_registry[priority]:
        tf.register_tensor_conversion_function(kind, function, priority)


def answer(_: object, api: Callable, function: Callable, signatures: list[dict]) -> None:
    """Have `function` answer for these signatures of an operation."""
    if function not in dispatch._TYPE_BASED_DISPATCH_SIGNATURES[api]:
        tf.experimental.dispatch_for_api(api, *signatures)(function)


def answer_all(_: object, kinds: tuple, function: Callable) -> None:
    """Have `function` answer for these types in all elementwise operations."""
    if kinds in dispatch._ELEMENTWISE_API_HANDLERS:
        return
    if len(kinds) == 1:
        tf.experimental.dispatch_for_unary_elementwise_apis(*kinds)(function)
    elif len(kinds) == 2:
        tf.experimental.dispatch_for_binary_elementwise_apis(*kinds)(function)
    else:  # marked by a third item
        dispatch.dispatch_for_binary_elementwise_assert_apis(*kinds[:2])(function)


def _conversions() -> Iterator[tuple[type | tuple, Callable, int]]:
    for priority, known in tensor_conversion_registry._tensor_conversion_func_registry.items():
        yield from ((kind, function, priority) for kind, function in known if _is_of_notebook(function))


def _answers() -> Iterator[tuple[Callable, Callable, list[dict]]]:
    # Hundreds of operations, asked for each class and function of a model: looked through again when there are more.
    count = sum(map(len, dispatch._TYPE_BASED_DISPATCH_SIGNATURES.values()))
    if _registered[0] != count:
        made = {id(target) for targets in dispatch._ELEMENTWISE_API_TARGETS.values() for _, target in targets}
        found = [
            (api, function)
            for api, targets in dispatch._TYPE_BASED_DISPATCH_SIGNATURES.items()
            for function in targets
            if _is_of_notebook(function) and id(function) not in made
        ]
        _registered[:] = [count, found]
    for api, function in _registered[1]:
        yield api, function, list(dispatch._TYPE_BASED_DISPATCH_SIGNATURES[api].get(function, ()))


_registered: list = [-1, []]  # number of registrations, and those of the notebook


def _families() -> Iterator[tuple[tuple, Callable]]:
    yield from (entry for entry in dispatch._ELEMENTWISE_API_HANDLERS.items() if _is_of_notebook(entry[1]))


def _is_of_notebook(function: Callable) -> bool:
    return getattr(function, "__module__", None) == "__main__"


def _mentions(where: object, cls: object) -> bool:
    """Whether a type annotation, or what holds some, names `cls`."""
    if where is cls:
        return True
    parts = where.values() if isinstance(where, dict) else where if isinstance(where, (list, tuple)) else None
    return any(_mentions(part, cls) for part in (typing.get_args(where) if parts is None else parts))
