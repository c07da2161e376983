"""A worker's messages into the notebook, under the header of the cell that started it."""

from __future__ import annotations

import getpass
import html
import os
import re
import sys
import threading
import uuid
from concurrent.futures import Future
from contextlib import closing
from typing import Any

import zmq
from IPython.core.interactiveshell import InteractiveShell

from .comms import Comms, Forward
from .protocol import COMM_MESSAGES, Publish

OURS = "isokernel"
"""In the metadata of a display that is a line of ours, so that whoever compares outputs can tell it from the cell's."""


_asking = threading.Lock()  # cells of several shells may ask; they share a socket, and whoever answers


class KernelFrontend:
    """Publishes on the kernel's IOPub socket; usable from any thread and after the cell has ended.

    Parameters
    ----------
    shell : InteractiveShell
        A kernel's. The header of the request that is being handled is captured now.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        kernel = self._kernel = shell.kernel
        self._parent = kernel.get_parent("shell")
        self._ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
        self._comms: Comms | None = None
        self.allow_stdin: bool = kernel._allow_stdin

    @property
    def header(self) -> dict[str, Any]:
        """The request's header, JSON-able."""
        header = dict(self._parent.get("header", {}))
        return {k: v if isinstance(v, (str, int, float, type(None))) else str(v) for k, v in header.items()}

    @property
    def metadata(self) -> dict[str, Any]:
        """The cell's metadata, as the client sent it."""
        return dict(self._parent.get("metadata", {}))

    def connect(self, forward: Forward, cell: str) -> None:
        """The worker of a cell is about to publish here; what the frontend says to its widgets is to be forwarded."""
        self._comms = Comms(forward, cell)

    def disconnect(self) -> None:
        """The worker has ended."""
        if self._comms is not None:
            self._comms.close()

    def ask(self, prompt: str, password: bool, over: Future) -> str | None:
        """Ask whoever sits at the frontend, and block; None if `over` was done first.

        Raises
        ------
        KeyboardInterrupt
        """
        kernel, stdin = self._kernel, self._kernel.stdin_socket
        with _asking:
            if over.done():  # while somebody else was asked
                return None
            while stdin.poll(0):
                stdin.recv_multipart()  # an answer to what nobody asks any more
            content = {"prompt": prompt, "password": password}
            kernel.session.send(stdin, "input_request", content, parent=self._parent, ident=self._ident)
            with closing(_Wakeup(over)) as wakeup:
                poller = zmq.Poller()
                poller.register(stdin, zmq.POLLIN)
                poller.register(wakeup.fd, zmq.POLLIN)
                while not over.done():
                    if dict(poller.poll()).get(stdin):
                        answer = self._answer()
                        if answer is not None:
                            return answer
        return None

    def _answer(self) -> str | None:
        """What has arrived on the stdin channel; None if that is no answer."""
        try:
            _, reply = self._kernel.session.recv(self._kernel.stdin_socket)
            return None if reply is None else str(reply["content"].get("value", ""))
        except (ValueError, TypeError, AttributeError):  # not signed, not whole, not a dict
            self._kernel.log.warning("isokernel ignores what is no answer on the stdin channel", exc_info=True)
            return None

    def publish(self, message: Publish) -> None:
        """Send one message on."""
        kernel = self._kernel
        if self._comms is not None and message.msg_type in COMM_MESSAGES:
            self._comms.hear(message.msg_type, message.content, message.buffers)
        name = message.content.get("name") if message.msg_type == "stream" else None
        topic = f"stream.{name}".encode() if name else kernel._topic(message.msg_type)
        kernel.session.send(
            kernel.iopub_socket,
            message.msg_type,
            message.content,
            parent=message.parent or self._parent,
            ident=topic,
            buffers=[bytes(b) for b in message.buffers] or None,
            metadata=message.metadata,
        )


class CaptureFrontend:
    """For code that has put itself between the cell and the frontend (``%%capture``, a redirected ``sys.stdout``).

    What would be displayed goes through the shell's own publisher, text to what ``sys.stdout`` is now.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._streams = {"stdout": sys.stdout, "stderr": sys.stderr}
        self._display = shell.display_pub
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self._real: KernelFrontend | None = None
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            real = self._real = KernelFrontend(shell)
            self.header, self.metadata = real.header, real.metadata
        self.allow_stdin: bool = kernel is None or kernel._allow_stdin

    def connect(self, forward: Forward, cell: str) -> None:
        """Widgets are not for whatever captures the output."""

    def disconnect(self) -> None:
        """As above."""

    def ask(self, prompt: str, password: bool, over: Future) -> str | None:
        """Ask as the code around would."""
        return getpass.getpass(prompt) if password else input(prompt)

    def publish(self, message: Publish) -> None:
        """Hand one message on, as far as it can be told without a frontend."""
        content = message.content
        if message.msg_type == "stream":
            self._streams[content["name"]].write(content["text"])
        elif message.msg_type in ("display_data", "execute_result", "update_display_data"):
            update = message.msg_type == "update_display_data"
            self._display.publish(
                content["data"], content["metadata"], transient=content.get("transient"), update=update
            )
        elif message.msg_type == "error" and self._real is not None:
            self._real.publish(message)  # as ipykernel's, which nothing captures
        elif message.msg_type == "clear_output":
            self._display.clear_output(wait=content.get("wait", False))


class _Wakeup:
    """A descriptor that can be read when a future is done."""

    def __init__(self, over: Future) -> None:
        self.fd, self._write = os.pipe()
        self._lock = threading.Lock()
        over.add_done_callback(self._wake)

    def _wake(self, _: Future) -> None:
        with self._lock:
            if self._write >= 0:
                os.write(self._write, b"x")

    def close(self) -> None:
        with self._lock:
            os.close(self.fd)
            os.close(self._write)
            self._write = -1


def frontend(shell: InteractiveShell) -> KernelFrontend | CaptureFrontend:
    """Where output of a cell that starts now belongs."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None or not hasattr(sys.stdout, "pub_thread"):
        return CaptureFrontend(shell)
    return KernelFrontend(shell)


def show_line(shell: InteractiveShell, where: KernelFrontend | CaptureFrontend, text: str) -> None:
    """One quiet line of ours below the cell, past what captures its output: code, or a sentence with `code` in it."""
    Line(shell, where).show(text)


class Line:
    """A line as of :func:`show_line` that may change, and go; usable from any thread.

    Parameters
    ----------
    shell : InteractiveShell
    where : KernelFrontend or CaptureFrontend
        Where the cell's output belongs.
    """

    def __init__(self, shell: InteractiveShell, where: KernelFrontend | CaptureFrontend) -> None:
        self._where = KernelFrontend(shell) if getattr(shell, "kernel", None) is not None else where
        self._id, self._shown, self._lock = uuid.uuid4().hex, False, threading.Lock()
        self._gone = False

    def show(self, text: str, *, changing: bool = False) -> None:
        """Show the line, or, where it is `changing`, put this text into its place from the second time on."""
        escaped = html.escape(text)
        written = f"<code>{escaped}</code>" if text[:1] == "#" else re.sub(r"`(.+?)`", r"<code>\1</code>", escaped)
        page = f'<small style="opacity: 0.6">{written}</small>'
        with self._lock:
            if not self._gone:
                self._put({"text/plain": text, "text/html": page}, changing)

    def remove(self) -> None:
        """Take it away: nothing of it is left but an empty display, which nobody sees."""
        with self._lock:
            self._gone = True
            if self._shown and isinstance(self._where, KernelFrontend):
                self._put({"text/plain": "", "text/html": ""}, True)

    def _put(self, data: dict[str, str], changing: bool) -> None:
        kind = "update_display_data" if self._shown else "display_data"
        transient = {"display_id": self._id} if changing else {}
        self._where.publish(Publish(kind, {"data": data, "metadata": {OURS: True}, "transient": transient}, {}))
        self._shown = True


def say(where: KernelFrontend | CaptureFrontend, text: str) -> None:
    """One line of ours, on the cell's standard error."""
    where.publish(Publish("stream", {"name": "stderr", "text": f"isokernel: {text}\n"}, {}))
