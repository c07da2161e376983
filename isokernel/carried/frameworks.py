"""What is carried of TensorFlow and Keras, from one undeclared cell to the next; the notebook itself has neither.

TensorFlow's settings hang on its root module: while that is still being imported, nothing of it can be set.
"""

from __future__ import annotations

import importlib
import random
from typing import Any

from .setting import Setting

_CONTEXT = "tensorflow.python.eager.context"
_DETERMINISM = "tensorflow.python.framework.config"
_DATA_DEBUG = "tensorflow.python.data.ops.debug_mode"
_AUTOGRAPH = "tensorflow.python.autograph.utils.ag_logging"
_OPS = "tensorflow.python.framework.ops"
_NUMPY_MATH = "tensorflow.python.ops.numpy_ops.np_math_ops"
_NUMPY_DTYPES = "tensorflow.python.ops.numpy_ops.np_dtypes"
_KERAS = "keras.src.backend.common.global_state"
_CONFIG = "keras.src.backend.config"
_LEGACY = "tf_keras.src.backend"
_DRAWS = "isokernel.payload.tensorflow.draws"


def _context() -> Any:
    return importlib.import_module(_CONTEXT).context()


def _eager(tf: Any) -> bool | None:
    module = importlib.import_module(_CONTEXT)
    return False if module.default_execution_mode != module.EAGER_MODE else None


def _set_eager(tf: Any, state: bool) -> None:
    if not state:
        tf.compat.v1.disable_eager_execution()


def _seed(tf: Any) -> tuple[int, Any] | None:
    context = _context()
    rng = getattr(context, "_rng", None)
    return None if context._seed is None else (context._seed, rng.getstate() if rng is not None else None)


def _set_seed(tf: Any, state: tuple[int, Any]) -> None:
    seed, stream = state
    with _draws().functions_kept():
        tf.random.set_seed(seed)
    if stream is not None:
        _context()._rng.setstate(stream)


def _draws() -> Any:
    return importlib.import_module(_DRAWS)


OPTIONS = {
    "_intra_op_parallelism_threads": lambda tf, value: tf.config.threading.set_intra_op_parallelism_threads(value),
    "_inter_op_parallelism_threads": lambda tf, value: tf.config.threading.set_inter_op_parallelism_threads(value),
    "_soft_device_placement": lambda tf, value: tf.config.set_soft_device_placement(value),
    "_log_device_placement": lambda tf, value: tf.debugging.set_log_device_placement(value),
    "_optimizer_jit": lambda tf, value: tf.config.optimizer.set_jit(value),
    "_optimizer_experimental_options": lambda tf, value: tf.config.optimizer.set_experimental_options(value),
    "_default_is_async": lambda tf, value: tf.config.experimental.set_synchronous_execution(not value),
}
"""Attributes of TensorFlow's context, which are None, False or empty until they are set, and how they are set."""


def _options(tf: Any) -> dict[str, Any] | None:
    context = _context()
    found = {name: value for name in OPTIONS if (value := getattr(context, name)) not in (None, False, {})}
    config = importlib.import_module(_DETERMINISM)
    if config.is_op_determinism_enabled():
        found["determinism"] = True
    if not config.tensor_float_32_execution_enabled():
        found["tensor_float_32"] = False
    debug = importlib.import_module(_DATA_DEBUG).DEBUG_MODE
    if debug:
        found["data_debug"] = True
    verbosity = importlib.import_module(_AUTOGRAPH).verbosity_level
    if verbosity is not None:
        found["autograph_verbosity"] = verbosity
    return found or None


def _set_options(tf: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        match name:
            case "determinism":
                tf.config.experimental.enable_op_determinism()
            case "tensor_float_32":
                tf.config.experimental.enable_tensor_float_32_execution(value)
            case "data_debug":
                tf.data.experimental.enable_debug_mode()
            case "autograph_verbosity":
                tf.autograph.set_verbosity(value)
            case _:
                OPTIONS[name](tf, value)


def _devices(tf: Any) -> dict[str, Any] | None:
    context = _context()
    growth = {device.name: on for device, on in (context._memory_growth_map or {}).items() if on}
    logical = {
        device.name: [tuple(part) for part in parts]
        for device, parts in context._virtual_device_map.items()
        if len(parts) > 1 or parts[0].memory_limit
    }
    physical = context._physical_devices or ()
    visible = [device.name for device in context._visible_device_list]
    hidden = [device.name for device in physical if device.name not in visible]
    return {"growth": growth, "logical": logical, "hidden": hidden} if growth or logical or hidden else None


def _set_devices(tf: Any, state: dict[str, Any]) -> None:
    devices = tf.config.list_physical_devices()
    for device in devices:
        if device.name in state["growth"]:
            tf.config.experimental.set_memory_growth(device, True)
        if device.name in state["logical"]:
            parts = [tf.config.LogicalDeviceConfiguration(*part) for part in state["logical"][device.name]]
            tf.config.set_logical_device_configuration(device, parts)
    if state["hidden"]:
        tf.config.set_visible_devices([device for device in devices if device.name not in state["hidden"]])


def _numpy_behaviour(tf: Any) -> tuple[str, bool] | None:
    ops, dtypes = importlib.import_module(_OPS), importlib.import_module(_NUMPY_DTYPES)
    if not ops._numpy_style_slicing:
        return None
    return ops.get_dtype_conversion_mode().name.lower(), dtypes.is_prefer_float32()


def _set_numpy_behaviour(tf: Any, state: tuple[str, bool]) -> None:
    mode, prefer_float32 = state  # one by one: all together warn that it must be the first thing that a program does
    ops = importlib.import_module(_OPS)
    ops.set_dtype_conversion_mode(mode)
    ops.enable_numpy_style_slicing()
    importlib.import_module(_NUMPY_MATH).enable_numpy_methods_on_tensor()
    importlib.import_module(_NUMPY_DTYPES).set_prefer_float32(prefer_float32)


def _keras_state(module: Any) -> dict[str, Any]:
    return {name: value for name in KERAS if (value := module.get_global_attribute(name)) is not None}


def _set_keras_state(module: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        module.set_global_attribute(name, value)


KERAS = ("object_name_uids", "dtype_policy", "interactive_logging", "traceback_filtering", "global_random_seed")
"""Global attributes of Keras: its name counters, what its ``config`` sets, and the seed that was set."""


def _keras_stream(module: Any) -> tuple[int | None, str, Any] | None:
    """The generator of draws that are given no seed, which makes itself from Python's stream when it is first used."""
    generator = module.get_global_attribute("global_seed_generator")
    return None if generator is None else (generator._initial_seed, generator.name, generator.state.numpy())


def _set_keras_stream(module: Any, state: tuple[int | None, str, Any]) -> None:
    initial, name, numbers = state
    random = importlib.import_module("keras.random")
    generator = random.SeedGenerator(0, name=name)
    generator._initial_seed = initial
    generator.state.assign(numbers)
    module.set_global_attribute("global_seed_generator", generator)


def _legacy_stream(module: Any) -> Any:
    """Of legacy Keras, which draws the seeds of what is given none from a generator of Python."""
    generator = getattr(module._SEED_GENERATOR, "generator", None)
    return None if generator is None else generator.getstate()


def _set_legacy_stream(module: Any, state: Any) -> None:
    module._SEED_GENERATOR.generator = random.Random()
    module._SEED_GENERATOR.generator.setstate(state)


OF_FRAMEWORKS = (
    Setting("eager execution", "tensorflow", _eager, _set_eager, start=True),
    Setting(
        "functions run eagerly", "tensorflow",
        lambda tf: tf.config.functions_run_eagerly() or None, lambda tf, state: tf.config.run_functions_eagerly(state),
    ),
    Setting("tf.config, determinism, debugging", "tensorflow", _options, _set_options, start=True),
    Setting("numpy behaviour of tensors", "tensorflow", _numpy_behaviour, _set_numpy_behaviour),
    Setting("devices: visible, logical, memory growth", "tensorflow", _devices, _set_devices, start=True),
    Setting(
        "Keras configuration", _CONFIG,
        lambda m: {"floatx": m.floatx(), "epsilon": m.epsilon(), "image_data_format": m.image_data_format()},
        lambda m, state: [getattr(m, f"set_{name}")(value) for name, value in state.items()] and None,
    ),
    Setting("Keras names and policies", _KERAS, _keras_state, _set_keras_state),
    Setting("random stream of TensorFlow", "tensorflow", _seed, _set_seed, True),
    Setting(
        "random operations with a seed", "tensorflow", lambda tf: _draws().drawn(),
        lambda tf, state: _draws().resume(state), True,
    ),
    Setting("random stream of Keras", _KERAS, _keras_stream, _set_keras_stream, True),
    Setting("random stream of legacy Keras", _LEGACY, _legacy_stream, _set_legacy_stream, True),
)  # fmt: skip
