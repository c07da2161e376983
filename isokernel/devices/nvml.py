"""What NVIDIA's driver knows of the devices, through NVML: it opens no CUDA context, and takes no device memory.

NVML holds the device files open while it is begun, and to begin it takes longer than to answer. So it stays begun for
the questions of cells that follow one another, and is ended when none has come for a while.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")  # without one of these, NVML has nobody to ask
KEPT = 20.0  # seconds after a question
UNTOLD = 1 << 30  # bytes in use beyond which somebody uses a device whose processes can't be seen (in containers)


@dataclass(frozen=True, slots=True)
class Board:
    """A device of the machine; `slices` are the MIG devices that it is divided into."""

    index: int
    uuid: str
    name: str
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What of a device is in use now, in bytes, and by which processes, as far as they show.

    `pids` are those that compute on it, `held` what each of them holds, 0 where that isn't told: the most that it ever
    held where the driver keeps accounts (``nvidia-smi -am 1``), else what it holds now.
    """

    free: int = 0
    used: int = 0
    pids: tuple[int, ...] = ()
    held: tuple[int, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether somebody computes on it."""
        return bool(self.pids) or self.used > UNTOLD


def seen() -> bool:
    """Whether this machine has a driver of NVIDIA's."""
    return any(Path(path).exists() for path in DRIVER)


def boards() -> tuple[Board, ...] | None:
    """All devices that this process may see, in NVML's order; None where NVML can't be asked."""
    with _begun() as nvml:
        if nvml is None:
            return None
        found = []
        for index in range(nvml.nvmlDeviceGetCount()):
            with suppress(nvml.NVMLError):  # one that has fallen off the bus is no device
                handle = nvml.nvmlDeviceGetHandleByIndex(index)
                slices = tuple(_slices(nvml, handle))
                found.append(
                    Board(index, _text(nvml.nvmlDeviceGetUUID(handle)), _text(nvml.nvmlDeviceGetName(handle)), slices)
                )
        return tuple(found)


def usage(uuids: tuple[str, ...]) -> dict[str, Usage]:
    """The present usage of those devices, as far as NVML tells."""
    found: dict[str, Usage] = {}
    if not uuids:
        return found
    with _begun() as nvml:
        for uuid in uuids if nvml is not None else ():
            with suppress(nvml.NVMLError):
                handle = nvml.nvmlDeviceGetHandleByUUID(uuid)
                memory, processes = nvml.nvmlDeviceGetMemoryInfo(handle), []
                with suppress(nvml.NVMLError):  # some containers don't tell; WSL doesn't
                    processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
                pids = tuple(process.pid for process in processes)
                held = tuple(_held(nvml, handle, process) for process in processes)
                found[uuid] = Usage(memory.free, memory.used, pids, held)
    return found


def _held(nvml: Any, handle: Any, process: Any) -> int:
    with suppress(nvml.NVMLError):
        return max(process.usedGpuMemory or 0, nvml.nvmlDeviceGetAccountingStats(handle, process.pid).maxMemoryUsage)
    return process.usedGpuMemory or 0


class _Library:
    """NVML as this process has it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.nvml: Any = None  # while it is begun
        self._asked = 0.0

    def begin(self) -> Any:
        self._asked = time.monotonic()
        nvml = _module() if self.nvml is None else None
        if nvml is not None:
            try:
                nvml.nvmlInit()
            except nvml.NVMLError:  # no driver, or another version's library
                return None
            self.nvml = nvml
            self._later(KEPT)
        return self.nvml

    def end(self) -> None:
        """End it where no question has come for a while."""
        with self.lock:
            rest = self._asked + KEPT - time.monotonic()
            if self.nvml is not None and rest > 0:
                self._later(rest)
            elif self.nvml is not None:
                self.nvml.nvmlShutdown()
                self.nvml = None

    def _later(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self.end)
        timer.name, timer.daemon = "isokernel-nvml", True
        timer.start()


_library = _Library()


@contextmanager
def _begun() -> Iterator[Any]:
    with _library.lock:
        yield _library.begin()


def _module() -> Any:
    if "pynvml" not in sys.modules and not seen():
        return None
    try:
        import pynvml
    except ImportError:  # the extra isn't installed; `doctor` says so
        return None
    return pynvml


def _slices(nvml: Any, handle: Any) -> Iterator[str]:
    try:
        if nvml.nvmlDeviceGetMigMode(handle)[0] != nvml.NVML_DEVICE_MIG_ENABLE:
            return
        for number in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            with suppress(nvml.NVMLError_NotFound):
                yield _text(nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)))
    except nvml.NVMLError_NotSupported:
        return


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
