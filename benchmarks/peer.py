"""The other process of a transport: ``python -m benchmarks.peer`` with two descriptors, and what starts it.

It does what it is told until it is told to end, and holds one array of its own to send back.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from multiprocess import Pipe
from multiprocess.connection import Connection

from .kernels import ROOT
from .transports import TRANSPORTS, Road, receive_parcel

PAGE = 4096


def touch(array: np.ndarray) -> float:
    """Read one number of each page, so that all of them are there."""
    return float(array.reshape(-1)[:: PAGE // array.itemsize].sum())


class Peer:
    """A process to send arrays to and get them back from.

    Parameters
    ----------
    road : Road
        This process's ends.
    """

    def __init__(self, road: Road) -> None:
        self.road = road

    def make(self, count: int) -> None:
        """Have it make an array of ``count`` float32, which it sends from then on."""
        self._ask("make", count)
        self.wait()

    def take(self, transport: str) -> None:
        """Have it receive; it answers once it has the array, and once it has read it."""
        self._ask("take", transport)

    def give(self, transport: str) -> None:
        """Have it send its array."""
        self._ask("give", transport)

    def open(self) -> None:
        """Have it open a parcel; it answers when it has."""
        self._ask("open", "")

    def done(self) -> None:
        """Have it free what the last transport holds."""
        self._ask("done", "")
        self.wait()

    def wait(self) -> None:
        """Return with its next answer."""
        self.road.connection.recv()

    def _ask(self, what: str, about: str | int) -> None:
        self.road.connection.send((what, about))


@contextmanager
def started() -> Iterator[Peer]:
    """A peer, in an interpreter of its own; it ends with its connection."""
    mine, its = Pipe()
    here, there = socket.socketpair()
    with mine, here:
        with its, there:
            fds = (its.fileno(), there.fileno())
            command = [sys.executable, "-m", "benchmarks.peer", *map(str, fds)]
            process = subprocess.Popen(command, pass_fds=fds, cwd=ROOT)
        try:
            yield Peer(Road(mine, here))
        finally:
            mine.close()
            process.wait()


def serve(road: Road) -> None:
    """Do what is asked until the connection ends."""
    made, transport = np.zeros(0, "float32"), None
    while True:
        try:
            what, about = road.connection.recv()
        except EOFError:
            return
        if what == "make":
            made = np.arange(about, dtype="float32")
        elif what == "take":
            transport = TRANSPORTS[about]()
            array = transport.receive(road)
            road.connection.send("have")
            touch(array)
            del array
        elif what == "give":
            transport = TRANSPORTS[about]()
            transport.send(road, made)
            continue
        elif what == "open":
            receive_parcel(road)
        elif what == "done":
            transport.done()
        road.connection.send("done")


if __name__ == "__main__":
    connection, descriptors = map(int, sys.argv[1:])
    serve(Road(Connection(connection), socket.socket(fileno=descriptors)))
