"""Which devices a process was given, from the variables that say so, and what ``--gpus`` asks of them.

``ISOKERNEL_GPUS=0,1`` names the machine's devices; without it NVML lists them, or the kernel driver those of AMD. Of
these, a process has what ``CUDA_VISIBLE_DEVICES`` leaves it (indices, UUIDs, MIG devices; SLURM sets it), or
``HIP_VISIBLE_DEVICES`` and ``ROCR_VISIBLE_DEVICES``.

The invariant: what a run is given is written in the words that the process itself was given, so it is always a part
of that, whatever they mean to the driver. In a machine of unlike devices, an index may mean another device to CUDA than
to NVML unless ``CUDA_DEVICE_ORDER=PCI_BUS_ID``; where no variable names devices, those are named by UUID.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import nvml

NAMED = "ISOKERNEL_GPUS"
CUDA, HIP, ROCR, ORDER = "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
TELLING = (NAMED, CUDA, HIP, ROCR, ORDER)
HIDDEN = {CUDA: "", HIP: "-1"}  # HIP takes an empty text for none
AMD = Path("/sys/class/kfd/kfd/topology/nodes")
BOOT = Path("/proc/sys/kernel/random/boot_id")  # the same in all containers of a host, and of no other host


@dataclass(frozen=True, slots=True)
class Device:
    """A device that the process may use.

    Attributes
    ----------
    token : str
        What it is called in ``CUDA_VISIBLE_DEVICES``.
    key : str
        What it is called by all processes of the host that may use it.
    names : tuple of str
        Other words for it: its index, its UUID.
    slice : bool
        It is a MIG device, of which a process can use one.
    """

    token: str
    key: str
    names: tuple[str, ...] = ()
    slice: bool = False

    @property
    def label(self) -> str:
        """As in ``GPU 0``."""
        number = next((name for name in (self.token, *self.names) if name.isdecimal()), "")
        return f"GPU {number or self.token[:12]}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``--gpus`` asks for: a number of devices, or these; a number of None is all."""

    count: int | None = 1
    names: tuple[str, ...] = ()


def parse_gpus(text: str) -> Wanted:
    """Read ``2``, ``0,3``, ``device=3``, ``all`` or ``none``.

    Raises
    ------
    ValueError
    """
    if text in ("all", "none"):
        return Wanted(None if text == "all" else 0)
    if text.isdecimal():
        if int(text) == 0:
            raise ValueError("0 is a number of GPUs here; write none, or device=0 for GPU 0")
        return Wanted(int(text))
    names = tuple(dict.fromkeys(text.removeprefix("device=").split(",")))
    if not all(re.fullmatch(r"[0-9]+|(GPU|MIG)-[0-9A-Za-z/-]+", name) for name in names):
        raise ValueError("write how many (2), which (0,3 or device=3), all or none")
    return Wanted(len(names), names)


class Devices:
    """Finds devices, once for each state of the variables."""

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, ...], tuple[Device, ...]] = {}

    def given(self, environ: Mapping[str, str]) -> tuple[Device, ...]:
        """What a process with these variables may use, in its order; empty where that is nothing."""
        told = tuple(environ.get(name) for name in TELLING)
        if told not in self._found:
            self._found[told] = _given(environ)
        return self._found[told]

    @staticmethod
    def means(environ: Mapping[str, str]) -> str:
        """By what means devices are found, and what leaves a process but some of them; '' where there is nothing."""
        if NAMED in environ:
            source = f"named by {NAMED}"
        elif nvml.boards() is not None:
            source = "found by NVML"
        elif nvml.seen():
            source = "NVML can't be asked"
        else:
            source = "found by AMD's driver" if AMD.is_dir() else ""
        left = [f"{name}={environ[name]}" for name in (CUDA, HIP, ROCR) if name in environ]
        return ", of which ".join([source or "no driver", *left]) if source or left else ""

    @staticmethod
    def usage(devices: Sequence[Device]) -> dict[str, nvml.Usage]:
        """What of them is in use now, by key, as far as that can be told."""
        return nvml.usage(tuple(d.key for d in devices if d.key.startswith(("GPU-", "MIG-"))))


def chosen(devices: Sequence[Device], names: Sequence[str]) -> tuple[Device, ...] | None:
    """The devices of these names; None if one of them isn't there."""
    found = [_one(devices, name) for name in names]
    return None if None in found else tuple(found)


def visible(devices: Sequence[Device]) -> dict[str, str]:
    """The variables with which a process sees these devices and no others."""
    tokens = ",".join(device.token for device in devices)
    return {CUDA: tokens, HIP: tokens} if devices else dict(HIDDEN)


def alike(boards: Sequence[nvml.Board]) -> bool:
    """Whether indices mean the same to NVML and to CUDA, which puts the fastest first."""
    return len({board.name for board in boards}) <= 1


def _given(environ: Mapping[str, str]) -> tuple[Device, ...]:
    boards = nvml.boards() or ()
    if NAMED in environ:
        listed = [name.strip() for name in environ[NAMED].split(",") if name.strip()]
        known = _of_boards(boards)
        devices = [_one(known, name) or Device(name, f"{_boot()}:{name}") for name in listed]
    elif boards:
        devices = _of_boards(boards)
    else:
        devices = _amd()
        if environ.get(ROCR) is not None:
            left = _left(devices, environ[ROCR])
            devices = [Device(str(i), d.key, (d.token, *d.names)) for i, d in enumerate(left)]
    variable = next((name for name in (CUDA, HIP) if name in environ), None)
    if variable is not None:
        return _left(devices, environ[variable])
    if boards and NAMED not in environ:
        order = environ.get(ORDER) == "PCI_BUS_ID" or alike(boards)
        found = []
        for board, device in zip(boards, devices, strict=True):
            if board.slices:
                found += (Device(uuid, uuid, slice=True) for uuid in board.slices)
            else:
                found.append(device if order else Device(board.uuid, board.uuid, (str(board.index),)))
        return tuple(found)
    return tuple(devices)


def _of_boards(boards: Sequence[nvml.Board]) -> list[Device]:
    # The index of a divided board means its first slice, as CUDA takes it.
    return [
        Device(str(b.index), b.slices[0] if b.slices else b.uuid, (b.uuid, *b.slices[:1]), bool(b.slices))
        for b in boards
    ]


def _left(devices: Sequence[Device], text: str) -> tuple[Device, ...]:
    """What a variable leaves of them; as CUDA does, nothing that stands behind a word it doesn't know."""
    left: dict[str, Device] = {}
    for token in (word.strip() for word in text.split(",")):
        device = _one(devices, token)
        if device is None and token.startswith("MIG-"):  # NVML lists them only to whoever may see the whole board
            device = Device(token, token, slice=True)
        if device is None:
            break
        left.setdefault(device.key, Device(token, device.key, (device.token, *device.names), device.slice))
    return tuple(left.values())


def _one(devices: Sequence[Device], name: str) -> Device | None:
    exact = [device for device in devices if name == device.token or name in device.names]
    if exact or not name.startswith(("GPU-", "MIG-")):
        return exact[0] if exact else None
    begun = [d for d in devices if any(other.startswith(name) for other in (d.token, *d.names))]
    return begun[0] if len(begun) == 1 else None


def _amd() -> list[Device]:
    found: list[Device] = []
    nodes = [node for node in AMD.iterdir() if node.name.isdecimal()] if AMD.is_dir() else []
    for node in sorted(nodes, key=lambda node: int(node.name)):
        try:
            rows = dict(line.split()[:2] for line in (node / "properties").read_text().splitlines())
        except (OSError, ValueError):  # not for us, as in a container that was given others
            continue
        if int(rows.get("simd_count", 0)):
            unique = int(rows.get("unique_id", 0))
            name = f"GPU-{unique:x}" if unique else ""
            key = f"amd-{unique:x}" if unique else f"{_boot()}:amd:{node.name}"
            found.append(Device(str(len(found)), key, (name,) if name else ()))
    return found


def _boot() -> str:
    try:
        return BOOT.read_text().strip()
    except OSError:
        return "host"
