"""tf.data pipelines, by the graph that TensorFlow writes of them.

The graph TensorFlow writes holds a copy of every variable and table that a ``map`` function uses, as it is now. Here
the copies are cut out again and the objects themselves cross beside the graph, so that a pipeline that maps a model
still maps that model, with what it learns later. Large constants are cut out too: they travel as buffers.

Python code behind it (``py_function``, ``from_generator``) is known to it by a number of the process; the functions
cross, too, and get a number there. How often a seeded ``shuffle`` was iterated crosses beside the graph (see `places`).
What the graph can't say is refused: an order that was drawn at random for good, by a process that isn't a cell's.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2, types_pb2
from tensorflow.python.data.ops import dataset_ops
from tensorflow.python.distribute import input_lib
from tensorflow.python.eager import wrap_function
from tensorflow.python.framework import op_def_registry
from tensorflow.python.ops import script_ops

from ..registry import Refuse
from .places import Order, order_of
from .tensors import make_tensor, owner_of
from .variables import silence

LARGE = 64 << 10
"""Bytes from which a constant of the graph travels beside it."""

PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
STANDS_FOR_NONE = ("Const", "DummySeedGenerator", "DummyMemoryCache", "DummyIterationCounter", "Placeholder")

GONE = "it runs Python code through py_function or numpy_function (py_func), and that code is gone from this process."
PARTS = "it is made of parts that lie on the devices of this process; carry the dataset it was made from."
DRAWN = (
    "its shuffle drew an order at random, once and for good (reshuffle_each_iteration=False without a seed), and "
    "TensorFlow does not tell which; the other process would draw another, and mix what was split. Give shuffle a seed."
)


_cached: weakref.WeakSet[tf.data.Dataset] = weakref.WeakSet()
"""Those that were reduced and keep elements in memory, for the line on them: writing the graph again takes long."""


def reduce_dataset(dataset: tf.data.Dataset) -> tuple:
    """A dataset: its graph, the resources and large constants the graph needs, its element_spec, public attributes."""
    graph = _graph(dataset)
    python = _python(graph)
    if _caches_in_memory(graph):
        _cached.add(dataset)
    resources = _replace_captures(graph, {each.name.decode(): each for each in _functions(dataset)})
    resources += _replace_orders(graph)
    _keep_reachable(graph)
    _refuse_others(graph)
    constants = _replace_constants(graph)
    public = {name: value for name, value in vars(dataset).items() if not name.startswith("_")}
    data = np.frombuffer(graph.SerializeToString(deterministic=True), np.uint8)
    return make_dataset, (data, constants, resources, dataset.element_spec, python), public or None


def make_dataset(
    data: np.ndarray,
    constants: list[tuple],
    resources: list[tf.Tensor | Order],
    spec: object,
    python: dict[str, Callable],
) -> tf.data.Dataset:
    """The dataset that this graph describes, over these resources, calling these Python functions."""
    graph = tf.compat.v1.GraphDef.FromString(bytes(data))
    tokens = {token: script_ops._py_funcs.insert(function) for token, function in python.items()}
    for node in _calls_of_python(graph):
        node.attr["token"].s = tokens[node.attr["token"].s.decode()].encode()
    # Functions are known by name, process-wide; the hash keeps those of two graphs apart.
    _rename_functions(graph, hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest()[:16])
    names = [node.name for node in graph.node if node.op == "Placeholder"]
    given = [each.handle if isinstance(each, Order) else each for each in resources]
    inputs = dict(zip(names, [*given, *(make_tensor(*constant, None) for constant in constants)], strict=True))
    output = next(node.input[0] for node in graph.node if node.op == "_Retval")
    with tf.init_scope(), tf.device("CPU:0"):
        build = wrap_function.function_from_graph_def(graph, [f"{name}:0" for name in names], f"{output}:0")
        dataset = dataset_ops._VariantDataset(build(*inputs.values()), spec)
    dataset._isokernel_python = list(python.values())  # TensorFlow refers to them weakly
    return dataset


def reduce_generator(state: dataset_ops.DatasetV2._GeneratorState) -> tuple:
    """What ``from_generator`` keeps: the generator's function, and no iteration under way."""
    return type(state), (state._generator,)


def reduce_distributed(dataset: input_lib.DistributedDataset | input_lib.DistributedDatasetsFromFunction) -> tuple:
    """A distributed dataset by the strategy, and the dataset or function that it was made from."""
    source = vars(dataset).get("_original_dataset", vars(dataset).get("_dataset_fn"))
    if source is None:
        raise Refuse(PARTS)
    return distribute, (dataset._strategy, source, dataset._options)


def distribute(
    strategy: tf.distribute.Strategy, source: object, options: object
) -> input_lib.DistributedDataset | input_lib.DistributedDatasetsFromFunction:
    """Distribute `source` over the strategy's devices here."""
    with silence():
        if isinstance(source, tf.data.Dataset):
            return strategy.experimental_distribute_dataset(source, options)
        return strategy.distribute_datasets_from_function(source, options)


def _graph(dataset: tf.data.Dataset) -> tf.compat.v1.GraphDef:
    ignore = tf.data.experimental.ExternalStatePolicy.IGNORE  # a variable is state too, and is carried
    try:
        written = dataset._as_serialized_graph(external_state_policy=ignore)
    except tf.errors.OpError as error:
        raise Refuse(
            f"TensorFlow can't write the Dataset's graph ({error.message}); carry what it is made from."
        ) from error
    return tf.compat.v1.GraphDef.FromString(written.numpy())


def _functions(dataset: tf.data.Dataset) -> Iterator:
    """The concrete functions of a dataset and of those it is made from, also inside what a function captured."""
    todo, seen = [dataset], set()
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        todo += each._inputs()
        for wrapper in each._functions():
            yield wrapper.function
            for captured in wrapper.function.captured_inputs:
                if captured.dtype == tf.variant:
                    owner, _ = owner_of(captured)
                    if isinstance(owner, tf.data.Dataset):
                        todo.append(owner)


def _nodes(graph: tf.compat.v1.GraphDef) -> Iterator:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def _calls_of_python(graph: tf.compat.v1.GraphDef) -> Iterator:
    return (node for node in _nodes(graph) if node.op in PYTHON)


def _python(graph: tf.compat.v1.GraphDef) -> dict[str, Callable]:
    """The Python functions that a graph calls, by the tokens under which this process knows them."""
    found = {}
    for node in _calls_of_python(graph):
        token = node.attr["token"].s.decode()
        found[token] = script_ops._py_funcs._funcs.get(token)
        if found[token] is None:
            raise Refuse(GONE)
    return found


def _caches_in_memory(graph: tf.compat.v1.GraphDef) -> bool:
    files = {node.name: node.attr["value"].tensor.string_val for node in graph.node if node.op == "Const"}
    return any(
        node.op.startswith("CacheDataset") and not any(files.get(_source(node.input[1]), ())) for node in graph.node
    )


def _replace_captures(graph: tf.compat.v1.GraphDef, functions: dict) -> list[tf.Tensor]:
    """Put a placeholder where a function's captured resource is given to its dataset; returns the resources."""
    resources: list[tf.Tensor] = []
    placeholders: dict[int, str] = {}
    for node in list(graph.node):
        for function, positions in _captures(node):
            if function not in functions:
                continue  # what it needs is found by _refuse_others if it is a resource
            captured = functions[function].captured_inputs
            if len(captured) != len(positions):
                raise Refuse(
                    f"its {node.op} is given {len(positions)} captured values, where its function has {len(captured)}."
                )
            for position, tensor in zip(positions, captured, strict=True):
                if tensor.dtype != tf.resource:
                    continue
                if id(tensor) not in placeholders:
                    placeholders[id(tensor)] = _placeholder(graph, types_pb2.DT_RESOURCE)
                    resources.append(tensor)
                node.input[position] = placeholders[id(tensor)]
    return resources


def _replace_orders(graph: tf.compat.v1.GraphDef) -> list[Order]:
    """Put a placeholder where a shuffle gets its order; returns the orders."""
    orders = []
    for node in list(graph.node):
        order = order_of(node)
        if order is not None:
            node.input[4] = _placeholder(graph, types_pb2.DT_RESOURCE)
            orders.append(order)
    return orders


def _placeholder(graph: tf.compat.v1.GraphDef, dtype: int) -> str:
    node = graph.node.add(name=f"isokernel_{len(graph.node)}", op="Placeholder")
    node.attr["dtype"].type = dtype
    return node.name


def _captures(node: tf.compat.v1.NodeDef) -> Iterator[tuple[str, range]]:
    """The functions of a dataset's node, each with the places of the node's inputs where its captured values are.

    An operation's definition names those inputs for the function: ``f`` has ``other_arguments``, ``key_func`` has
    ``key_func_other_arguments``.
    """
    definition = op_def_registry.get(node.op)
    if definition is None:
        return
    names = [attr.name for attr in definition.attr if attr.type == "func"]
    spans = [span for span in _spans(node, definition) if "other_arg" in span[0] or span[0] == "captured_arguments"]
    for index, name in enumerate(names):
        own = [places for argument, places in spans if argument.startswith(name)]
        if not own and len(spans) == len(names):
            own = [spans[index][1]]
        if own and node.attr[name].func.name:
            yield node.attr[name].func.name, own[0]


def _spans(node: tf.compat.v1.NodeDef, definition: op_def_pb2.OpDef) -> Iterator[tuple[str, range]]:
    start = 0
    for argument in definition.input_arg:
        count = 1
        if argument.number_attr:
            count = node.attr[argument.number_attr].i
        elif argument.type_list_attr:
            count = len(node.attr[argument.type_list_attr].list.type)
        yield argument.name, range(start, start + count)
        start += count


def _keep_reachable(graph: tf.compat.v1.GraphDef) -> None:
    """Drop the nodes that the result no longer needs: the copies that were cut out."""
    by_name = {node.name: node for node in graph.node}
    todo = [node.name for node in graph.node if node.op in ("_Retval", "Placeholder")]
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            todo += [_source(each) for each in by_name[name].input]
    kept = [node for node in graph.node if node.name in needed]
    del graph.node[:]
    graph.node.extend(kept)


def _source(edge: str) -> str:
    return edge.lstrip("^").partition(":")[0]


def _refuse_others(graph: tf.compat.v1.GraphDef) -> None:
    """Refuse a graph that still makes a resource, which would be a copy, or has an order nobody can know."""
    by_name = {node.name: node for node in graph.node}
    for node in graph.node:
        definition = op_def_registry.get(node.op)
        makes = definition is not None and any(output.type == types_pb2.DT_RESOURCE for output in definition.output_arg)
        if makes and node.op not in STANDS_FOR_NONE:
            raise Refuse(
                f"a function in it uses a {node.op} that could not be found among this process' objects, and would be "
                "a copy over there. Make the dataset in the cell that uses it."
            )
        if node.op.startswith("ShuffleDataset") and not node.attr["reshuffle_each_iteration"].b:
            seeds = [by_name[_source(each)] for each in node.input[2:4]]
            if all(seed.op == "Const" and not tf.make_ndarray(seed.attr["value"].tensor).any() for seed in seeds):
                raise Refuse(DRAWN)


def _replace_constants(graph: tf.compat.v1.GraphDef) -> list[tuple]:
    """Put placeholders where large constants are; returns bytes, dtype and shape of each, in the order of the nodes."""
    constants = []
    for node in [each for each in graph.node if each.op == "Const"]:
        proto = node.attr["value"].tensor
        if len(proto.tensor_content) < LARGE:
            continue
        flat = np.frombuffer(proto.tensor_content, np.uint8)
        constants.append((flat, tf.as_dtype(proto.dtype).name, tuple(dim.size for dim in proto.tensor_shape.dim)))
        moved = _placeholder(graph, proto.dtype)
        for user in graph.node:
            for index, edge in enumerate(user.input):
                if _source(edge) == node.name:
                    user.input[index] = moved
        graph.node.remove(node)
    return constants


def _rename_functions(graph: tf.compat.v1.GraphDef, suffix: str) -> None:
    names = {function.signature.name: f"{function.signature.name}_{suffix}" for function in graph.library.function}
    for function in graph.library.function:
        function.signature.name = names[function.signature.name]
    for gradient in graph.library.gradient:
        gradient.function_name = names.get(gradient.function_name, gradient.function_name)
        gradient.gradient_func = names.get(gradient.gradient_func, gradient.gradient_func)
    for node in _nodes(graph):
        node.op = names.get(node.op, node.op)
        for value in node.attr.values():
            _rename_in(value, names)


def _rename_in(value: object, names: dict[str, str]) -> None:
    called: Iterable = value.list.func if value.HasField("list") else [value.func] if value.HasField("func") else ()
    for function in called:
        function.name = names.get(function.name, function.name)
        for inner in function.attr.values():
            _rename_in(inner, names)


def summary(dataset: tf.data.Dataset) -> str:
    """Structure and length of a dataset."""
    count = int(dataset.cardinality())
    length = {tf.data.INFINITE_CARDINALITY: "without end", tf.data.UNKNOWN_CARDINALITY: "length unknown"}.get(count)
    cached = ", cached in memory" if dataset in _cached else ""
    return f"{dataset.element_spec}, {length or f'{count:,} elements'}{cached}"
