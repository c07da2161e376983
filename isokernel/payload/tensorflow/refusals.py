"""What belongs to the runtime of one process, and what to carry instead.

A GradientTape would pickle without complaint into something useless, an iterator into an error far from its cause; so
they are refused by type.
"""

from __future__ import annotations

from collections.abc import Callable

from ..registry import Refuse
from .places import ITERATOR

TAPE = (
    "a GradientTape holds a recording of what this process computed. Take the gradients in the cell that records them, "
    "and carry those."
)
GRAPH = (
    "it is a graph, or a part of one, that TensorFlow keeps in this process. Carry the tf.function it belongs to, or "
    "graph.as_graph_def()."
)
SESSION = "a TensorFlow 1 session runs in this process; carry the values it gives."
WRITER = "it writes to an open event file; carry its folder, and open a writer where it is used."
DISTRIBUTED = "its batches are on their way to the devices of this process; carry the dataset it was made from."
QUEUE = "it is inside TensorFlow's runtime, a queue. Make it in the cell that uses it, and carry what it gives."
OPTIONAL = "it is an element inside TensorFlow's runtime; carry its value, from get_value()."

REFUSED = {
    TAPE: ("tensorflow.python.eager.backprop:GradientTape", "tensorflow.python.eager.forwardprop:ForwardAccumulator"),
    ITERATOR: (
        "tensorflow.python.data.ops.iterator_ops:IteratorBase", "tensorflow.python.data.ops.iterator_ops:Iterator",
    ),
    GRAPH: ("tensorflow.python.framework.ops:Graph", "tensorflow.python.framework.ops:Operation"),
    SESSION: ("tensorflow.python.client.session:BaseSession",),
    WRITER: ("tensorflow.python.ops.summary_ops_v2:SummaryWriter",),
    DISTRIBUTED: ("tensorflow.python.distribute.input_lib:DistributedIteratorBase",),
    QUEUE: ("tensorflow.python.ops.data_flow_ops:QueueBase",),
    OPTIONAL: ("tensorflow.python.data.ops.optional_ops:Optional",),
}  # fmt: skip


def register(register_reducer: Callable) -> None:
    """Register the refusals."""
    for reason, targets in REFUSED.items():
        for target in targets:
            register_reducer(target, _refusing(reason))


def _refusing(reason: str) -> Callable[[object], tuple]:
    def refuse(obj: object) -> tuple:
        raise Refuse(reason)

    return refuse
