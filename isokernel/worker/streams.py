"""Everything a worker says leaves through one queue and one thread.

User code may be interrupted between any two instructions, and an interrupted write would leave half a frame on the
channel. So whoever speaks puts a whole message into a queue that can't be left half-changed (``SimpleQueue``, in C),
and a thread of its own, in which no signal handler ever runs, writes.
"""

from __future__ import annotations

import io
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, Token
from queue import Empty, SimpleQueue
from typing import Any

from ipykernel.iostream import OutStream
from jupyter_client.session import extract_header

from ..channel import Channel
from ..protocol import Frame, Message, Publish, encode

GATHER = 0.004  # seconds that text waits for more of it, so that a loop of prints isn't a message a line
LIMIT = 8 << 20  # bytes on their way before a speaker has to wait: a print without end must not fill the memory

_NOTHING, _END = object(), object()

_CELL: dict[str, Any] = {}  # in the place of a header
Text = tuple[str, str, dict[str, Any]]  # stream, text, header of the request that it belongs to


class Outbox:
    """Sends messages and text in the order in which they were put, from a thread of its own.

    Parameters
    ----------
    channel : Channel
    gone : callable
        Called, on that thread, when the host doesn't take messages any more.
    """

    def __init__(self, channel: Channel, gone: Callable[[], None]) -> None:
        self._channel, self._gone = channel, gone
        self._queue: SimpleQueue = SimpleQueue()
        self._pid = os.getpid()
        self._held: Frame | None = None  # until it is known whether anything follows
        self._waiting = 0  # bytes that were put, and are not sent
        self._room = threading.Event()
        self._room.set()
        self._lock = threading.RLock()  # reentrant: a signal handler of the cell may print while the cell prints
        self._thread = threading.Thread(target=self._serve, name="isokernel-outbox", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Queue a message. Its descriptors must live until :meth:`close`."""
        if os.getpid() != self._pid:
            return  # a fork made by the cell has no thread to send it; what it displays is lost in ipykernel too
        frame = encode(message)
        self._put(frame, _size(frame))

    def send(self, message: Message) -> None:
        """Send a message, behind all that was put before, on the calling thread; returns when it is sent.

        Where the outbox' thread would first have to be woken: no interrupt may come, so not for code of the user.
        """
        if os.getpid() != self._pid:
            return
        self.flush()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._channel.send(encode(message))
        except OSError:
            self._gone()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def write(self, name: str, text: str, parent: dict[str, Any] = _CELL) -> None:
        """Queue text of the stream ``name``: 'stdout' or 'stderr', under this header; the cell's, if it is empty."""
        if os.getpid() != self._pid:
            os.write(1 if name == "stdout" else 2, text.encode("utf-8", "backslashreplace"))
            return
        self._put((name, text, parent), len(text))

    def hold(self, message: Message) -> None:
        """Queue a message right before whatever is put next, unless it is withdrawn until then."""
        self._let_go()
        if os.getpid() == self._pid:
            self._held = encode(message)

    def withdraw(self) -> bool:
        """Forget the message that is held; False if there is none."""
        held, self._held = self._held, None
        return held is not None

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._queue_up(held, _size(held))

    def flush(self) -> None:
        """Return when all that was put before is sent: a process that dies now has said it."""
        if os.getpid() != self._pid or threading.current_thread() is self._thread:
            return
        self._let_go()
        if self._waiting:
            sent = threading.Event()
            self._queue.put(sent)
            sent.wait()

    def close(self) -> None:
        """Send what is queued and end the thread; nothing can be put afterwards."""
        self._queue.put(_END)
        self._thread.join()

    def _put(self, item: Frame | Text, size: int) -> None:
        self._let_go()
        self._queue_up(item, size)

    def _queue_up(self, item: Frame | Text, size: int) -> None:
        self._room.wait()
        with self._lock:
            self._waiting += size
            if self._waiting > LIMIT:
                self._room.clear()
        self._queue.put(item)

    def _send(self, frame: Frame, size: int) -> None:
        self._channel.send(frame)
        with self._lock:
            self._waiting -= size
            if self._waiting <= LIMIT:
                self._room.set()

    def _serve(self) -> None:
        try:
            item = self._queue.get()
            while item is not _END:
                if isinstance(item, Frame):
                    self._send(item, _size(item))
                    item = self._queue.get()
                elif isinstance(item, threading.Event):
                    item.set()
                    item = self._queue.get()
                else:
                    item = self._gather(*item)
        except OSError:
            self._gone()
        except BaseException:  # noqa: BLE001 (a cell that has put something else in the place of what is used here)
            last_words(traceback.format_exc())
            self._gone()

    def _gather(self, name: str, text: str, parent: dict[str, Any]) -> object:
        # The next item of another kind ends the wait, so order is kept and an outcome is never held up.
        parts, following, deadline = [text], _NOTHING, time.monotonic() + GATHER
        while following is _NOTHING and (left := deadline - time.monotonic()) > 0:
            try:
                item = self._queue.get(timeout=left)
            except Empty:
                break
            if isinstance(item, tuple) and (item[0], item[2]) == (name, parent):
                parts.append(item[1])
            else:
                following = item
        text = "".join(parts)
        self._send(encode(Publish("stream", {"name": name, "text": text}, {}, (), parent)), len(text))
        return self._queue.get() if following is _NOTHING else following


def last_words(text: str) -> None:
    """Write to descriptor 2, if it is still there: whoever has lost the channel may have lost that, too."""
    with suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))


def _size(frame: Frame) -> int:
    return len(frame.header) + sum(memoryview(b).nbytes for b in frame.buffers)


class Stream(OutStream):
    """A cell's ``sys.stdout`` or ``sys.stderr``.

    An ``OutStream`` of ipykernel's to whoever asks, with nothing of its threads and sockets: text only, not a terminal,
    and ``fileno()`` is where subprocesses may write.
    """

    closed = io.TextIOBase.closed

    def __init__(self, name: str, fd: int) -> None:
        io.TextIOBase.__init__(self)
        self.name, self._fd = name, fd
        self._parent_header: ContextVar[dict[str, Any]] = ContextVar("parent", default=_CELL)
        self.topic = b"stream." + name.encode()
        self.outbox: Outbox | None = None  # set in the worker: the object itself is made before the fork

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            if not text.isascii():
                # A lone surrogate, half of an emoji, can't be encoded for the frontend, and is shown as its escape.
                text = text.encode("utf-8", "backslashreplace").decode("utf-8")
            if self.outbox is None:
                os.write(self._fd, text.encode("utf-8", "backslashreplace"))
            else:
                self.outbox.write(self.name, text, self._parent_header.get())
        return len(text)

    def close(self) -> None:
        io.TextIOBase.close(self)

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Nothing: what is written under no header is the cell's."""

    def set_thread_parent(self, parent: dict[str, Any]) -> Token:
        """On this thread all is written under a request's header from now on, as IPython says while a widget is heard.

        A widget that catches what is written meanwhile (``Output``, ``interact``) knows it by that.
        """
        return self._parent_header.set(extract_header(parent))

    def reset_thread_parent(self, token: Token) -> None:
        """As it was before."""
        self._parent_header.reset(token)

    def writelines(self, lines) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """As in ipykernel: what was written is out when this returns."""
        if self.outbox is not None:
            self.outbox.flush()


def standard(fd: int, mode: str) -> io.TextIOWrapper:
    """A text file on a standard descriptor, as Python makes it for itself; but what is written is out at once."""
    raw = io.FileIO(fd, mode, closefd=False)
    raw.name = f"<{('stdin', 'stdout', 'stderr')[fd]}>"
    errors = "backslashreplace" if fd == 2 else "surrogateescape"
    found = io.TextIOWrapper(
        io.BufferedReader(raw) if mode == "r" else raw, "utf-8", errors, line_buffering=False, write_through=True
    )
    found.mode = mode
    return found
