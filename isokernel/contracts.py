"""What isolation stands on that nobody has documented: whose promise, what of ours depends on it, and a quick check.

The tests make all checks, and so does ``isokernel doctor``: whose environment is newer than any release of ours is told
what is gone instead of getting wrong results. What could be made ours in a few lines isn't here, but ours.

``python -m isokernel.contracts`` writes docs/contracts.md; with ``--broken`` it says, as JSON, what is gone here.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "contracts.md"


@dataclass(frozen=True, slots=True)
class Contract:
    """One promise.

    Attributes
    ----------
    whose : str
        The top-level module of a package, or "Python".
    promise : str
        What it promises, in Markdown.
    ours : str
        What of ours depends on it.
    check : callable
        Raises, or returns something false, if the promise is gone.
    """

    whose: str
    promise: str
    ours: str
    check: Callable[[], object]

    @property
    def applies(self) -> bool:
        """Whether there is somebody here whose promise it is."""
        return self.whose == "Python" or find_spec(self.whose) is not None

    def broken(self) -> str | None:
        """A sentence that says what is gone and what depended on it; None if the promise holds."""
        try:
            if self.check():
                return None
            why = ""
        except Exception as error:  # noqa: BLE001 (any: what is gone may be missed anywhere)
            why = f" ({type(error).__name__}: {error})"
        return f"{self.whose} no longer promises: {self.promise}{why}. Of isokernel depends on it: {self.ours}"


CONTRACTS: list[Contract] = []


def promised(whose: str, promise: str, ours: str) -> Callable[[Callable[[], object]], None]:
    """Enter the function below as the check of a promise."""
    return lambda check: CONTRACTS.append(Contract(whose, promise, ours, check))


def there(whose: str, ours: str, *places: str) -> None:
    """Enter names that are to exist; each of `places` is ``module: expression expression``."""
    found = [(module, names.split()) for module, _, names in (place.partition(": ") for place in places)]

    def check() -> bool:
        for module, names in found:
            for name in names:
                eval(f"module.{name}", {"module": import_module(module)})
        return True

    lines = "; ".join(f"`{module}` has {', '.join(f'`{name}`' for name in names)}" for module, names in found)
    CONTRACTS.append(Contract(whose, lines, ours, check))


def spelled(whose: str, ours: str, *places: str) -> None:
    """Enter attributes of instances, which can't be had without one: their names stand in the source of a module."""
    found = [(module, names.split()) for module, _, names in (place.partition(": ") for place in places)]

    def check() -> bool:
        for module, names in found:
            if missing := set(names) - set(re.findall(r"\w+", inspect.getsource(import_module(module)))):
                raise LookupError(f"{module} says nothing of {', '.join(sorted(missing))}")
        return True

    lines = "; ".join(f"objects of `{module}` have {', '.join(f'`{n}`' for n in names)}" for module, names in found)
    CONTRACTS.append(Contract(whose, lines, ours, check))


def mentions(function: Callable, *names: str) -> bool:
    """Whether the code of `function` names all these, as variables, attributes or texts."""
    todo, found = [inspect.unwrap(function).__code__], set()
    while todo:
        code = todo.pop()
        found.update(code.co_names, code.co_varnames, (each for each in code.co_consts if type(each) is str))
        todo += (each for each in code.co_consts if isinstance(each, types.CodeType))
    if missing := set(names) - found:
        raise LookupError(f"{function.__qualname__} says nothing of {', '.join(sorted(missing))}")
    return True


def broken() -> list[str]:
    """What is gone here, in sentences; takes as long as the import of what is installed."""
    return [told for each in CONTRACTS if each.applies and (told := each.broken()) is not None]


def page() -> str:
    """docs/contracts.md."""
    lines = [TITLE]
    for whose in dict.fromkeys(each.whose for each in CONTRACTS):
        lines += [f"\n## {whose}\n", "| promise | what of ours depends on it |", "| --- | --- |"]
        lines += [f"| {each.promise} | {each.ours} |" for each in CONTRACTS if each.whose == whose]
    return "\n".join(lines) + "\n"


TITLE = """\
# What isokernel stands on

Names and behaviours that others have not documented, and on which something of isokernel depends. Each has a check in
`isokernel/contracts.py`, which the tests and `isokernel doctor` make. This page is written by
`python -m isokernel.contracts`."""

# Python


@promised(
    "Python",
    "a module that has `__builtins__` when it is executed keeps them",
    "code of the package runs with its own builtins, whatever a user puts in their place (`own`)",
)
def _() -> bool:
    from . import errors, own

    return vars(errors)["__builtins__"] is own.BUILTINS


@promised(
    "Python",
    "a code object made by `replace` with all fields of another is that other",
    "functions cross with file, lines and names: tracebacks, `inspect` and AutoGraph find their source",
)
def _() -> bool:
    from .payload.functions import CODE_FIELDS, make_code

    code = broken.__code__
    made = make_code(*(getattr(code, name) for name in CODE_FIELDS))
    return made == code and made.co_filename == code.co_filename and [*made.co_lines()] == [*code.co_lines()]


@promised(
    "Python",
    "code reads a global, and a builtin, by `__missing__` of a subclass of dict that lacks it",
    "an undeclared cell asks the notebook for what it reads unseen (`worker.namespace`)",
)
def _() -> bool:
    space = type("Asking", (dict,), {"__missing__": {"asked": 1}.__getitem__})(__builtins__={})
    exec("def f(): return asked\nfound = f() + asked", space)
    behind = {"__builtins__": type("Behind", (dict,), {"__missing__": {"asked": 1}.__getitem__})()}
    exec("def f(): return asked\nfound = f() + asked", behind)
    return space["found"] == behind["found"] == 2


@promised(
    "Python",
    "the first referent of `vars(cls)` is the dict of the class itself",
    "the names in the body of a class are in their order when it arrives",
)
def _() -> bool:
    import gc

    return type(held := gc.get_referents(vars(Contract))[0]) is dict and held.keys() == vars(Contract).keys()


@promised(
    "Python",
    "the bases of a class can be exchanged for others of the same layout",
    "a class of the notebook arrives without running its `__init_subclass__` again",
)
def _() -> bool:
    one, other = type("One", (), {}), type("Other", (), {})
    made = type("Made", (one, other), {})
    made.__bases__ = (other,)
    return made.__mro__ == (made, other, object)


# cloudpickle

there(
    "cloudpickle",
    "classes of the notebook cross by value, each one class in all processes (`payload.classes`)",
    "cloudpickle.cloudpickle: _class_getnewargs _class_getstate _enum_getstate _make_skeleton_enum",
    "cloudpickle.cloudpickle: _get_or_create_tracker_id _lookup_class_or_track",
    "cloudpickle.cloudpickle: _DYNAMIC_CLASS_TRACKER_BY_ID _DYNAMIC_CLASS_TRACKER_BY_CLASS",
)


@promised(
    "cloudpickle",
    "a class has one id, by which it is looked up, and the keyword arguments it is made with are the fourth of all",
    "a class that comes back is the class that the notebook has",
)
def _() -> bool:
    import cloudpickle.cloudpickle as cp

    cls = type("Made", (), {"__module__": "m"})
    tracker = cp._get_or_create_tracker_id(cls)
    known = cp._DYNAMIC_CLASS_TRACKER_BY_ID[tracker] is cls is cp._lookup_class_or_track(tracker, type("Late", (), {}))
    return known and cls in cp._DYNAMIC_CLASS_TRACKER_BY_CLASS and cp._class_getnewargs(cls)[3] == {"__module__": "m"}


@promised(
    "cloudpickle",
    "the state of a class is its body, in which `_abc_impl` is a list of what was registered",
    "the bodies of classes cross, and what an abstract class counts as its own",
)
def _() -> bool:
    import abc

    import cloudpickle.cloudpickle as cp

    cls = abc.ABCMeta("Made", (), {"__slots__": ("slot",), "limit": 3})
    cls.register(int)
    body, _ = cp._class_getstate(cls)
    return (
        body["_abc_impl"] == [int]
        and body["limit"] == 3
        and body.keys().isdisjoint({"__dict__", "__weakref__", "slot"})
    )


@promised("cloudpickle", "an enum is made of its members, and its state is without them", "enums of the notebook cross")
def _() -> bool:
    import enum

    import cloudpickle.cloudpickle as cp

    made = cp._make_skeleton_enum((enum.Enum,), "E", "E", {"A": 1}, "m", "isokernel-contract", None)
    return (
        made(1) is made.A and (made.__name__, made.__module__) == ("E", "m") and "A" not in cp._enum_getstate(made)[0]
    )


@promised(
    "cloudpickle",
    "its pickler is Python's own in C, with reducers of what Python can't pickle in the dict `_dispatch_table`",
    "methods, properties, views of dicts, type variables cross; and all at the speed of C",
)
def _() -> bool:
    import pickle
    import typing

    import cloudpickle

    known = (types.MethodType, types.MappingProxyType, property, staticmethod, classmethod, memoryview, typing.TypeVar)
    table = vars(cloudpickle.Pickler)["_dispatch_table"]
    return issubclass(cloudpickle.Pickler, pickle.Pickler) and type(table) is dict and table.keys() >= {*known}


# multiprocess


@promised(
    "multiprocess",
    "of its globals `spawn` and `resource_tracker` a fork server uses a method or two",
    "both are replaced for a moment: templates need no tracker, and nothing of the notebook's main module",
)
def _() -> bool:
    from multiprocess import forkserver

    source = inspect.getsource(forkserver.ForkServer)
    used = {name: set(re.findall(rf"\b{name}\.(\w+)", source)) for name in ("spawn", "resource_tracker")}
    kept = {"spawn": {"get_preparation_data", "get_executable"}, "resource_tracker": {"ensure_running", "getfd"}}
    return all(used[name] <= kept[name] for name in used)


@promised(
    "multiprocess",
    "a fork server starts its process by `util.spawnv_passfds(path, args, fds)`",
    "it is replaced for a moment: a template has variables and a process group of its own",
)
def _() -> bool:
    from multiprocess import forkserver, util

    takes = [*inspect.signature(util.spawnv_passfds).parameters]
    return "util.spawnv_passfds(" in inspect.getsource(forkserver.ForkServer) and takes == ["path", "args", "passfds"]


@promised(
    "multiprocess",
    "a fork server imports what it is to preload before it serves",
    "the template has its frameworks before it is asked for a worker",
)
def _() -> bool:
    from multiprocess import forkserver

    source = inspect.getsource(forkserver.main)
    return 0 < source.index("preload") < source.index("socket.socket(")


# ipykernel, IPython


@promised(
    "ipykernel", "the last status of a request is idle, after its handler", "a frontend knows what a cell put out"
)
def _() -> bool:
    from ipykernel.kernelbase import Kernel

    said = re.findall(r"= handler\(|_publish_status\w*\(\s*\"(\w+)\"", inspect.getsource(Kernel.dispatch_shell))
    return "" in said and said[-1] == "idle" and said.index("busy") < said.index("")


@promised(
    "ipykernel",
    "kernels keep the request that is served, and whether it may ask for input, under these names",
    "widgets are served beside the cell; input() in a cell asks the frontend",
)
def _() -> bool:
    from ipykernel.kernelbase import Kernel

    return mentions(Kernel.__init__, "_shell_parent_ident", "_shell_parent") and mentions(
        Kernel.raw_input, "_allow_stdin"
    )


@promised("ipykernel", "`OutStream` has a `pub_thread`", "it is known whether sys.stdout is the kernel's own")
def _() -> bool:
    from ipykernel.iostream import OutStream

    return mentions(OutStream.__init__, "pub_thread")


@promised("ipykernel", "a reply has the traceback in `_last_traceback`", "a reply tells the traceback of a worker")
def _() -> bool:
    from ipykernel.ipkernel import IPythonKernel

    return mentions(IPythonKernel.do_execute, "_last_traceback")


@promised(
    "jupyter_client",
    "`Session.send` takes these arguments, and makes a message of a type by `msg`",
    "what a cell displays goes through the session of its worker, which sends it to the notebook",
)
def _() -> bool:
    from jupyter_client.session import Session

    taken = "self stream msg_or_type content parent ident buffers track header metadata".split()
    return list(inspect.signature(Session.send).parameters) == taken and mentions(Session.send, "msg")


@promised(
    "IPython",
    "a cell that begins with `%%` becomes one call of `run_cell_magic`, with texts",
    "`%%isolated` is awaited; what a cell does is read through its magics",
)
def _() -> bool:
    from IPython.core.inputtransformer2 import TransformerManager

    found = TransformerManager().transform_cell("%%isolated -o a\na = 1\n")
    return found == "get_ipython().run_cell_magic('isolated', '-o a', 'a = 1\\n')\n"


@promised(
    "IPython",
    "the history has the last inputs under `_i`, `_ii`, `_iii` and `_i00`, and its lists can be filled from outside",
    "`_i` and `In` in a cell are the notebook's",
)
def _() -> bool:
    from IPython.core.history import HistoryManager

    return {"_i", "_ii", "_iii", "_i00", "input_hist_parsed", "input_hist_raw"} <= set(
        HistoryManager.class_trait_names()
    )


@promised("comm", "the manager has dicts of comms, and of targets, by name", "widgets of a worker live in the notebook")
def _() -> bool:
    from comm.base_comm import CommManager

    manager = CommManager()
    return (
        type(manager.comms) is dict and type(manager.targets) is dict and mentions(CommManager.comm_msg, "handle_msg")
    )


# what is carried, and what values are made of


@promised("numpy", "`numpy.random` has its stream in `numpy.random.mtrand`", "the stream of numpy is carried")
def _() -> bool:
    import numpy as np

    return np.random.get_state == import_module("numpy.random.mtrand").get_state


@promised("pandas", "`_registered_options` has the default of each option", "options of pandas are carried")
def _() -> bool:
    import pandas

    return all(hasattr(option, "defval") for option in pandas._config.config._registered_options.values())


@promised(
    "pandas",
    "blocks of tables, and what refers to them, are of these types",
    "tables of one notebook that share nothing but pandas' own aren't taken for one graph",
)
def _() -> bool:
    internals = import_module("pandas._libs.internals")
    return bool(internals.BlockPlacement and internals.BlockValuesRefs and internals.BlockManager)


@promised("pandas", "a block is entered in the `refs` of another", "a column that is carried is copied when written to")
def _() -> bool:
    import pandas

    column = pandas.Series([1])
    (one,), (other,) = column._mgr.blocks, pandas.Series([1])._mgr.blocks
    one.refs.add_reference(other)
    other.refs = one.refs
    index = pandas.Index(column)
    index._references = type(one.refs)()
    index._references.add_index_reference(index)
    manager = type(column._mgr)(one, column._mgr.axes[0])
    return one.refs.has_reference() and len(one.__reduce__()) == 2 and manager.blocks[0] is one


@promised("matplotlib", "`rcParams` is a dict, and `rcParamsDefault` what it was", "settings of matplotlib are carried")
def _() -> bool:
    import matplotlib

    return isinstance(matplotlib.rcParams, dict) and dict.keys(matplotlib.rcParamsDefault) >= {"figure.figsize"}


# TensorFlow


@promised(
    "tensorflow",
    "AutoGraph finds the source of a function through `linecache`, by the file name of its code",
    "`if` and `for` on tensors in functions that come from another cell",
)
def _() -> bool:
    import linecache

    import tensorflow as tf

    name, source, space = "/isokernel-contract.py", "def f(x):\n    if x > 0:\n        x = -x\n    return x\n", {}
    linecache.cache[name] = len(source), None, source.splitlines(True), name
    try:
        exec(compile(source, name, "exec"), space)
        return "if_stmt" in tf.autograph.to_code(space["f"])
    finally:
        del linecache.cache[name]


@promised(
    "tensorflow",
    "what was registered is in dicts: by names, by priority, by function",
    "conversions, dispatch and type specs that a notebook has registered cross",
)
def _() -> bool:
    known = import_module("tensorflow.python.framework.type_spec_registry")
    dispatch = import_module("tensorflow.python.util.dispatch")
    order = import_module("tensorflow.python.framework.tensor_conversion_registry")
    tables = known._NAME_TO_TYPE_SPEC, dispatch._ELEMENTWISE_API_HANDLERS, order._tensor_conversion_func_registry
    return all(isinstance(table, dict) for table in (*tables, dispatch._TYPE_BASED_DISPATCH_SIGNATURES))


@promised(
    "tensorflow",
    "a `tf.function` is made of these attributes",
    "a function crosses with all but what belongs to its process, which is made anew",
)
def _() -> bool:
    module = import_module("tensorflow.python.eager.polymorphic_function.polymorphic_function")
    own = "_lock _function_cache _function_captures _descriptor_cache _created_variables _variable_creation_config"
    return mentions(module.Function.__init__, *own.split(), "_no_variable_creation_config", "_key_for_call_stats")


@promised("tensorflow", "`FunctionCache` has its traces in the mapping `_primary`", "the traces of a tf.function cross")
def _() -> bool:
    cache = import_module("tensorflow.core.function.polymorphism.function_cache").FunctionCache()
    return len(cache) == 0 and not cache._primary.items()


# Keras


@promised(
    "keras",
    "the registries of `keras.saving` are dicts: objects by their names, names by their objects",
    "registered names cross with their classes",
)
def _() -> bool:
    module = import_module("keras.src.saving.object_registration")
    return isinstance(module.GLOBAL_CUSTOM_OBJECTS, dict) and isinstance(module.GLOBAL_CUSTOM_NAMES, dict)


@promised(
    "keras",
    "counters of automatic names are the global attribute `object_name_uids`, a table by prefix",
    "a layer made in the next cell is named as in one process",
)
def _() -> bool:
    naming = import_module("keras.src.utils.naming")
    return mentions(naming.uniquify, "object_name_uids") and mentions(naming.uniquify, "get_global_attribute")


@promised("keras", "other global attributes have these names", "what is set of Keras is carried to the next cell")
def _() -> bool:
    seeds = import_module("keras.src.utils.rng_utils")
    switches = import_module("keras.src.utils.io_utils"), import_module("keras.src.utils.traceback_utils")
    policy = import_module("keras.src.dtype_policies.dtype_policy")
    return (
        seeds.GLOBAL_RANDOM_SEED == "global_random_seed"
        and mentions(switches[0].is_interactive_logging_enabled, "interactive_logging")
        and mentions(switches[1].is_traceback_filtering_enabled, "traceback_filtering")
        and mentions(policy.dtype_policy, "dtype_policy")
    )


@promised(
    "keras",
    "`Layer.__new__` puts a wrapper of its own around `build`, in the attributes of the layer",
    "a layer crosses without the wrapper, which is put around it again",
)
def _() -> bool:
    layer = import_module("keras.src.layers.layer").Layer
    return vars(layer())["build"].__globals__ is layer.__new__.__globals__


@promised(
    "keras",
    "an optimizer finds slots by `_trainable_variables_indices`, a Function its nodes by `_nodes`",
    "both are keyed anew where they arrive",
)
def _() -> bool:
    optimizer = import_module("keras.src.optimizers.base_optimizer").BaseOptimizer
    function = import_module("keras.src.ops.function").Function
    keyed = mentions(optimizer._get_variable_index, "_trainable_variables_indices", "_var_key")
    return keyed and mentions(function.__init__, "_nodes", "_nodes_by_depth")


@promised(
    "keras",
    "`fit`, `evaluate` and `predict` make their function where it is None",
    "a model crosses without what was traced for the variables of its process",
)
def _() -> bool:
    trainer = import_module("keras.src.backend.tensorflow.trainer").TensorFlowTrainer
    return all(mentions(getattr(trainer, f"make_{n}_function"), f"{n}_function") for n in ("train", "test", "predict"))


# Names, of which no more is checked than that they exist


there(
    "Python",
    "shared memory that a cell leaves is cleared up",
    "multiprocessing.resource_tracker: _resource_tracker._stop",
)
there("Python", "a cold worker gets -X and -W of the kernel", "subprocess: _args_from_interpreter_flags")
there(
    "Python",
    "exit handlers of the cell run, and not those of the template",
    "atexit: _clear _run_exitfuncs",
    "weakref: finalize._registered_with_atexit",
)
there("Python", "pools of the cell are told to end, as before Python's own exit", "threading: _threading_atexits")
there("Python", "processes of the cell are waited for", "multiprocessing.util: _exit_function")
there("Python", "a handler that was carried is flushed when its process ends", "logging: _addHandlerRef")
there("Python", "a handler's file is opened again", "logging: FileHandler._open")
there("Python", "`logging.captureWarnings` is carried", "logging: _warnings_showwarning")
there("Python", "warning filters of an undeclared cell take effect", "warnings: _filters_mutated")
there("Python", "a worker knows for which modules it has warned, without a look at each", "warnings: _showwarnmsg")
there("Python", "values that nest deeper than the pickler in C goes are packed in Python", "pickle: _Pickler")
there("Python", "asyncio.run works in a cell", "asyncio: _set_running_loop")
there("Python", "a traceback looks for the module of a cell's file once, not for each frame", "inspect: modulesbyfile")
there(
    "multiprocess",
    "the template is a fork server of our own, which can be ended",
    "multiprocess.forkserver: ForkServer()._forkserver_pid ForkServer()._forkserver_alive_fd",
    "multiprocess.forkserver: ForkServer()._forkserver_address ForkServer()._lock",
    "multiprocess.util: is_abstract_socket_namespace",
)
there(
    "multiprocess",
    "a worker is forked, and its process known",
    "multiprocess.forkserver: ForkServer.connect_to_new_process read_signed",
    "multiprocess.process: _children",
)
there(
    "multiprocess",
    "a worker is forked by our server, without the notebook's main module",
    "multiprocess.popen_forkserver: Popen._launch",
    "multiprocess.process: BaseProcess._Popen",
)
there(
    "multiprocess",
    "a worker is given its descriptors",
    "multiprocess.context: set_spawning_popen reduction.DupFd",
    "multiprocess.util: Finalize",
)
there(
    "multiprocess",
    "neither templates nor workers have a resource tracker",
    "multiprocess.forkserver: resource_tracker",
    "multiprocess.resource_tracker: _resource_tracker._fd",
)
there("multiprocess", "processes of the cell are waited for", "multiprocess.util: _exit_function")
there("ipykernel", "`%matplotlib` in a worker", "ipykernel.eventloops: enable_gui")
there("ipykernel", "an interrupt ends code that awaits", "ipykernel.ipkernel: IPythonKernel._cancel_on_sigint")
there(
    "ipykernel",
    "an interrupt reaches cells in other processes",
    "ipykernel.kernelbase: Kernel._send_interrupt_children",
)
there("ipykernel", "output has the topics of ipykernel's own", "ipykernel.kernelbase: Kernel._topic")
there(
    "ipykernel", "a traceback of a worker is shown as it was", "ipykernel.zmqshell: ZMQInteractiveShell._showtraceback"
)
there(
    "ipykernel",
    "code of a cell has the file name that the notebook would give it",
    "ipykernel.compiler: get_tmp_hash_seed murmur2_x86",
)
there("IPython", "a worker leaves it to the notebook to say how to exit", "IPython.core.interactiveshell: warn")
there(
    "IPython",
    "a worker doesn't clear the namespace at exit, while threads use it",
    "IPython.core.interactiveshell: InteractiveShell.atexit_operations",
)
there(
    "IPython",
    "a traceback of a worker is shown as it was",
    "IPython.core.interactiveshell: InteractiveShell._get_exc_info",
)
there("IPython", "a syntax error looks as in the notebook", "IPython.core.ultratb: SyntaxTB")
there("IPython", "a traceback names the cell of each line", "IPython.core.compilerop: CachingCompiler()._filename_map")
there(
    "IPython",
    "`Out` and `_` have the results of isolated cells",
    "IPython.core.displayhook: DisplayHook.update_user_ns DisplayHook.fill_exec_result",
)
there("traitlets", "settings of IPython that were changed are felt in cells", "traitlets: HasTraits()._trait_values")
there(
    "tensorflow",
    "settings and random streams of frameworks are carried from one undeclared run to the next",
    "tensorflow.python.eager.context: context()._intra_op_parallelism_threads",
    "tensorflow.python.eager.context: context()._inter_op_parallelism_threads context()._soft_device_placement",
    "tensorflow.python.eager.context: context()._log_device_placement context()._optimizer_jit",
    "tensorflow.python.eager.context: context()._optimizer_experimental_options context()._default_is_async",
    "tensorflow.python.eager.context: context()._memory_growth_map context()._virtual_device_map",
    "tensorflow.python.eager.context: context()._physical_devices context()._visible_device_list",
    "tensorflow.python.eager.context: Context._set_global_seed context()._seed default_execution_mode",
    "tensorflow.python.framework.ops: _numpy_style_slicing enable_numpy_style_slicing get_dtype_conversion_mode",
    "tensorflow.python.framework.ops: set_dtype_conversion_mode",
    "tensorflow.python.ops.numpy_ops.np_math_ops: enable_numpy_methods_on_tensor",
    "tensorflow.python.ops.numpy_ops.np_dtypes: set_prefer_float32",
    "tensorflow.python.framework.config: is_op_determinism_enabled tensor_float_32_execution_enabled",
    "tensorflow.python.data.ops.debug_mode: DEBUG_MODE",
    "tensorflow.python.autograph.utils.ag_logging: verbosity_level",
)
there(
    "tensorflow",
    "datasets cross as graphs, with the Python functions and generators in them",
    "tensorflow.python.data.ops.dataset_ops: _VariantDataset DatasetV2._as_serialized_graph DatasetV2._functions",
    "tensorflow.python.data.ops.dataset_ops: DatasetV2._inputs DatasetV2._GeneratorState",
    "tensorflow.python.distribute.input_lib: DistributedDataset DistributedDatasetsFromFunction",
    "tensorflow.python.eager.wrap_function: function_from_graph_def",
    "tensorflow.python.framework.op_def_registry: get",
    "tensorflow.python.ops.script_ops: _py_funcs._funcs",
)
there(
    "tensorflow",
    "draws of operations without a seed go on where they were",
    "tensorflow.python.data.ops.structured_function: StructuredFunctionWrapper",
    "tensorflow.python.eager.context: Context._set_global_seed Context.clear_kernel_cache",
    "tensorflow.python.framework.func_graph: FuncGraph.watch_variable",
    "tensorflow.python.ops.gen_random_ops: multinomial parameterized_truncated_normal random_gamma",
    "tensorflow.python.ops.gen_random_ops: random_poisson_v2 random_shuffle random_standard_normal random_uniform",
    "tensorflow.python.ops.gen_random_ops: random_uniform_int truncated_normal",
    "tensorflow.python.ops.gen_stateful_random_ops: stateful_standard_normal_v2 stateful_truncated_normal",
    "tensorflow.python.ops.gen_stateful_random_ops: stateful_uniform stateful_uniform_int",
)
there("tensorflow", "errors of TensorFlow cross", "tensorflow.python.framework.errors_impl: OpError.__reduce__")
there(
    "tensorflow",
    "tf.function, concrete functions and those of saved models cross",
    "tensorflow.python.autograph.impl.api: _TRANSPILER.get_extra_locals",
    "tensorflow.core.function.capture.restore_captures: restore_captures",
    "tensorflow.core.function.polymorphism.function_cache: FunctionCache",
    "tensorflow.core.function.capture.capture_container: FunctionCaptures",
    "tensorflow.python.eager.polymorphic_function.concrete_function: ConcreteFunction",
    "tensorflow.python.eager.polymorphic_function.polymorphic_function: Function._get_key_for_call_stats",
    "tensorflow.python.eager.polymorphic_function.tf_method_target: TfMethodTarget",
    "tensorflow.python.eager.wrap_function: WrappedFunction",
    "tensorflow.python.saved_model.function_deserialization: RestoredFunction load_function_def_library",
    "tensorflow.python.saved_model.function_deserialization: recreate_function",
    "tensorflow.python.saved_model.nested_structure_coder: encode_structure",
)
there(
    "tensorflow",
    "iterators of datasets go on where they were",
    "tensorflow.core.framework.dataset_metadata_pb2: Metadata",
    "tensorflow.core.framework.dataset_pb2: CompressedElement",
    "tensorflow.python.data.ops.dataset_ops: NumpyIterator _VariantDataset",
    "tensorflow.python.data.ops.iterator_ops: OwnedIterator",
    "tensorflow.python.ops.gen_dataset_ops: anonymous_seed_generator deserialize_iterator serialize_iterator",
    "tensorflow.python.ops.gen_dataset_ops: shuffle_dataset_v3",
)
there(
    "tensorflow",
    "conversions, dispatch and type specs that a notebook has registered cross",
    "tensorflow.python.framework.tensor_conversion_registry: _tensor_conversion_func_registry",
    "tensorflow.python.framework.type_spec_registry: _NAME_TO_TYPE_SPEC _TYPE_SPEC_TO_NAME",
    "tensorflow.python.util.dispatch: _ELEMENTWISE_API_HANDLERS _ELEMENTWISE_API_TARGETS",
    "tensorflow.python.util.dispatch: _TYPE_BASED_DISPATCH_SIGNATURES dispatch_for_binary_elementwise_assert_apis",
)
there(
    "tensorflow",
    "lookup tables cross",
    "tensorflow.python.ops.lookup_ops: LookupInterface._create_resource InitializableLookupTableBase",
    "tensorflow.python.trackable.resource: CapturableResource RestoredResource",
)
there(
    "tensorflow",
    "tensors, ragged ones and extension types cross",
    "tensorflow.python.framework.ops: _EagerTensorBase._numpy",
    "tensorflow.python.framework.extension_type_field: ExtensionTypeField.NO_DEFAULT",
    "tensorflow.python.ops.ragged.row_partition: RowPartitionSpec._deserialize",
)
there(
    "tensorflow",
    "the traces of a tf.function cross: its Python code runs once",
    "tensorflow.core.function.polymorphism.function_type: FunctionType.parameters",
    "tensorflow.core.function.trace_type.default_types: Dict List Literal NamedTuple Tuple",
    "tensorflow.python.eager.polymorphic_function.concrete_function: ConcreteFunctionGarbageCollector.release",
    "tensorflow.python.eager.polymorphic_function.function_context: make_function_context",
    "tensorflow.python.eager.polymorphic_function.polymorphic_function: Function._generate_scoped_tracing_options",
    "tensorflow.python.eager.polymorphic_function.tracing_compilation: ScopeType.VARIABLE_CREATION",
)
there(
    "tensorflow",
    "tf.Module's containers, TensorArrays and checkpoints cross",
    "tensorflow.python.trackable.data_structures: ListWrapper _DictWrapper _TupleWrapper",
    "tensorflow.python.ops.tensor_array_ops: _EagerTensorArray",
    "tensorflow.python.util.object_identity: ObjectIdentityDictionary ObjectIdentitySet",
    "tensorflow.python.checkpoint.checkpoint: TrackableSaver _END_TIME_OF_LAST_WRITE",
    "tensorflow.python.checkpoint.graph_view: ObjectGraphView",
)
there(
    "tensorflow",
    "variables cross, and those of a strategy",
    "tensorflow.python.ops.resource_variable_ops: BaseResourceVariable ResourceVariable UninitializedVariable",
    "tensorflow.python.distribute.values: DistributedVariable",
    "tensorflow.python.distribute.distribute_lib: _get_default_strategy _DefaultDistributionStrategy",
)
there(
    "keras", "`check` starts the counters of names anew", "keras.src.backend.common.global_state: get_global_attribute"
)
there(
    "keras",
    "settings and random streams of frameworks are carried from one undeclared run to the next",
    "keras.src.backend.common.global_state: get_global_attribute set_global_attribute",
    "keras.src.random.seed_generator: global_seed_generator GLOBAL_SEED_GENERATOR",
    "keras.src.backend.config: set_floatx",
)
there(
    "keras",
    "iterators of ImageDataGenerator go on where they were",
    "keras.src.legacy.preprocessing.image: Iterator._flow_index Iterator.reset",
)
there(
    "keras",
    "automatic names go on; Keras' own way of pickling is told from a user's",
    "keras.src.utils.naming: uniquify",
    "keras.src.saving.keras_saveable: KerasSaveable.__reduce__",
)
there(
    "keras",
    "functional models cross with their graphs",
    "keras.src.ops.node: Node Node.input_tensors KerasHistory",
    "keras.src.ops.function: make_node_key",
)
there(
    "keras",
    "names that keras.saving knows cross with their classes",
    "keras.src.trainers.compile_utils: CompileLoss.Loss",
    "keras.src.saving.object_registration: GLOBAL_CUSTOM_NAMES GLOBAL_CUSTOM_OBJECTS",
)
there(
    "keras",
    "layers, models, optimizers, metrics and losses cross by their attributes",
    "keras.src.layers.layer: Layer.__new__ Layer._clear_losses",
    "keras.src.ops.function: Function make_node_key",
    "keras.src.ops.operation: Operation",
    "keras.src.optimizers.base_optimizer: BaseOptimizer._var_key",
    "keras.src.trainers.trainer: Trainer",
    "keras.src.saving.keras_saveable: KerasSaveable",
)
there(
    "keras",
    "variables, and the containers that watch them, cross",
    "keras.src.utils.tracking: Tracker Tracker.is_in_store TrackedList TrackedDict TrackedOrderedDict TrackedSet",
    "keras.src.backend: Variable",
)
there(
    "tf_keras",
    "legacy models cross by the archive they write of themselves",
    "tf_keras.src.saving.pickle_utils: deserialize_model_from_bytecode serialize_model_as_bytecode",
)


there(
    "Python",
    "locks at rest cross; a lock that somebody waits for is refused",
    "threading: Condition()._waiters RLock()._release_save RLock()._acquire_restore",
    "sys: _current_frames",
)
there("Python", "asyncio.run works in a cell", "asyncio: _get_running_loop")
there("Python", "who asks for names, or for a variable, is known by its frame", "sys: _getframe")
there(
    "Python",
    "values with slots, caches of functions and pools are known",
    "copyreg: _slotnames",
    "functools: _lru_cache_wrapper",
    "concurrent.futures: _base",
)
there("Python", "a tracker that runs is told to end", "multiprocessing.resource_tracker: _resource_tracker._pid")
there("multiprocess", "a worker begins with no server of the template's", "multiprocess.forkserver: _forkserver")
there("multiprocess", "a worker is forked, and its process known", "multiprocess.context: Process()._popen")
there("ipykernel", "output has the request that it belongs to", "ipykernel.kernelbase: Kernel._get_shell_context_var")
there(
    "IPython",
    "printers that the notebook has registered are felt in cells",
    "IPython.core.formatters: PlainTextFormatter()._type_printers_default",
)
spelled(
    "IPython",
    "a traceback of a worker is shown as it was; the shell forgets its rehearsal",
    "IPython.core.interactiveshell: _render_traceback_",
    "IPython.core.prefilter: _last_input_line",
)
spelled("numpy", "arrays over a file are told from others", "numpy._core.memmap: _mmap")
there(
    "tensorflow",
    "it is known whether the runtime has started, and with oneDNN",
    "tensorflow.python.eager.context: _context",
    "tensorflow.python.util._pywrap_util_port: IsMklEnabled",
)
spelled(
    "tensorflow", "it is known whether the runtime has started", "tensorflow.python.eager.context: _context_handle _rng"
)
spelled(
    "tensorflow",
    "functions cross with their traces",
    "tensorflow.python.eager.polymorphic_function.polymorphic_function: _jit_compile _attributes",
    "tensorflow.python.eager.polymorphic_function.polymorphic_function: _concrete_variable_creation_fn",
    "tensorflow.python.eager.polymorphic_function.concrete_function: _arg_keywords _num_positional_args",
    "tensorflow.python.eager.polymorphic_function.concrete_function: _function_type _garbage_collector",
)
spelled(
    "tensorflow",
    "datasets, their options and iterators cross",
    "tensorflow.python.data.ops.dataset_ops: _generator _variant_tensor _iterator",
    "tensorflow.python.data.ops.iterator_ops: _dataset _iterator_resource",
    "tensorflow.python.data.util.options: _options",
    "tensorflow.python.distribute.input_lib: _strategy _options",
)
spelled(
    "tensorflow",
    "variables cross, and those of a strategy",
    "tensorflow.python.ops.resource_variable_ops: _in_graph_mode",
    "tensorflow.python.distribute.values: _values _distributed_container",
    "tensorflow.python.distribute.mirrored_strategy: _collective_ops _cross_device_ops",
    "tensorflow.python.distribute.one_device_strategy: _device",
)
spelled(
    "tensorflow",
    "tables, tensor arrays, composite tensors and checkpoints cross",
    "tensorflow.python.ops.lookup_ops: _initializer _track_trackable",
    "tensorflow.python.trackable.resource: _resource_handle",
    "tensorflow.python.ops.tensor_array_ops: _implementation",
    "tensorflow.python.framework.composite_tensor: _type_spec",
    "tensorflow.python.framework.type_spec: _serialize",
    "tensorflow.python.checkpoint.checkpoint: _saver _graph_view",
)
spelled(
    "keras",
    "layers, models and optimizers cross by their attributes",
    "keras.src.utils.backend_utils: _backend",
    "keras.src.ops.operation: _inbound_nodes _outbound_nodes",
    "keras.src.random.seed_generator: _initial_seed",
    "keras.src.optimizers.base_optimizer: _iterations",
    "keras.src.layers.layer: _losses _losses_override _loss_ids",
)

spelled("tf_keras", "the random stream of legacy Keras is carried", "tf_keras.src.backend: _SEED_GENERATOR")


def main(arguments: list[str]) -> None:
    """Write the page, or say what is broken."""
    if arguments == ["--broken"]:
        print(json.dumps(broken()))
    else:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
