"""Widgets of cells that run elsewhere: what a frontend says to them is handed on, for as long as their cell runs.

The kernel's comm manager holds a proxy for each comm that a worker opens. When the cell has ended nothing is said to
the frontend: a finished progress bar stays as it is, also where its page is loaded again. For that a widget's proxy
knows how it looks, and stays until its cell is run again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from comm import get_comm_manager

from .protocol import CommMessage

WIDGET = "jupyter.widget"
CONTROL = "jupyter.widget.control"
"""The target by which a page that was loaded again asks for the state of all widgets."""

Forward = Callable[[CommMessage], Future[None]]
"""Hands a frontend's message to a worker; done when that has dealt with it, or is gone."""


class Look:
    """How a widget looks, as it went by: its state, and the binary parts of it by their paths; from any thread."""

    def __init__(self) -> None:
        self._state: dict[str, Any] = {}
        self._buffers: dict[tuple, bytes] = {}
        self._lock = threading.Lock()

    def take(self, data: Any, buffers: Any) -> None:
        """What one side told the other; anything but a change of state changes nothing."""
        state = data.get("state") if isinstance(data, dict) else None
        if not isinstance(state, dict):
            return
        parts = dict(zip(map(tuple, data.get("buffer_paths") or ()), map(bytes, buffers or ())))
        changed = state.keys() | {path[0] for path in parts}
        with self._lock:
            self._state = {k: v for k, v in self._state.items() if k not in changed} | state
            self._buffers = {k: v for k, v in self._buffers.items() if k[0] not in changed} | parts

    def tell(self) -> tuple[dict[str, Any], dict[tuple, bytes]]:
        """As a page that is loaded again is told: the model with its state, and the binary parts."""
        with self._lock:
            model = {key: self._state.get(f"_{key}") for key in ("model_name", "model_module", "model_module_version")}
            return {**model, "state": self._state}, self._buffers


class Proxy:
    """Stands in the comm manager for a comm whose other end is in a worker; only what ipykernel asks of one.

    Attributes
    ----------
    cell : str
        The cell that opened it.
    forward : Forward or None
        None once its worker has ended.
    look : Look or None
        None where it is no widget's.
    """

    def __init__(self, comm_id: str, target_name: str, cell: str, forward: Forward) -> None:
        self.comm_id, self.target_name, self.cell = comm_id, target_name, cell
        self.forward: Forward | None = forward
        self.look = Look() if target_name == WIDGET else None
        self._closed = False  # set by the manager

    def handle_msg(self, message: dict[str, Any]) -> None:
        """A frontend's ``comm_msg``.

        As with a widget of the notebook's own, it is over when the widget has dealt with it: then the frontend is told
        'idle', and takes what comes later for nobody's, whatever an ``Output`` was to catch.
        """
        heard = self.forward(_plain(message)) if self.forward is not None else None
        if self.look is not None:
            self.look.take(message["content"].get("data"), message.get("buffers"))
        if heard is not None:
            heard.result()

    handle_close = handle_msg

    def close(self, *_: Any, **__: Any) -> None:
        """Nothing: the worker's end says so itself."""


class Control:
    """Answers whoever asks for all widgets: the notebook's own, if it has any, and those of isolated cells.

    Parameters
    ----------
    own : callable or None
        What the notebook's ipywidgets has registered for it.
    """

    def __init__(self, own: Callable[..., None] | None) -> None:
        self._own = own

    def __call__(self, comm: Any, message: dict[str, Any]) -> None:
        """A frontend has opened the comm by which it asks."""
        send = comm.send

        def complete(data: dict[str, Any], metadata: Any = None, buffers: Any = None) -> None:
            states, paths, parts = dict(data["states"]), list(data["buffer_paths"]), list(buffers or ())
            for proxy in _proxies():
                if proxy.look is not None:
                    states[proxy.comm_id], held = proxy.look.tell()
                    paths += [[proxy.comm_id, "state", *path] for path in held]
                    parts += held.values()
            send({**data, "states": states, "buffer_paths": paths}, metadata, parts)

        if self._own is None:
            comm.on_msg(lambda _: complete({"method": "update_states", "states": {}, "buffer_paths": []}))
        else:
            comm.send = complete
            self._own(comm, message)


class Comms:
    """The comms of one worker. What was left of those of the same cell, run before, goes.

    Parameters
    ----------
    forward : Forward
        Called from any thread but that of the worker's relay.
    cell : str
        The cell that the worker runs.
    """

    def __init__(self, forward: Forward, cell: str) -> None:
        self._forward, self._cell = forward, cell
        self._manager = get_comm_manager()
        self._open: dict[str, Proxy] = {}
        for proxy in _proxies():
            if proxy.cell == cell and proxy.forward is None:
                self._drop(proxy.comm_id)

    def hear(self, msg_type: str, content: dict[str, Any], buffers: Any = ()) -> None:
        """What the worker says of a comm."""
        comm_id = content.get("comm_id", "")
        if msg_type == "comm_open":
            target = content.get("target_name", "")
            self._open[comm_id] = self._manager.comms[comm_id] = Proxy(comm_id, target, self._cell, self._forward)
            if target == WIDGET and not isinstance(held := self._manager.targets.get(CONTROL), Control):
                self._manager.targets[CONTROL] = Control(held)
        elif msg_type == "comm_close":
            self._drop(comm_id)
        proxy = self._open.get(comm_id)
        if proxy is not None and proxy.look is not None:
            proxy.look.take(content.get("data"), buffers)

    def close(self) -> None:
        """The worker has ended."""
        for proxy in list(self._open.values()):
            proxy.forward = None
            if proxy.look is None:
                self._drop(proxy.comm_id)
        self._open.clear()

    def _drop(self, comm_id: str) -> None:
        self._open.pop(comm_id, None)
        if isinstance(self._manager.comms.get(comm_id), Proxy):
            del self._manager.comms[comm_id]


def _proxies() -> list[Proxy]:
    return [found for found in list(get_comm_manager().comms.values()) if isinstance(found, Proxy)]


def _plain(message: dict[str, Any]) -> CommMessage:
    header = {k: v if isinstance(v, (str, int, float, type(None))) else str(v) for k, v in message["header"].items()}
    return CommMessage(
        message["header"]["msg_type"],
        message["content"],
        message.get("metadata") or {},
        header,
        tuple(bytes(buffer) for buffer in message.get("buffers") or ()),
    )
