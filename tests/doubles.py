"""A launcher whose workers are threads of this process: the same promise, without a process to wait for."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import threading
import traceback
from types import MappingProxyType
from typing import Any, ClassVar

from isokernel import channel, payload
from isokernel.protocol import Failure, Finished, Hello, Outcome, Publish, Shipment, decode, encode


class ThreadProcess:
    """Stands for a process: a thread, with a pipe that becomes readable when it has ended."""

    cold, mark, environment = False, "", None
    seen: ClassVar[dict[int, float]] = {}

    def __init__(self) -> None:
        self.socket, self._theirs = channel.pair()
        self.pid = os.getpid()
        self.ended, self._ended = os.pipe()
        self.stdout, self._stdout = os.pipe()
        self.stderr, self._stderr = os.pipe()
        for fd in (self.stdout, self.stderr):
            os.set_blocking(fd, False)
        self._code, self.interrupted = 0, False
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def exitcode(self) -> int:
        self._thread.join()
        return self._code

    def signal(self, number: int, *, group: bool = False) -> bool:
        if not self._thread.is_alive():
            return False
        self._code, self.interrupted = -number, self.interrupted or number == signal.SIGINT
        if number == signal.SIGKILL:
            with contextlib.suppress(OSError):
                self._theirs.shutdown(socket.SHUT_RDWR)
        return True

    def sweep(self) -> None:
        pass  # a thread leads no group

    def close(self) -> None:
        self.socket.close()
        for fd in (self.ended, self.stdout, self.stderr):
            os.close(fd)

    def _live(self) -> None:
        talk = channel.Channel(self._theirs)
        with contextlib.suppress(OSError):
            talk.send(encode(Hello(self.pid, {"modules": {}, "skipped": {}, "reads": []})))
            frame = talk.receive()
            if frame is not None:
                self._run(talk, decode(frame))
                self._code = 0
        talk.close()
        for fd in (self._stdout, self._stderr, self._ended):
            os.close(fd)

    def _run(self, talk: channel.Channel, start: Any) -> None:
        values = [shipment for shipment, role in zip(start.shipments, start.roles) if role == "value"]
        for shipment in start.shipments:
            if shipment not in values:
                for fd in shipment.fds:
                    os.close(fd)
        parcels = [payload.Parcel.from_wire(s.facts, bytes(s.data), s.fds) for s in values]
        space = payload.unpack(parcels, namespace={})
        out, failure = io.StringIO(), None
        with contextlib.redirect_stdout(out):
            try:
                exec(start.source, space)
                if self.interrupted:
                    raise KeyboardInterrupt
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (any: it is the cell's)
                failure = Failure(type(error).__name__, str(error), traceback.format_exc().splitlines())
        if out.getvalue():
            talk.send(encode(Publish("stream", {"name": "stdout", "text": out.getvalue()}, {})))
        packing = payload.pack({n: space[n] for n in start.outputs if n in space}, namespace=space)
        talk.send(
            encode(
                Outcome(
                    status="ok" if failure is None else "interrupted" if self.interrupted else "error",
                    roles=["value"] * len(packing.parcels),
                    payload=[],
                    missing=[n for n in start.outputs if n not in space],
                    failure=failure,
                    shipments=tuple(Shipment(*p.wire()) for p in packing.parcels),
                )
            )
        )
        talk.send(encode(Finished()))


class ThreadLauncher:
    """Starts threads; may stand for a template, too, of which there is then no process."""

    pid, environment, learned, beside = None, MappingProxyType({}), MappingProxyType({}), MappingProxyType({})

    def hold(self, held: bool) -> None:
        """It imports nothing."""

    def start(self, environment: Any = None) -> ThreadProcess:
        return ThreadProcess()

    def spare(self, pids: Any) -> None:
        """As below."""

    def clear(self, process: ThreadProcess) -> None:
        """A thread starts no processes."""

    def clear_all(self) -> None:
        """As above."""

    def stop(self) -> None:
        """Nothing is kept."""

    close = stop
