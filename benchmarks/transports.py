"""Ways to bring an array into another process, each beside what isokernel does, behind one promise.

A transport sends from the process that has the array and receives in the one that wants it, either way. Small things
(names, facts) go over a connection that all share; what is compared is the road of the array itself.
"""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Protocol

import numpy as np
from multiprocess.connection import Connection
from multiprocess.reduction import ForkingPickler

from isokernel.payload import Parcel, pack, unpack


@dataclass(frozen=True, slots=True)
class Road:
    """What joins the two processes: a connection of ``multiprocess``, and a socket that carries descriptors."""

    connection: Connection
    socket: socket.socket


class Transport(Protocol):
    """One way. Both ends have their own; :meth:`done` is called at both when the array isn't needed any more."""

    def send(self, road: Road, array: np.ndarray) -> None:
        """Bring an array on its way; returns when this process's part is done."""

    def receive(self, road: Road) -> np.ndarray:
        """The array, writable, with no writer but this process."""

    def done(self) -> None:
        """Free what is held."""


class Pipe:
    """``multiprocess.Pipe``: pickled, written through the system's buffer, read, unpickled."""

    def send(self, road: Road, array: np.ndarray) -> None:
        road.connection.send_bytes(ForkingPickler.dumps(array))

    def receive(self, road: Road) -> np.ndarray:
        return pickle.loads(road.connection.recv_bytes())

    def done(self) -> None:
        pass


class Shared:
    """``multiprocessing.shared_memory`` by hand: one copy in, and a name. Who writes there writes for both."""

    _memory: SharedMemory | None = None
    _owner = False

    def send(self, road: Road, array: np.ndarray) -> None:
        self._memory, self._owner = SharedMemory(create=True, size=array.nbytes), True
        np.ndarray(array.shape, array.dtype, buffer=self._memory.buf)[...] = array
        road.connection.send((self._memory.name, array.shape, array.dtype.str))

    def receive(self, road: Road) -> np.ndarray:
        name, shape, dtype = road.connection.recv()
        self._memory, self._owner = SharedMemory(name), False
        # Before Python 3.13 whoever attaches is held for an owner too, and complains at its end.
        resource_tracker.unregister(self._memory._name, "shared_memory")
        return np.ndarray(shape, dtype, buffer=self._memory.buf)

    def done(self) -> None:
        if self._memory is not None:
            self._memory.close()
            if self._owner:
                self._memory.unlink()
            self._memory = None


class Joblib:
    """joblib's memmap: dumped to a file in shared memory, as its workers get large arrays, and mapped privately."""

    _path: str | None = None

    def send(self, road: Road, array: np.ndarray) -> None:
        import joblib

        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        descriptor, self._path = mkstemp(prefix="isokernel-benchmark-", dir=folder)
        os.close(descriptor)
        joblib.dump(array, self._path)
        road.connection.send(self._path)

    def receive(self, road: Road) -> np.ndarray:
        import joblib

        return joblib.load(road.connection.recv(), mmap_mode="c")

    def done(self) -> None:
        if self._path is not None:
            Path(self._path).unlink()
            self._path = None


class Parcels:
    """isokernel's payload: packed into sealed memory, one copy; its descriptor travels, and is mapped privately."""

    _held: tuple[Parcel, ...] = ()

    def send(self, road: Road, array: np.ndarray) -> None:
        self._held = pack({"array": array}, namespace={}).parcels
        send_parcel(road, self._held[0])

    def receive(self, road: Road) -> np.ndarray:
        return receive_parcel(road)["array"]

    def done(self) -> None:
        self._held = ()


def send_parcel(road: Road, parcel: Parcel) -> None:
    """Facts and small bytes over the connection, descriptors over the socket."""
    facts, data, fds = parcel.wire()
    road.connection.send((facts, bytes(data), len(fds)))
    if fds:
        socket.send_fds(road.socket, [b"p"], fds)


def receive_parcel(road: Road) -> dict[str, Any]:
    """Values of a parcel that was sent."""
    facts, data, count = road.connection.recv()
    fds = socket.recv_fds(road.socket, 1, count)[1] if count else []
    return unpack([Parcel.from_wire(facts, data, fds)], namespace={})


TRANSPORTS: dict[str, Callable[[], Transport]] = {
    "isokernel": Parcels,
    "multiprocess Pipe": Pipe,
    "shared_memory by hand": Shared,
    "joblib memmap": Joblib,
}
