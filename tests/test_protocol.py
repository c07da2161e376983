"""Contract tests: what may be said, in which order, and that nonsense is refused by type."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isokernel.errors import ProtocolError
from isokernel.protocol import (
    Conversation,
    Failure,
    Finished,
    Frame,
    Hello,
    Outcome,
    Publish,
    Refusal,
    Shipment,
    Start,
    State,
    decode,
    encode,
)

START = Start(
    run="1", source="x = 1", outputs=["x"], imports=[["np", "numpy", None]], count=3, parent={"msg_id": "a"}, cwd="/",
    path=["", "/lib"], environment={"A": "1", "B": None}, settings={}, host_pid=7,
    shipments=(Shipment({"names": ["y"]}, b"data", (5, 6)),),
)  # fmt: skip
OUTCOME = Outcome(
    status="error", roles=["value"], payload=[], missing=["x"], failure=Failure("E", "v", ["line"]),
    refusals=(Refusal("x", ".a", "T", "no"),), shown=None, shipments=(Shipment({}, b"", ()),),
)  # fmt: skip
MESSAGES = (
    Hello(1, {"modules": {}}),
    START,
    Publish("stream", {"text": "\ud800"}, {}, (b"raw",)),
    OUTCOME,
    Finished([7]),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.kind)
def test_a_message_arrives_as_it_was_sent(message):
    """Every kind of message survives its own frame, lone surrogates and descriptors included."""
    assert decode(encode(message)) == message


def test_a_life_goes_through_its_states_once():
    """Hello, Start, output, outcome, output of exit handlers, end."""
    talk = Conversation()
    talk.heard(MESSAGES[0])
    talk.started()
    for message in (MESSAGES[2], OUTCOME, MESSAGES[2], Finished()):
        talk.heard(message)
    assert talk.state is State.GONE


def test_start_may_overtake_hello():
    """The host doesn't wait for a greeting to hand out a cell."""
    talk = Conversation()
    talk.started()
    talk.heard(MESSAGES[0])
    assert talk.state is State.RUNNING


@pytest.mark.parametrize(
    "said", [(Finished(),), (MESSAGES[0], MESSAGES[0]), (MESSAGES[0], OUTCOME)], ids=["first", "twice", "unasked"]
)
def test_what_can_not_come_now_is_refused(said):
    """A worker that speaks out of turn is no worker."""
    talk = Conversation()
    with pytest.raises(ProtocolError):
        for message in said:
            talk.heard(message)


def test_a_worker_gets_one_cell():
    """A second Start is a bug of the host's."""
    talk = Conversation()
    talk.started()
    with pytest.raises(ProtocolError, match="second cell"):
        talk.started()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "fine"},
        {"roles": [1]},
        {"failure": ["a"]},
        {"shipments": [[{}, 9]]},
        {"kind": "root"},
        {"payload": 3},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_field_of_another_type_is_refused(change):
    """Types and bounds are checked, not trusted."""
    frame = encode(OUTCOME)
    header = {**json.loads(frame.header), **change}
    with pytest.raises(ProtocolError):
        decode(Frame(json.dumps(header).encode(), frame.buffers, frame.fds))


@given(st.binary(max_size=200))
def test_no_bytes_hurt_the_host(data):
    """Whatever stands in a header, it is a message or a ProtocolError."""
    with pytest.raises(ProtocolError):
        decode(Frame(data))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda c: st.lists(c, max_size=3)))
def test_no_json_hurts_the_host(value):
    """Nor does JSON of a wrong shape, in any field."""
    header = {**json.loads(encode(OUTCOME).header), "refusals": value, "shipments": []}
    try:
        decode(Frame(json.dumps(header).encode()))
    except ProtocolError:
        pass
