"""Does a GPU's memory come back, and what does a lease cost? Asked on a machine with a GPU; elsewhere it says so.

A cell trains a little, in the ordinary kernel and in isokernel in turns; between the cells the driver is asked how much
of the GPU's memory is in use. What a lease costs is measured without a cell: taken and given back, of a free device.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from isokernel.devices import Device, Devices, Folder, Request

from .harness import Bench, Samples, Way, interleaved
from .kernels import Kernel, started
from .machine import version
from .report import Answer, Goal, Table, size, timings

TRAIN = """{first}
import keras, numpy as np
model = keras.Sequential([keras.Input((256,)), keras.layers.Dense(512, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.ones((2048, 256), "float32"), np.ones(2048, "float32"), epochs=1, verbose=0)
"""
ORDINARY, ISOLATED = "ordinary kernel", "isokernel"
LEASE, JUDGED = "lease", "no GPU given"
RETURNED = 64 << 20  # bytes within which memory is back: the driver's own books vary
AFTER = 2.0  # seconds in which a process that has ended must have given its memory back
LEASES = 50  # in each turn


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    answer = Answer("gpu: does memory come back, and what does a lease cost")
    devices = Devices()
    given = devices.given(os.environ)
    known = [device for device in given if device.key in devices.usage([device])]
    if not known:
        answer.notes.append("nothing was measured: there is no GPU here that NVML knows (pip install isokernel[gpu])")
        return answer
    if not version("tensorflow"):
        answer.notes.append("nothing was measured: TensorFlow, which trains here, isn't installed")
        return answer
    before = used(devices, known)
    held: dict[str, list[int]] = {ORDINARY: [], ISOLATED: []}
    with ExitStack() as stack:
        bench.progress("gpu: kernels")
        kernels = {
            ORDINARY: (stack.enter_context(started(ordinary=True)), ""),
            ISOLATED: (stack.enter_context(started(preload=None)), "%%isolated"),
        }
        # One after the other: what an ordinary kernel holds it never gives back, and would be in the other's figures.
        rounds = 2 if bench.quick else 10
        for name in (ISOLATED, ORDINARY):
            kernel, first = kernels[name]
            ways = [Way(lambda kernel=kernel, first=first, name=name: trained(kernel, first, name))]
            for _ in range(rounds):
                series = interleaved(ways, 1, progress=bench.rounds(f"gpu: {name}"))
                answer.series[name] = series[name]
                held[name].append(settled(devices, known, before) - before)
        with tempfile.TemporaryDirectory() as folder:
            ways = [Way(lambda: leased(Path(folder), devices, known[:1]))]
            answer.series |= interleaved(ways, rounds, progress=bench.rounds("gpu: leases"))
    rows = tuple((name, size(before), size(max(each[0], 0)), size(max(each[-1], 0))) for name, each in held.items())
    columns = ("", "in use before", "held after the first cell", f"after {rounds} cells")
    answer.tables.append(Table("Memory of the GPU", columns, rows))
    answer.tables.append(timings("Seconds", answer.series, LEASE))
    answer.goals.append(Goal("isokernel: memory of the GPU that is still held", max(held[ISOLATED]), RETURNED, "bytes"))
    answer.facts["held"] = held
    return answer


def trained(kernel: Kernel, first: str, name: str) -> Samples:
    """One cell that trains."""
    yield name, kernel.seconds(TRAIN.format(first=first).lstrip())


def leased(folder: Path, devices: Devices, which: list[Device]) -> Samples:
    """A free device, taken and given back."""
    for _ in range(LEASES):
        begun = time.perf_counter()
        lease = Request(Folder(str(folder)), which, 1, devices.usage).attempt()
        lease.release()
        yield LEASE, time.perf_counter() - begun
    for _ in range(LEASES):
        begun = time.perf_counter()
        devices.given({"CUDA_VISIBLE_DEVICES": ""})
        yield JUDGED, time.perf_counter() - begun


def used(devices: Devices, which: list[Device]) -> int:
    """Bytes of these devices that are in use."""
    return sum(usage.used for usage in devices.usage(which).values())


def settled(devices: Devices, which: list[Device], before: int) -> int:
    """Likewise, once a process that has ended has given its memory back, or was given the time to."""
    deadline = time.monotonic() + AFTER
    while (now := used(devices, which)) > before + RETURNED and time.monotonic() < deadline:
        time.sleep(0.05)
    return now
