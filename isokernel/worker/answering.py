"""Questions about code that is being written, answered in a process that has the frameworks and no device.

The notebook's own process imports no framework, so it can't tell what ``tf.keras.layers.De`` may become. A fork of the
template can: it answers as ipykernel does, from the same names.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ipykernel.jsonutil import json_clean

from .. import payload
from ..protocol import Answer, Inquiry
from .importing import imported
from .shell import WorkerKernel


def answer(kernel: WorkerKernel, inquiry: Inquiry) -> Answer:
    """Answer one inquiry; what an earlier one has brought is still known."""
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ["HIP_VISIBLE_DEVICES"] = "-1"
    os.chdir(inquiry.cwd)
    sys.path[:] = inquiry.path
    namespace = kernel.shell.user_ns
    for name, module, qualname in inquiry.imports:
        namespace[name] = imported(module, qualname)
    parcels = [payload.Parcel.from_wire(s.facts, s.data, s.fds) for s in inquiry.shipments]
    namespace.update(payload.unpack(parcels, namespace=namespace, adopt=True))
    content: Any
    if inquiry.what == "complete":
        content = kernel.do_complete(inquiry.code, inquiry.cursor)
    else:
        content = kernel.do_inspect(inquiry.code, inquiry.cursor, **inquiry.options)
    return Answer(json_clean(content))
