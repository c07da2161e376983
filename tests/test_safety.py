"""Contract tests: whatever a worker says, the host is not hurt by it, opens nothing for it, and loses nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import struct
from contextlib import ExitStack, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isokernel import channel
from isokernel.errors import ProtocolError
from isokernel.launch import Process
from isokernel.payload import pack, parcels
from isokernel.protocol import (
    Answer,
    CommMessage,
    Ended,
    Failure,
    Finished,
    Frame,
    Hello,
    InputRequest,
    Outcome,
    Publish,
    Published,
    Refusal,
    Shipment,
    Start,
    decode,
    encode,
)
from isokernel.relay import Relay
from isokernel.supervisor import Limits

START = Start("1", "pass", [], [], 1, {}, "/", [], {}, {}, os.getpid())
SMALL = Shipment(*pack({"a": [1, "x"], "b": 2}, namespace={}).parcels[0].wire())
SAID = (
    Hello(1, {"modules": {}}),
    Publish("stream", {"name": "stdout", "text": "x"}, {}, (b"raw",)),
    InputRequest(1, "?", False),
    Answer({}),
    Ended(),
    Published((SMALL,)),
    Outcome("error", ["value"], [], ["x"], Failure("E", "v", ["line"]), (Refusal("x", ".a", "T", "no"),),
            shipments=(SMALL,)),
    CommMessage("comm_msg", {}, {}, {}),
    START,
    Finished([7]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(10**30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


WRONG = "nothing field facts gone header buffers counts bytes cut descriptors unannounced".split()


@st.composite
def frames(draw: st.DrawFn) -> tuple[bytes, int]:
    """Bytes, and how many descriptors go with them: a message, with something wrong in it or not."""
    frame = encode(draw(st.sampled_from(SAID)))
    header, buffers, fds = json.loads(frame.header), list(frame.buffers), len(frame.fds)
    wrong = draw(st.sampled_from(WRONG))
    if wrong in ("field", "gone"):
        name = draw(st.sampled_from(sorted(header)))
        header.pop(name)
        if wrong == "field":
            header[name] = draw(JSON)
    if wrong == "facts" and header.get("shipments"):
        facts = header["shipments"][0][0]
        facts[draw(st.sampled_from(sorted(facts)))] = draw(JSON)
    text = json.dumps(draw(JSON) if wrong == "header" else header).encode()
    if wrong == "buffers":
        buffers = draw(st.lists(st.binary(max_size=20), max_size=3))
    sent = draw(st.sampled_from([1, 3])) if wrong in ("descriptors", "unannounced") else fds
    counts = [sent if wrong == "descriptors" else fds, len(buffers), len(text), *map(len, buffers)]
    if wrong == "counts":
        at = draw(st.integers(0, len(counts) - 1))
        most = (0xFFFF, 0xFFFF, 0xFFFFFFFF)[at] if at < 3 else 0xFFFFFFFFFFFFFFFF
        counts[at] = draw(st.integers(0, most) | st.just(most))
    data = channel.PREFIX.pack(channel.MARK, *counts[:3])
    data += b"".join(struct.pack("!Q", n) for n in counts[3:]) + text + b"".join(map(bytes, buffers))
    if wrong == "bytes":
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
    if wrong == "cut":
        data = data[: draw(st.integers(0, len(data)))]
    return data, sent


class Puppet:
    """A worker whose every word is given."""

    def __init__(self) -> None:
        host, self.socket = channel.pair()
        pipes = [os.pipe() for _ in range(3)]
        self._ends, closing, self.signals = [write for _, write in pipes], ExitStack(), []
        closing.callback(host.close)
        for read, _ in pipes:
            os.set_blocking(read, False)
            closing.callback(os.close, read)
        (out, _), (err, _), (ended, _) = pipes
        # This process' own number would have it signalled.
        self.process = Process(host, out, err, 2**22 + 1, ended, lambda: 1, self.signals.append, False, "", closing)

    def say(self, data: bytes, fds: int) -> None:
        """Send bytes, with descriptors."""
        given = [os.open(os.devnull, os.O_RDONLY) for _ in range(fds)]
        with suppress(BrokenPipeError):
            socket.send_fds(self.socket, [data], given) if given and data else self.socket.send(data)
        for fd in given:
            os.close(fd)

    def end(self) -> None:
        """Be gone."""
        self.socket.close()
        for fd in self._ends:
            os.close(fd)


class Quiet:
    """Shows nothing."""

    def publish(self, message: Publish) -> None:
        json.dumps(message.content)


def heard(said: list[tuple[bytes, int]], greeted: bool) -> list[dict]:
    """Have a relay hear all that; what its loop had to complain of."""
    loop, complaints, puppet = asyncio.new_event_loop(), [], Puppet()
    loop.set_exception_handler(lambda _, context: complaints.append(context))

    async def life() -> Relay:
        relay = Relay(puppet.process, loop, 1.0, 1.0, set())
        if greeted:
            puppet.say(b"".join(map(bytes, channel._pieces(encode(SAID[0])))), 0)
        relay.start(START, Quiet(), Limits())
        for data, fds in said:
            puppet.say(data, fds)
            await asyncio.sleep(0)
        puppet.end()
        await asyncio.wait_for(asyncio.wrap_future(relay.gone), 10)
        return relay

    loop.run_until_complete(life())
    loop.close()
    return complaints


def descriptors() -> set[tuple[str, str]]:
    """What this process has open, by number and by what it is: what others close meanwhile is no business of ours."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # of the listing itself
            found.add((fd, os.readlink(f"/proc/self/fd/{fd}")))
    return found


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=st.lists(frames(), min_size=1, max_size=4), greeted=st.sampled_from([True, True, False]))
def test_no_worker_hurts_the_host(said, greeted):
    """Truncated, of wrong types, with huge counts, with descriptors that nobody asked for: nothing is opened or kept."""
    opened = []
    unpickler, loads = parcels._Unpickler, parcels.pickle.loads
    parcels._Unpickler = parcels.pickle.loads = lambda *a, **o: opened.append(a)
    before = descriptors()
    try:
        complaints = heard(said, greeted)
    finally:
        parcels._Unpickler, parcels.pickle.loads = unpickler, loads
    assert not opened
    assert not complaints, complaints
    if descriptors() - before:
        gc.collect()  # a relay is in circles
        assert not descriptors() - before


def test_more_roles_than_shipments_are_refused():
    """They are read in pairs."""
    frame = encode(SAID[6])
    header = {**json.loads(frame.header), "roles": ["value", "value"]}
    with pytest.raises(ProtocolError, match="roles"):
        decode(Frame(json.dumps(header).encode(), frame.buffers))


def test_a_result_that_conceals_its_framework_is_not_opened(start_kernel, site):
    """The notebook imports none, whatever a result says of itself: of this one it isn't known what it needs."""
    site("pretended", "class Model: pass")
    kernel = start_kernel(args=("--IsoKernel.frameworks=pretended",))
    assert kernel.run("%%isolated -o x\nimport pretended\nx = pretended.Model()").ok
    assert "packed" in kernel.held("x")
    assert kernel.value("'pretended' in __import__('sys').modules") is False
    kernel.close()
