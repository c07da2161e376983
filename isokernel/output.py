"""What a worker's C code writes, and what the cell starts: two pipes that the host reads, not the worker."""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import os
import termios
from array import array
from collections.abc import Callable

from .launch import Process
from .logs import StartLog

LAST_WORDS = 4096  # bytes of standard error that are kept for the explanation of a death
READ = 1 << 16


class Output:
    """Standard output and standard error of one worker, read on ``loop``.

    Parameters
    ----------
    process : Process
        Whose pipes they are.
    loop : asyncio.AbstractEventLoop
    told : set of str
        What workers before it have told of their start.
    publish : callable
        Given the name of the stream and a text.

    Attributes
    ----------
    wanted : bool
        A cell is there whose output it is. What is written before, by a worker that waits, is read and dropped.
    """

    def __init__(
        self,
        process: Process,
        loop: asyncio.AbstractEventLoop,
        told: set[str],
        publish: Callable[[str, str], None],
    ) -> None:
        self._loop, self._publish = loop, publish
        self.wanted = False
        self._last_words = b""
        self._start_log = StartLog(told)
        decoder = codecs.getincrementaldecoder("utf-8")
        self._pipes = {"stdout": (process.stdout, decoder("replace")), "stderr": (process.stderr, decoder("replace"))}
        for name, (fd, _) in self._pipes.items():
            loop.add_reader(fd, self._read, name)

    @property
    def last_words(self) -> str:
        """The end of what was written to standard error."""
        return self._last_words.decode("utf-8", "replace")

    def empty(self) -> None:
        """Hand on what is there now: what was written before the worker said that it is finished is."""
        for name, (fd, _) in self._pipes.items():
            left = _waiting(fd)  # and no more: what the cell has started may write without end
            while left > 0 and (count := self._read(name)):
                left -= count
        if (held := self._start_log.rest()) and self.wanted:
            self._publish("stderr", held)

    def leave(self, *, keep: bool) -> None:
        """The worker is gone, and its pipes are about to be closed; with `keep` what it has started writes on."""
        for fd, _ in self._pipes.values():
            self._loop.remove_reader(fd)
            if keep:  # it would end by writing to nobody
                self._loop.add_reader(kept := os.dup(fd), self._drain, kept)

    def _read(self, name: str) -> int:
        fd, decoder = self._pipes[name]
        try:
            data = os.read(fd, READ)
        except BlockingIOError:
            return 0
        if not data:
            self._loop.remove_reader(fd)
            return 0
        if name == "stderr":
            self._last_words = (self._last_words + data)[-LAST_WORDS:]
        text = decoder.decode(data)
        if not self.wanted:
            return len(data)
        if name == "stderr":
            text = self._start_log.pick(text)
        if text:
            self._publish(name, text)
        return len(data)

    def _drain(self, fd: int) -> None:
        if not os.read(fd, READ):
            self._loop.remove_reader(fd)
            os.close(fd)


def _waiting(fd: int) -> int:
    """Bytes that can be read from a pipe now."""
    count = array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]
