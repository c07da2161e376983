"""Contract tests: frames arrive whole, in order, with their descriptors, whatever the sizes."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isokernel.channel import AsyncChannel, Channel, Parser, _pieces, pair
from isokernel.errors import ProtocolError
from isokernel.protocol import Frame


def wire(frame: Frame) -> bytes:
    return b"".join(map(bytes, _pieces(frame)))


def memfds(n: int) -> list[int]:
    found = []
    for i in range(n):
        fd = os.memfd_create("test")
        os.write(fd, b"%d" % i)
        found.append(fd)
    return found


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_frames_are_found_however_the_bytes_are_cut(buffers, step):
    """The parser gives the same frames for any division of the stream."""
    frames = [Frame(b'{"n":%d}' % i, tuple(buffers)) for i in range(3)]
    data, parser, found = b"".join(map(wire, frames)), Parser(), []
    for start in range(0, len(data), step):
        found += parser.feed(data[start : start + step])
    assert found == frames and parser.between_frames


@given(st.binary(min_size=20, max_size=100))
def test_bytes_that_are_no_frame_are_refused(data):
    """The mark is checked with the first bytes."""
    if data[:2] != b"ik":
        with pytest.raises(ProtocolError):
            list(Parser().feed(data))


@pytest.mark.parametrize("count", [0, 1, 600])
def test_descriptors_arrive_with_their_frame(count):
    """More of them than one call of the system takes, too."""
    left, right = map(Channel, pair())
    fds = memfds(count)
    sender = threading.Thread(target=left.send, args=(Frame(b"{}", (b"x" * 100_000,), tuple(fds)),))
    sender.start()
    try:
        frame = right.receive()
        sender.join()
        assert [os.pread(fd, 10, 0) for fd in frame.fds] == [b"%d" % i for i in range(count)]
        assert len(frame.buffers[0]) == 100_000
    finally:
        for fd in [*fds, *frame.fds]:
            os.close(fd)
        left.close()
        right.close()


def test_the_other_end_gone_is_no_frame():
    """End-of-file is an answer, not an error."""
    left, right = map(Channel, pair())
    left.close()
    assert right.receive() is None
    right.close()


def test_the_hosts_end_never_blocks():
    """A frame that the worker doesn't read yet waits in the host, and arrives when it does."""
    frames, ends = [], []

    async def scenario():
        host, child = pair()
        loop = asyncio.get_running_loop()
        channel = AsyncChannel(host, loop, frames.append, ends.append)
        big = Frame(b'{"big":1}', (b"y" * 3_000_000,))
        channel.send(big)
        channel.send(Frame(b'{"small":1}'))
        worker = Channel(child)
        assert await asyncio.to_thread(worker.receive) == big
        assert (await asyncio.to_thread(worker.receive)).header == b'{"small":1}'
        await asyncio.to_thread(worker.send, big)
        while not frames:
            await asyncio.sleep(0)
        worker.close()
        while not ends:
            await asyncio.sleep(0)
        channel.close()

    asyncio.run(asyncio.wait_for(scenario(), 20))
    assert frames[0].header == b'{"big":1}' and ends == [None]


def test_descriptors_of_half_a_frame_are_closed():
    """What never becomes whole leaves nothing open."""
    left, right = pair()
    fds = memfds(1)
    data = wire(Frame(b"{}", (b"abc",), tuple(fds)))
    import socket

    socket.send_fds(left, [data[:-1]], fds)
    left.close()
    before = len(os.listdir("/proc/self/fd"))
    channel = Channel(right)
    assert channel.receive() is None
    channel.close()
    os.close(fds[0])
    assert len(os.listdir("/proc/self/fd")) == before - 2
