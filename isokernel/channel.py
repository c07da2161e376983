"""Frames and file descriptors over one stream socket.

A frame on the wire is a prefix (mark, descriptors, buffers, header length), the buffers' lengths, the header, the
buffers. Its descriptors travel as ancillary data with its first bytes; a stream socket delivers ancillary data in
order and never before the bytes it was sent with, so whoever has a whole frame has its descriptors too (unix(7),
"SCM_RIGHTS").

Two ends on one format: :class:`Channel` blocks, for the worker's threads; :class:`AsyncChannel` belongs to an asyncio
loop, for the host, which must never wait for one worker while it serves another.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from socket import socketpair

from .errors import ProtocolError
from .protocol import Frame

PREFIX = struct.Struct("!2sHHI")  # mark, descriptors, buffers, length of the header
LENGTH = struct.Struct("!Q")
MARK = b"ik"
MAX_HEADER = 1 << 30  # a header holds what a cell displays; IPython itself has no bound, so only nonsense is refused
MAX_BUFFER = 1 << 34
FDS_A_CALL = 250  # Linux' SCM_MAX_FD is 253
CHUNK = 1 << 16  # more comes from the system each time, and goes back there: dearer than the message
ANCILLARY = socket.CMSG_SPACE(253 * array("i").itemsize)
PIECES = 64  # buffers handed to one sendmsg; IOV_MAX is 1024 but a short write costs a walk over them


def pair() -> tuple[socket.socket, socket.socket]:
    """The two ends of a new channel: the host's, the worker's."""
    ends = socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in ends:
        end.setblocking(True)  # whatever socket.setdefaulttimeout says
    return ends


def _pieces(frame: Frame) -> list[memoryview]:
    lengths = [memoryview(b).nbytes for b in frame.buffers]
    if len(frame.fds) > 0xFFFF or len(lengths) > 0xFFFF:
        raise ProtocolError("a message with more than 65,535 descriptors or buffers")
    head = PREFIX.pack(MARK, len(frame.fds), len(lengths), len(frame.header))
    head += b"".join(map(LENGTH.pack, lengths)) + frame.header
    return [memoryview(head)] + [memoryview(b).cast("B") for b in frame.buffers if memoryview(b).nbytes]


class Parser:
    """Bytes and descriptors in, frames out; no I/O.

    Descriptors that arrive belong to the parser until their frame is complete; :meth:`close` closes what is left.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._fds: deque[int] = deque()

    def feed(self, data: bytes, fds: tuple[int, ...] = ()) -> Iterator[Frame]:
        """Take what was received, and give the frames that it completes.

        Raises
        ------
        ProtocolError
            If the bytes can't be a frame's.
        """
        self._data += data
        self._fds.extend(fds)
        while True:
            frame = self._take()
            if frame is None:
                return
            yield frame

    def _take(self) -> Frame | None:
        data = self._data
        if len(data) < PREFIX.size:
            return None
        mark, fds, buffers, header = PREFIX.unpack_from(data)
        if mark != MARK or header > MAX_HEADER:
            raise ProtocolError("bytes that are no frame")
        start = PREFIX.size + buffers * LENGTH.size
        if len(data) < start:
            return None
        lengths = [n for (n,) in LENGTH.iter_unpack(memoryview(data)[PREFIX.size : start])]
        if any(n > MAX_BUFFER for n in lengths):
            raise ProtocolError("a buffer of an impossible length")
        end = start + header + sum(lengths)
        if len(data) < end:
            return None
        if len(self._fds) < fds:
            raise ProtocolError("a frame that lacks its descriptors")
        with memoryview(data) as view:
            position = start + header
            head, parts = bytes(view[start:position]), []
            for n in lengths:
                parts.append(bytes(view[position : position + n]))
                position += n
        del data[:end]
        return Frame(head, tuple(parts), tuple(self._fds.popleft() for _ in range(fds)))

    @property
    def between_frames(self) -> bool:
        """Whether nothing of a frame has arrived yet."""
        return not self._data

    def close(self) -> None:
        """Close descriptors of frames that never became whole."""
        while self._fds:
            os.close(self._fds.popleft())


def _receive(sock: socket.socket) -> tuple[bytes, tuple[int, ...]]:
    # Not socket.recv_fds: the flag keeps the descriptors out of subprocesses that another thread starts meanwhile.
    data, ancillary, flags, _ = sock.recvmsg(CHUNK, ANCILLARY, socket.MSG_CMSG_CLOEXEC)
    fds = array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    if flags & socket.MSG_CTRUNC:
        for fd in fds:
            os.close(fd)
        raise ProtocolError("descriptors were lost: this process may not open more of them (ulimit -n)")
    return data, tuple(fds)


def _ancillary(fds: tuple[int, ...]) -> list[tuple[int, int, array[int]]]:
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", fds))]


class Channel:
    """The blocking end. Any thread may send; one thread receives."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parser = Parser()
        self._frames: deque[Frame] = deque()
        self._lock = threading.Lock()

    def send(self, frame: Frame) -> None:
        """Send one frame whole.

        Raises
        ------
        OSError
            If the other end is gone.
        """
        pieces = _pieces(frame)
        with self._lock:
            fds = frame.fds
            while len(fds) > FDS_A_CALL:  # each batch rides on one byte of the prefix
                self._sock.sendmsg([pieces[0][:1]], _ancillary(fds[:FDS_A_CALL]))
                pieces[0], fds = pieces[0][1:], fds[FDS_A_CALL:]
            while pieces:
                sent = self._sock.sendmsg(pieces[:PIECES], _ancillary(fds) if fds else [])
                fds = ()
                pieces = _rest(pieces, sent)

    def receive(self) -> Frame | None:
        """The next frame; None when the other end is gone.

        Raises
        ------
        ProtocolError
            If what arrives is no frame.
        """
        while not self._frames:
            try:
                data, fds = _receive(self._sock)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._frames.extend(self._parser.feed(data, fds))
        return self._frames.popleft()

    def close(self) -> None:
        self._sock.close()
        self._parser.close()


def _rest(pieces: list[memoryview], sent: int) -> list[memoryview]:
    index = 0
    while index < len(pieces) and sent >= len(pieces[index]):
        sent -= len(pieces[index])
        index += 1
    pieces = pieces[index:]
    if sent:
        pieces[0] = pieces[0][sent:]
    return pieces


class AsyncChannel:
    """The host's end: all methods are called on ``loop``'s thread.

    Parameters
    ----------
    sock : socket.socket
        Owned from now on.
    loop : asyncio.AbstractEventLoop
    on_frame : callable
        Called with each frame, whose descriptors are then the callee's.
    on_end : callable
        Called once, with None at end-of-file or with what went wrong (OSError, ProtocolError).
    """

    def __init__(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        on_frame: Callable[[Frame], None],
        on_end: Callable[[Exception | None], None],
    ) -> None:
        self._sock, self._loop = sock, loop
        self._on_frame, self._on_end = on_frame, on_end
        self._parser = Parser()
        self._out: deque[tuple[list[memoryview], tuple[int, ...], Frame]] = deque()
        self._ended = False
        sock.setblocking(False)
        loop.add_reader(sock, self.read)

    def send(self, frame: Frame) -> None:
        """Send one frame, now or as the other end takes it. The frame's descriptors must live until it is sent."""
        if self._sock.fileno() < 0:
            return  # whoever closed it knows that nobody listens
        self._out.append((_pieces(frame), frame.fds, frame))
        if len(self._out) == 1:
            self._write()

    def _write(self) -> None:
        while self._out:
            pieces, fds, frame = self._out[0]
            try:
                if len(fds) > FDS_A_CALL:
                    sent, left = self._sock.sendmsg([pieces[0][:1]], _ancillary(fds[:FDS_A_CALL])), fds[FDS_A_CALL:]
                else:
                    sent, left = self._sock.sendmsg(pieces[:PIECES], _ancillary(fds) if fds else []), ()
            except BlockingIOError:
                self._loop.add_writer(self._sock, self._write)
                return
            except ConnectionError:
                # The reading side will meet the same end and report it once, with what was still to be read before it.
                self._out.clear()
                break
            except OSError as error:  # no room for descriptors under way; or one of the frame's is open no more
                self._out.clear()
                self._loop.remove_writer(self._sock)
                self._end(error)
                return
            pieces = _rest(pieces, sent)
            if pieces:
                self._out[0] = (pieces, left, frame)
            else:
                self._out.popleft()
        self._loop.remove_writer(self._sock)

    def read(self) -> None:
        """Read what there is; the loop calls this, and so does whoever must know that nothing is left."""
        while not self._ended:
            try:
                data, fds = _receive(self._sock)
            except BlockingIOError:
                return
            except (OSError, ProtocolError) as error:
                self._end(None if isinstance(error, ConnectionResetError) else error)
                return
            if not data:
                self._end(None)
                return
            try:
                for frame in self._parser.feed(data, fds):
                    self._on_frame(frame)
            except ProtocolError as error:
                self._end(error)
                return
            if len(data) < CHUNK:
                return  # back to the loop: a worker that writes without end must not starve the others

    def _end(self, error: Exception | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._loop.remove_reader(self._sock)
        self._on_end(error)

    def close(self) -> None:
        """Stop listening and close the socket and descriptors of unfinished frames."""
        self._ended = True
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            self._sock.close()
        self._parser.close()
