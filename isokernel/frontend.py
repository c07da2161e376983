"""A worker's messages into the notebook, under the header of the cell that started it."""

from __future__ import annotations

import html
import sys
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from .protocol import Publish


class KernelFrontend:
    """Publishes on the kernel's IOPub socket; usable from any thread and after the cell has ended.

    Parameters
    ----------
    shell : InteractiveShell
        A kernel's. The header of the request that is being handled is captured now.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._kernel = shell.kernel
        self._parent = shell.kernel.get_parent("shell")

    @property
    def header(self) -> dict[str, Any]:
        """The request's header, JSON-able."""
        header = dict(self._parent.get("header", {}))
        return {k: v if isinstance(v, (str, int, float, type(None))) else str(v) for k, v in header.items()}

    @property
    def metadata(self) -> dict[str, Any]:
        """The cell's metadata, as the client sent it."""
        return dict(self._parent.get("metadata", {}))

    def publish(self, message: Publish) -> None:
        """Send one message on."""
        kernel = self._kernel
        name = message.content.get("name") if message.msg_type == "stream" else None
        topic = f"stream.{name}".encode() if name else kernel._topic(message.msg_type)
        kernel.session.send(
            kernel.iopub_socket,
            message.msg_type,
            message.content,
            parent=self._parent,
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
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            real = KernelFrontend(shell)
            self.header, self.metadata = real.header, real.metadata

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
        elif message.msg_type == "clear_output":
            self._display.clear_output(wait=content.get("wait", False))


def frontend(shell: InteractiveShell) -> KernelFrontend | CaptureFrontend:
    """Where output of a cell that starts now belongs."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None or not hasattr(sys.stdout, "pub_thread"):
        return CaptureFrontend(shell)
    return KernelFrontend(shell)


def show_line(shell: InteractiveShell, where: KernelFrontend | CaptureFrontend, text: str) -> None:
    """One quiet line of ours below the cell, past whatever captures its output."""
    if getattr(shell, "kernel", None) is not None:
        where = KernelFrontend(shell)
    page = f'<small style="opacity: 0.6"><code>{html.escape(text)}</code></small>'
    data = {"text/plain": text, "text/html": page}
    where.publish(Publish("display_data", {"data": data, "metadata": {}, "transient": {}}, {}))


def say(where: KernelFrontend | CaptureFrontend, text: str) -> None:
    """One line of ours, on the cell's standard error."""
    where.publish(Publish("stream", {"name": "stderr", "text": f"isokernel: {text}\n"}, {}))
