"""Widgets of cells that run elsewhere: what a frontend says to them is handed on, for as long as their cell runs.

The kernel's comm manager holds a proxy for each comm that a worker opens. When the cell has ended, the proxies go, and
nothing is said to the frontend: a finished progress bar stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comm import get_comm_manager

from .protocol import CommMessage

CONTROL = "jupyter.widget.control"
"""The target by which a frontend that was reloaded asks for the state of all widgets."""

Forward = Callable[[CommMessage], None]


class Proxy:
    """Stands in the comm manager for a comm whose other end is in a worker; only what ipykernel asks of one."""

    def __init__(self, comm_id: str, target_name: str, forward: Forward) -> None:
        self.comm_id, self.target_name, self._forward = comm_id, target_name, forward
        self._closed = False  # set by the manager

    def handle_msg(self, message: dict[str, Any]) -> None:
        """A frontend's ``comm_msg``."""
        self._forward(_plain(message))

    handle_close = handle_msg

    def close(self, *_: Any, **__: Any) -> None:
        """Nothing: the worker's end says so itself."""


class Comms:
    """The comms of one worker.

    Parameters
    ----------
    forward : callable
        Takes a frontend's message to the worker; from any thread.
    """

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._manager = get_comm_manager()
        self._open: set[str] = set()

    def hear(self, msg_type: str, content: dict[str, Any]) -> None:
        """The worker has opened or closed a comm."""
        comm_id = content.get("comm_id", "")
        if msg_type == "comm_open":
            self._add(comm_id, content.get("target_name", ""))
            if content.get("target_name") == "jupyter.widget":
                self._offer_control()
        elif msg_type == "comm_close":
            self._drop(comm_id)

    def close(self) -> None:
        """The worker has ended."""
        for comm_id in list(self._open):
            self._drop(comm_id)
        if getattr(self._manager.targets.get(CONTROL), "__self__", None) is self:
            del self._manager.targets[CONTROL]

    def _add(self, comm_id: str, target: str) -> None:
        self._open.add(comm_id)
        self._manager.comms[comm_id] = Proxy(comm_id, target, self._forward)

    def _drop(self, comm_id: str) -> None:
        self._open.discard(comm_id)
        if isinstance(self._manager.comms.get(comm_id), Proxy):
            del self._manager.comms[comm_id]

    def _offer_control(self) -> None:
        held = self._manager.targets.get(CONTROL)
        if held is None or isinstance(getattr(held, "__self__", None), Comms):  # the notebook's own widgets' stays
            self._manager.targets[CONTROL] = self._opened

    def _opened(self, comm: Any, message: dict[str, Any]) -> None:
        # The manager has made a comm of its own for it, which is the worker's to answer on.
        self._add(comm.comm_id, CONTROL)
        self._forward(_plain(message))


def _plain(message: dict[str, Any]) -> CommMessage:
    header = {k: v if isinstance(v, (str, int, float, type(None))) else str(v) for k, v in message["header"].items()}
    return CommMessage(
        message["header"]["msg_type"],
        message["content"],
        message.get("metadata") or {},
        header,
        tuple(bytes(buffer) for buffer in message.get("buffers") or ()),
    )
