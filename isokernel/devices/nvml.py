"""What NVIDIA's driver knows of the devices, through NVML: it opens no CUDA context, and takes no device memory.

NVML is begun and ended with each question, because meanwhile it holds the device files open.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")  # without one of these, NVML has nobody to ask
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
    """What of a device is in use now, in bytes, and the pids of processes that compute on it, as far as they show."""

    free: int = 0
    used: int = 0
    pids: tuple[int, ...] = ()

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
                memory, pids = nvml.nvmlDeviceGetMemoryInfo(handle), ()
                with suppress(nvml.NVMLError):  # some containers don't tell; WSL doesn't
                    pids = tuple(process.pid for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle))
                found[uuid] = Usage(memory.free, memory.used, pids)
    return found


@contextmanager
def _begun() -> Iterator[Any]:
    nvml = _module()
    if nvml is not None:
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:  # no driver, or another version's library
            nvml = None
    try:
        yield nvml
    finally:
        if nvml is not None:
            nvml.nvmlShutdown()


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
