"""Interrupts that come at an awkward moment.

One that comes just before a request's cell, or just after it, must not end the request: ipykernel lets it raise
wherever it is, and then sends no reply, so that the frontend waits for a cell that never ends.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GLANCE = 0.1
"""Seconds to block at most on the main thread, again and again: of a signal that comes between the interpreter's last
look and the call that blocks, Python hears when that call returns."""


class Interrupts:
    """SIGINT's handler in one kernel; elsewhere than on the main thread, which alone hears it, nothing happens."""

    def __init__(self) -> None:
        self.requests: set[int] = set()  # the threads on which one is under way
        self._noted = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """For the time of a request: an interrupt is noted, and forgotten where it came behind the cell."""
        if threading.current_thread() is threading.main_thread():
            self._noted = False
        self.requests.add(threading.get_ident())
        try:
            with _handler(self._note):
                yield
        finally:
            self.requests.discard(threading.get_ident())

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Inside of :meth:`noted`: one raises KeyboardInterrupt, and at once where one was noted."""
        with _handler(signal.default_int_handler):
            if self._noted and threading.current_thread() is threading.main_thread():
                self._noted = False
                raise KeyboardInterrupt
            yield

    def _note(self, *_: Any) -> None:
        self._noted = True


@contextmanager
def _handler(handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
