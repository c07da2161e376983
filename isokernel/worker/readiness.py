"""Starts TensorFlow in a standby, in the time that nobody waits for.

Its first operation opens devices and makes pools of threads, and the first use of each kind of operation sets up its
kernel: 2-25 ms each, in every fresh process. What is done here is what nearly every cell does that computes something:
it leaves no value, no name and no setting, and draws no random number. Only for cells that don't configure the start
(:mod:`isokernel.cell.startup`), and where there is no accelerator: to open one is a cell's own doing.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any


def start_framework() -> None:
    """Start TensorFlow, if the template has imported it."""
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what there is to say, the first cell's process has said
        matrix = tf.fill([2, 2], 1.0)
        repr(tf.cast(tf.reduce_sum(matrix @ matrix + matrix * 2.0), tf.int32))
        variable = tf.Variable(matrix)
        variable.assign_add(matrix)
        tf.function(_step, autograph=False)(variable, matrix)
        for _ in tf.data.Dataset.from_tensor_slices(matrix).batch(2):
            pass


def _step(variable: Any, value: Any) -> Any:
    return variable.assign_sub(value @ value)


def framework_is_started() -> bool:
    """Whether TensorFlow has opened its devices in this process."""
    context = sys.modules.get("tensorflow.python.eager.context")
    return context is not None and context._context is not None and context._context._context_handle is not None
