"""tf.function objects by the Python function they trace, and concrete functions by their graph.

A ``tf.function`` crosses as its Python function and options, with its traces (see `traces`). A concrete
function is a graph: it crosses as TensorFlow writes it into a SavedModel, but with what it captured (variables, tables,
constants) as the objects they are, so that a variable that crosses beside the function is the one the function uses.
What ``tf.saved_model.load`` gives back is made of such functions, and needs its folder no more.
"""

from __future__ import annotations

import threading
import types
import weakref

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import function_pb2
from tensorflow.core.function.capture import capture_container
from tensorflow.core.function.capture.restore_captures import restore_captures
from tensorflow.core.function.polymorphism import function_cache
from tensorflow.core.protobuf import saved_object_graph_pb2
from tensorflow.python.autograph.impl import api
from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function
from tensorflow.python.eager.polymorphic_function.tf_method_target import TfMethodTarget
from tensorflow.python.eager.wrap_function import WrappedFunction
from tensorflow.python.framework import func_graph
from tensorflow.python.saved_model import function_deserialization as loading
from tensorflow.python.saved_model import nested_structure_coder

from ..registrations import Entry
from ..registry import Refuse
from . import draws, traces
from .datasets import PYTHON

_described: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # they never change

OF_PROCESS = frozenset(
    [
        "_lock",
        "_function_cache",
        "_function_captures",
        "_descriptor_cache",
        "_key_for_call_stats",
        "_created_variables",
        "_variable_creation_config",
        "_no_variable_creation_config",
        "_concrete_variable_creation_fn",
    ]
)
"""Attributes of a tf.function that hold its traces and what guards them."""


def reduce_function(function: Function) -> tuple:
    """A tf.function: its Python function and options, and the traces that can be carried."""
    python = function.python_function
    bound = getattr(python, "__wrapped__", None)
    if isinstance(bound, types.MethodType) and isinstance(bound.__self__, TfMethodTarget):
        cells = dict(zip(python.__code__.co_freevars, python.__closure__ or (), strict=True))
        if "original_function" in cells:
            original, instance = cells["original_function"].cell_contents, bound.__self__.target
            for base in type.mro(type(instance)):
                for name, value in vars(base).items():
                    if value is original:
                        return getattr, (instance, name)
            return bind, (original, instance)
    own = {name: value for name, value in vars(function).items() if name not in OF_PROCESS}
    known = traces_of(function)
    return make_empty, (type(function),), (own, known), None, None, set_function


def traces_of(function: Function) -> traces.Traces:
    """The traces of a function that can be carried; the others are made again where they are needed."""
    return [trace for trace in traces.of(function) if _is_described(trace[0])]


def _is_described(concrete: ConcreteFunction) -> bool:
    try:
        described(concrete)
    except Refuse:
        return False
    return True


def make_empty(kind: type) -> Function:
    """A tf.function that knows nothing yet."""
    return kind.__new__(kind)


def set_function(function: Function, state: tuple[dict, traces.Traces]) -> None:
    """Give a tf.function its Python function and options, and a cache of the traces that came along."""
    own, known = state
    vars(function).update(own)
    function._lock = threading.RLock()
    function._function_cache = function_cache.FunctionCache()
    function._function_captures = capture_container.FunctionCaptures()
    function._descriptor_cache = weakref.WeakKeyDictionary()
    function._created_variables = None
    function._variable_creation_config = None
    function._no_variable_creation_config = None
    function._key_for_call_stats = function._get_key_for_call_stats()
    traces.resume(function, known)


def bind(function: Function, instance: object) -> Function:
    """The tf.function that ``instance.method`` gives, one for each instance."""
    return function.__get__(instance, type(instance))


def methods_traced(module: tf.Module) -> list[Entry]:
    """The traces of a module's methods; TensorFlow keeps a function for each instance, beside its class."""
    found: list[Entry] = []
    for base in type.mro(type(module)):
        for name, function in vars(base).items():
            bound = function._descriptor_cache.get(module) if isinstance(function, Function) else None
            known = traces_of(bound) if bound is not None else []
            if known:
                found.append((resume_method, (name, known)))
    return found


def resume_method(module: tf.Module, name: str, known: traces.Traces) -> None:
    """Have a method of the module know these traces."""
    traces.resume(getattr(module, name), known)


def reduce_module(module: types.ModuleType) -> object:
    """The module that code converted by autograph refers to, which has the name of another."""
    if module is _autograph():
        return _autograph, ()
    return NotImplemented


def _autograph() -> types.ModuleType:
    return api._TRANSPILER.get_extra_locals()["ag__"]


def reduce_restored(function: loading.RestoredFunction) -> tuple:
    """A function of a loaded SavedModel: the concrete functions it chooses from, and how."""
    cells = dict(
        zip(function.python_function.__code__.co_freevars, function.python_function.__closure__ or (), strict=True)
    )
    saved = cells["saved_function"].cell_contents
    found = cells["concrete_functions"].cell_contents
    chosen = {name: found[name] for name in saved.concrete_functions}
    return make_restored, (saved.SerializeToString(deterministic=True), chosen)


def make_restored(saved: bytes, concrete: dict[str, ConcreteFunction]) -> loading.RestoredFunction:
    """The function that chooses from these."""
    return loading.recreate_function(saved_object_graph_pb2.SavedFunction.FromString(saved), concrete)


def reduce_concrete(function: ConcreteFunction) -> tuple:
    """A concrete function: its definition and those it calls, its signature, and what it captured."""
    if isinstance(function, WrappedFunction):
        raise Refuse("it is a function of a TensorFlow 1 graph; carry what it was loaded from, and load it there.")
    definition, signature = described(function)
    variables = {id(variable.handle): variable for variable in function.graph.variables}
    captures = [variables.get(id(each), each) for each in function.captured_inputs]
    given = function._arg_keywords
    keywords = function._num_positional_args, given if given is None else list(given)
    arguments = (type(function), function.name, definition, signature, keywords)
    return make_concrete, arguments, (captures, list(function.graph.variables)), None, None, set_concrete


def described(function: ConcreteFunction) -> tuple[np.ndarray, bytes]:
    """The definition of a concrete function with those it calls, and its signature, as TensorFlow writes them.

    Raises
    ------
    Refuse
        If they don't say all that the function does.
    """
    if function in _described:
        return _described[function]
    library = _library(function)
    signature = saved_object_graph_pb2.SavedConcreteFunction()
    try:
        signature.canonicalized_input_signature.CopyFrom(
            nested_structure_coder.encode_structure(function.structured_input_signature)
        )
        signature.output_signature.CopyFrom(
            nested_structure_coder.encode_structure(
                func_graph.convert_structure_to_signature(function.structured_outputs)
            )
        )
    except nested_structure_coder.NotEncodableError as error:
        raise Refuse(
            f"TensorFlow can't write its signature ({error}); carry the tf.function, and get_concrete_function() there."
        ) from error
    definition = np.frombuffer(library.SerializeToString(deterministic=True), np.uint8)
    _described[function] = definition, signature.SerializeToString(deterministic=True)
    return _described[function]


def make_concrete(
    kind: type, name: str | bytes, definition: np.ndarray, signature: bytes, keywords: tuple
) -> ConcreteFunction:
    """The function of that definition, which has captured nothing yet."""
    name = name.decode() if isinstance(name, bytes) else name
    library = function_pb2.FunctionDefLibrary.FromString(bytes(definition))
    described = saved_object_graph_pb2.SavedObjectGraph()
    described.concrete_functions[name].CopyFrom(saved_object_graph_pb2.SavedConcreteFunction.FromString(signature))
    with tf.init_scope():
        wrap = kind if kind is not ConcreteFunction else None
        function = loading.load_function_def_library(library, described, wrapper_function=wrap)[name]
        function._num_positional_args, function._arg_keywords = keywords
        function.add_to_graph()
    return function


def set_concrete(function: ConcreteFunction, state: tuple[list, list]) -> None:
    """Have the function capture what it captured."""
    captures, variables = state
    with tf.init_scope():
        restore_captures(function, captures)
    function.set_variables(variables)
    for variable in variables:
        if isinstance(variable, draws.Stream):
            draws.keep(function.graph, variable)


def _library(function: ConcreteFunction) -> function_pb2.FunctionDefLibrary:
    """The definitions of a function and of those it calls."""
    library = function.graph.as_graph_def(add_shapes=True).library
    kept = function_pb2.FunctionDefLibrary()
    name = function.name.decode() if isinstance(function.name, bytes) else function.name
    kept.function.extend(each for each in library.function if each.signature.name != name)
    kept.function.append(function.function_def)
    for each in kept.function:
        for node in each.node_def:
            if node.op in PYTHON:
                raise Refuse("it runs Python code through py_function (py_func), which belongs to this process.")
            if "_gradient_op_type" in node.attr and "PartitionedCall" not in node.op:
                raise Refuse(
                    "its gradient is Python code (tf.custom_gradient), which its graph does not hold. Carry the "
                    "tf.function, and get_concrete_function() there."
                )
    return kept
