"""What a ``tf.function`` was traced to already, so that the next cell goes on with it.

A function that is traced once does not trace again in a notebook: its Python code doesn't run (and print) a second
time, what it read then stays as it was, and ``tf.saved_model.save`` writes the traces that are there. So the concrete
functions cross with the function, each with the variables it captured.

Left behind, to be traced again where they are needed, are traces that made variables, that hold what does not cross
(tables, iterators, Python code), or that were made in another context than that of a cell (a strategy, a graph).
"""

from __future__ import annotations

from typing import NoReturn

import tensorflow as tf
from tensorflow.core.function.polymorphism import function_type
from tensorflow.core.function.trace_type import default_types
from tensorflow.python.eager.polymorphic_function import function_context
from tensorflow.python.eager.polymorphic_function.concrete_function import (
    ConcreteFunction,
    ConcreteFunctionGarbageCollector,
)
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.eager.polymorphic_function.tracing_compilation import ScopeType

Traces = list[tuple[ConcreteFunction, function_type.FunctionType]]

SCOPES = (
    ("_variable_creation_config", ScopeType.VARIABLE_CREATION),
    ("_no_variable_creation_config", ScopeType.NO_VARIABLE_CREATION),
)


def of(function: Function) -> Traces:
    """The traces of a function whose signatures and captured values can be carried."""
    if function._created_variables or function._jit_compile or function._attributes:
        return []
    if not len(function._function_cache):
        return []
    context = _context()
    known = function._function_cache._primary.items()
    return [
        # Without its captures, which are known by their ids; what was captured is the concrete function's to say.
        (concrete, function_type.FunctionType(kind.parameters.values(), return_annotation=kind.output))
        for (made, kind), concrete in known
        if made == context and _is_free(concrete)
    ]


def resume(function: Function, traces: Traces) -> None:
    """Have a function that was never called know these traces, as if it had been."""
    if not traces:
        return
    context = _context()
    for concrete, kind in traces:
        concrete._function_type = kind
        concrete._garbage_collector = ConcreteFunctionGarbageCollector(concrete.graph)
        function._function_cache.add(concrete, context)
    function._created_variables = []
    function._concrete_variable_creation_fn = traces[0][0]
    for name, scope in SCOPES:
        setattr(function, name, function._generate_scoped_tracing_options(_refuse_variable, scope))


def _context() -> object:
    return function_context.make_function_context(ScopeType.VARIABLE_CREATION)


def _refuse_variable(*_: object, **__: object) -> NoReturn:
    raise ValueError(
        "tf.function only supports singleton tf.Variables created on the first call. Make sure the tf.Variable is "
        "only created once or created outside tf.function."
    )


def _is_free(concrete: ConcreteFunction) -> bool:
    """Whether all that a trace holds is values and variables."""
    kind, graph = concrete.function_type, concrete.graph
    if type(concrete) is not ConcreteFunction or graph.deferred_external_captures:
        return False
    if not all(map(_is_plain, [*(each.type_constraint for each in kind.parameters.values()), kind.output])):
        return False
    known = {id(variable.handle) for variable in graph.variables}
    captured = concrete.captured_inputs
    return all(id(each) in known or each.dtype not in (tf.resource, tf.variant) for each in captured)


def _is_plain(kind: object) -> bool:
    """Whether a type in a signature is made of tensors and Python's own values."""
    match kind:
        case default_types.Tuple():
            return all(map(_is_plain, kind.components))
        case default_types.List():
            return _is_plain(kind.components_tuple)
        case default_types.Dict():
            return all(map(_is_plain, kind.mapping.values()))
        case default_types.NamedTuple():
            return _is_plain(kind.attributes)
    return isinstance(kind, (tf.TypeSpec, default_types.Literal))
