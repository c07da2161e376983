"""What the notebook says to a cell that runs: answers to its questions, and its widgets' messages.

A thread reads the channel. Widgets are served on it, beside the cell, as ipykernel does on a subshell: a "stop" button
works while ``fit`` holds the main thread.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from IPython.core.error import StdinNotImplementedError

from ..channel import Channel
from ..interrupts import GLANCE
from ..payload import Parcel
from ..protocol import (
    CommMessage,
    Enough,
    Heard,
    InputReply,
    InputRequest,
    Message,
    NamesReply,
    NamesRequest,
    decode,
)
from .shell import WorkerKernel
from .streams import Outbox

_HERE = "What answers a widget can't ask for input: the answer would come the same way, behind it."
_ENDED = "The cell has ended; there is nobody left to ask for input."


class Listener:
    """Listens for one worker, from :meth:`begin` on; its thread is there before.

    Parameters
    ----------
    channel : Channel
    outbox : Outbox
    kernel : WorkerKernel
        Its comms get messages; its questions are asked here.
    gone : callable
        Called, on the listener's thread, when the host is gone.
    """

    def __init__(self, channel: Channel, outbox: Outbox, kernel: WorkerKernel, gone: Callable[[], None]) -> None:
        self._channel, self._outbox, self._kernel, self._gone = channel, outbox, kernel, gone
        self._replies: SimpleQueue[InputReply] = SimpleQueue()
        self._numbers = itertools.count(1)
        self._names: dict[int, SimpleQueue[NamesReply]] = {}  # by the requests that wait for them
        self._later: deque[Message] = deque()  # came while this thread waited for names itself
        self._asking = threading.Lock()
        self._asked = 0
        self.ended = False  # nobody waits for questions any more
        self._enough = threading.Event()
        self._begun = threading.Lock()
        self._begun.acquire()
        kernel.ask = self.ask
        self._thread = threading.Thread(target=self._serve, name="isokernel-host", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Listen: the cell has been told, and what comes now is for it."""
        self._begun.release()

    def ask(self, prompt: str, password: bool) -> str:
        """Ask whoever runs the cell, and wait; threads of the cell take turns.

        Raises
        ------
        EOFError
            As Python's input() does, for the answer Ctrl-D.
        StdinNotImplementedError
            The cell has ended; or this is a widget's handler.
        """
        if self.ended:
            raise StdinNotImplementedError(_ENDED)
        if threading.current_thread() is self._thread:
            raise StdinNotImplementedError(_HERE)
        with self._asking:
            self._asked += 1
            self._outbox.put(InputRequest(self._asked, prompt, password))
            while (reply := self._reply()) is None or reply.number != self._asked:
                pass  # none yet, or one to a question that was interrupted
        if reply.value == "\x04":
            raise EOFError
        return reply.value

    def names(self, names: list[str], more: bool) -> NamesReply:
        """Ask the notebook for names, and wait; see :class:`~isokernel.protocol.NamesRequest`. Any thread's.

        An interrupt ends the wait; what comes then is dropped.
        """
        number, replies = next(self._numbers), SimpleQueue()
        self._names[number] = replies
        try:
            self._outbox.put(NamesRequest(number, names, more))
            while replies.empty():
                if threading.current_thread() is self._thread:  # a widget's handler: the answer comes to this thread
                    self._receive(self._later.append)
                else:
                    with suppress(Empty):
                        return replies.get(timeout=GLANCE)
            return replies.get()
        finally:
            del self._names[number]

    def _reply(self) -> InputReply | None:
        try:
            return self._replies.get(timeout=GLANCE)
        except Empty:
            return None

    def linger(self, seconds: float) -> None:
        """Serve widgets until it is enough."""
        self._enough.wait(seconds)

    def _serve(self) -> None:
        self._begun.acquire()
        while True:
            if self._later:
                self._heed(self._later.popleft())
            else:
                self._receive(self._heed)

    def _receive(self, heed: Callable[[Message], None]) -> None:
        frame = self._channel.receive()
        if frame is None:
            self._gone()
        message = decode(frame)
        if not isinstance(message, NamesReply):
            heed(message)
        elif message.number in self._names:
            self._names[message.number].put(message)
        else:  # whoever asked was interrupted
            for shipment in message.shipments:
                Parcel.from_wire(shipment.facts, shipment.data, shipment.fds)

    def _heed(self, message: Message) -> None:
        if isinstance(message, InputReply):
            self._replies.put(message)
        elif isinstance(message, CommMessage):
            self._serve_comm(message)
        elif isinstance(message, Enough):
            self._enough.set()

    def _serve_comm(self, message: CommMessage) -> None:
        kernel = self._kernel
        said: dict[str, Any] = {
            "header": message.header,
            "msg_id": message.header.get("msg_id", ""),
            "msg_type": message.msg_type,
            "parent_header": {},
            "metadata": message.metadata,
            "content": message.content,
            "buffers": list(message.buffers),
        }
        # For this thread alone: what the cell displays meanwhile is still the cell's.
        kernel._shell_parent_ident.set([])
        kernel._shell_parent.set(said)
        kernel.shell.set_thread_parent(said)
        try:
            getattr(kernel.comm_manager, message.msg_type)(None, None, said)  # it logs what goes wrong
        except SystemExit:  # exit() in a handler ends the handler
            pass
        finally:
            self._outbox.put(Heard())
