"""End to end: whatever goes wrong, it is told, and afterwards all is as before.

The default run takes a few faults of each kind; ``-m faults`` takes the others.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, gone

from isokernel.processes import PR_SET_CHILD_SUBREAPER, adopt_orphans

from .cells import CELLS
from .fault import HERE, NOT_BELOW_TMP, Fault
from .outside import OUTSIDE
from .places import PLACES
from .stage import WITHIN, Stage, matches, said

TABLE = {**CELLS, **OUTSIDE, **PLACES}
ARGS = ("--IsoKernel.grace=0.5", "--IsoKernel.exit_grace=1")
ROWS = [
    pytest.param(fault, id=f"{kind}: {fault.name}", marks=() if fault.sample else pytest.mark.faults)
    for kind, faults in TABLE.items()
    for fault in faults
]


class Stages:
    """Kernels to do something to, each as long as it is as it was."""

    def __init__(self, start: Any) -> None:
        self._start = start
        self._stage: Stage | None = None
        self.seconds = 0.0  # from the start of the last one to the end of its first isolated cell

    def here(self) -> Stage:
        """An ordinary place."""
        if self._stage is None or not self._stage.good:
            self.close()
            begun = time.perf_counter()
            kernel = self._start(args=ARGS)
            assert kernel.run("%%isolated\n1").ok
            self.seconds = time.perf_counter() - begun
            self._stage = Stage(kernel)
        return self._stage

    def at(self, fault: Fault, folder: str) -> Stage:
        """The fault's own place."""
        environment = {**os.environ, **{k: v and v.format(tmp=folder) for k, v in fault.place.env.items()}}
        before = tuple(word.replace("{tmp}", folder) for word in fault.place.before)
        kept = {k: v for k, v in environment.items() if v is not None}
        connection = os.path.join(folder, "kernel.json")
        return Stage(self._start(args=ARGS, before=before, env=kept, connection=connection))

    def forget(self) -> None:
        """The kernel that there was is gone."""
        self._stage = None

    def close(self) -> None:
        """End the kernel that there is."""
        if self._stage is not None:
            kernel, self._stage = self._stage.kernel, None
            kernel.close()


@pytest.fixture(scope="module")
def stages(start_kernel: Any) -> Iterator[Stages]:
    """Kernels, in a process to which everything comes that has lost its parent."""
    adopt_orphans()
    found = Stages(start_kernel)
    yield found
    found.close()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture
def folder() -> Iterator[str]:
    """A folder that every user can look into, and not in /tmp."""
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/var/tmp") as name:
        os.chmod(name, 0o777)
        yield name


def lacking(fault: Fault) -> str:
    """What this machine lacks for a fault; ''."""
    for need in fault.place.needs:
        if need == "root":
            if os.getuid():
                return "root"
        elif need == NOT_BELOW_TMP:
            if any(Path("/tmp") in Path(place).resolve().parents for place in (sys.prefix, sys.base_prefix, ROOT)):
                return need
        elif need == "x86_64":
            if platform.machine() != need:
                return need
        elif not shutil.which(need):
            return need
    return ""


@pytest.mark.parametrize("fault", ROWS)
def test_after_a_fault_all_is_as_before(fault: Fault, stages: Stages, folder: str, record_property: Any) -> None:
    """It is told; the notebook's variables are as they were; the next run works, and nothing else is left."""
    if lack := lacking(fault):
        pytest.skip(f"needs {lack}")
    stage = stages.here() if fault.place is HERE else stages.at(fault, folder)
    try:
        (ended if fault.fatal else endured)(fault, stage, stages, record_property)
    finally:
        if fault.place is not HERE:
            stage.kernel.close()


def endured(fault: Fault, stage: Stage, stages: Stages, tell: Any) -> None:
    """A fault that a kernel lives through."""
    kernel, stage.good = stage.kernel, False
    kernel.run("x = [1, 2, 3]")
    reply = _provoked(fault, stage)
    told = said(reply)
    problems = stage.quiet()
    ename = reply.content.get("ename", "") if reply is not None else ""
    if not re.fullmatch(fault.ename if reply is not None else ".*", ename):
        problems.append(f"the error was {ename!r}")
    if not matches(fault.told, told):
        problems.append("that was not told")
    if ename and kernel.run("x").result != "[1, 2, 3]":
        problems.append("the notebook's variable has changed")
    seconds, wrong = stage.run_next(fault.told if fault.lasting else "")
    problems += wrong
    if left := stage.left():
        problems.append(f"left: {left}")
    tell("row", [told, reply.seconds if reply is not None else 0.0, seconds])
    assert not problems, f"{'; '.join(problems)}\ntold: {told[:3000]}"
    stage.good = True


def _provoked(fault: Fault, stage: Stage) -> Any:
    kernel, acted = stage.kernel, []
    if not fault.cell:
        return fault.act(kernel)

    def on_message(message: dict[str, Any]) -> None:
        if fault.act and message["msg_type"] == "stream" and "go" in message["content"]["text"] and not acted:
            acted.append(message)
            fault.act(kernel)

    return kernel.run(f"%%isolated -o x {fault.options}\nx = 'other'\n{fault.cell}", 30, on_message)


def ended(fault: Fault, stage: Stage, stages: Stages, tell: Any) -> None:
    """A fault that ends the kernel."""
    kernel, stage.good = stage.kernel, False
    if fault.cell:
        kernel.client.execute(f"%%isolated\n{fault.cell}")
        while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass
    begun = time.perf_counter()
    fault.act(kernel)
    gone(kernel.mark, within=WITHIN)
    assert not stage.orphans()
    seconds = time.perf_counter() - begun
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)
    stages.forget()
    assert stages.here()
    tell("row", ["", seconds, stages.seconds])
