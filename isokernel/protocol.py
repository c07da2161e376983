"""What host and worker may say to each other, and when.

One worker has one life, and both ends run on this table:

    state      who   says              then
    BORN       W     Hello             READY
    READY      H     Start             RUNNING
    RUNNING    W     Publish           RUNNING
    RUNNING    W     Outcome           ENDING     the cell is over; what it made is in here
    ENDING     W     Publish           ENDING     exit handlers still write
    ENDING     W     Finished          GONE       nothing comes after this

The host may send ``Start`` before it has read ``Hello``. Signals and the end of the socket are not messages: an
interrupt is a SIGINT to the worker's process group, and a host that is gone is an end-of-file.

A message is JSON plus raw buffers plus file descriptors (see :mod:`isokernel.channel`); nothing here is ever
unpickled. :func:`decode` checks every field by type, so a worker whose memory was overwritten is a
:class:`~isokernel.errors.ProtocolError` in the host and nothing worse. This module does no I/O.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar

from .errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Frame:
    """What the channel carries: one JSON object, raw buffers, file descriptors."""

    header: bytes
    buffers: tuple[bytes | memoryview, ...] = ()
    fds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipment:
    """A packed parcel under way: JSON facts, inline bytes, descriptors of its memory."""

    facts: dict[str, Any]
    data: bytes | memoryview
    fds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """A worker is alive and waits; ``report`` is what its template did before the fork."""

    kind: ClassVar[str] = "hello"
    pid: int
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """Everything one run is given.

    ``settings`` holds JSON values of IPython's configurables by class name; ``imports`` are
    ``[name, module, qualified name or None]``; ``environment`` maps a variable to its text, or to None where it is
    to be removed; ``count`` is the cell's execution count; ``parent`` the header of its request. With ``observe``
    whatever the cell leaves comes back, and not only ``outputs``. ``roles`` says what each shipment is: ``value``,
    ``settings`` or ``registered`` (magics and aliases). ``cells`` are the execution counts of the notebook's cells, by
    the file names of their code.
    """

    kind: ClassVar[str] = "start"
    run: str
    source: str
    outputs: list[str]
    imports: list[list[Any]]
    count: int
    parent: dict[str, Any]
    cwd: str
    path: list[str]
    environment: dict[str, Any]
    settings: dict[str, Any]
    host_pid: int
    cells: dict[str, Any] = field(default_factory=dict)
    observe: bool = False
    roles: list[str] = field(default_factory=list)
    seed: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Publish:
    """An IOPub message of the worker's IPython, to be sent on under the cell's header."""

    kind: ClassVar[str] = "publish"
    msg_type: str
    content: dict[str, Any]
    metadata: dict[str, Any]
    buffers: tuple[bytes | memoryview, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One value that couldn't be packed: variable, path from it to the culprit, the culprit's type, why."""

    name: str
    path: str
    type_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """How a cell's exception looks: IPython's three fields, the traceback as lines with their escapes."""

    ename: str
    evalue: str
    traceback: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell left.

    ``status`` is one of :data:`STATUSES`. ``roles`` says what each shipment is: ``value`` (outputs, for a failed run
    what was bound by then, and the value for ``Out``), ``error`` (the exception object), ``settings`` (of the process,
    to be given to the notebook), ``framework`` (those of frameworks, to be given to the next undeclared run) or
    ``registered`` (magics and aliases).
    ``payload`` are IPython's (pager, next input). ``missing`` are declared outputs that were never bound. Of a cell
    that was observed, ``imports`` are ``[name, module, qualified name or None]`` of what it bound that can be imported,
    and ``deleted`` the names that it deleted.
    """

    kind: ClassVar[str] = "outcome"
    status: str
    roles: list[str]
    payload: list[dict[str, Any]]
    missing: list[str]
    failure: Failure | None = None
    refusals: tuple[Refusal, ...] = ()
    shown: str | None = None
    imports: list[list[Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The worker's exit handlers have run and all its output is sent."""

    kind: ClassVar[str] = "finished"


STATUSES = ("ok", "error", "interrupted")
Message = Hello | Start | Publish | Outcome | Finished
_BY_KIND: dict[str, type] = {m.kind: m for m in (Hello, Start, Publish, Outcome, Finished)}


class State(Enum):
    """Where a worker is in its life."""

    BORN = "born"
    READY = "ready"
    RUNNING = "running"
    ENDING = "ending"
    GONE = "gone"


FROM_WORKER: dict[tuple[State, type], State] = {
    (State.BORN, Hello): State.READY,
    (State.RUNNING, Publish): State.RUNNING,
    (State.RUNNING, Outcome): State.ENDING,
    (State.ENDING, Publish): State.ENDING,
    (State.ENDING, Finished): State.GONE,
}


class Conversation:
    """The host's view of one worker's life: which message may come next.

    :meth:`started` is separate from the table because ``Start`` may overtake ``Hello`` on the socket.
    """

    def __init__(self) -> None:
        self.state = State.BORN
        self._start_sent = False

    def started(self) -> None:
        """``Start`` was sent.

        Raises
        ------
        ProtocolError
            If it had been sent before: a worker runs one cell.
        """
        if self._start_sent:
            raise ProtocolError("a worker was given a second cell")
        self._start_sent = True
        if self.state is State.READY:
            self.state = State.RUNNING

    def heard(self, message: Message) -> None:
        """The worker said ``message``.

        Raises
        ------
        ProtocolError
            If it can't say that now.
        """
        then = FROM_WORKER.get((self.state, type(message)))
        if then is None:
            raise ProtocolError(f"{message.kind!r} from a worker that is {self.state.value}")
        self.state = State.RUNNING if then is State.READY and self._start_sent else then


def encode(message: Message) -> Frame:
    """A message as a frame. Descriptors stay the caller's to close."""
    header: dict[str, Any] = {"kind": message.kind}
    buffers: list[bytes | memoryview] = []
    fds: list[int] = []
    for item in fields(message):
        value = getattr(message, item.name)
        if item.name == "shipments":
            header["shipments"] = [[s.facts, len(s.fds)] for s in value]
            buffers.extend(s.data for s in value)
            for shipment in value:
                fds.extend(shipment.fds)
        elif item.name == "buffers":
            buffers.extend(value)
        elif item.name == "refusals":
            header["refusals"] = [[r.name, r.path, r.type_name, r.reason] for r in value]
        elif isinstance(value, Failure):
            header[item.name] = [value.ename, value.evalue, value.traceback]
        else:
            header[item.name] = value
    # A lone surrogate in a source or a message is legal in JSON's ASCII escapes and in nothing else on the way.
    return Frame(json.dumps(header, ensure_ascii=True, allow_nan=True).encode(), tuple(buffers), tuple(fds))


def decode(frame: Frame) -> Message:
    """A frame as a message.

    Raises
    ------
    ProtocolError
        If it isn't one: the frame's descriptors are then the caller's to close.
    """
    try:
        header = json.loads(bytes(frame.header))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header that isn't JSON: {error}") from None
    cls = _BY_KIND.get(header.get("kind")) if isinstance(header, dict) else None
    if cls is None:
        raise ProtocolError("a message of an unknown kind")
    values: dict[str, Any] = {}
    try:
        for item in fields(cls):
            if item.name == "shipments":
                values["shipments"] = _shipments(header["shipments"], frame)
            elif item.name == "buffers":
                values["buffers"] = frame.buffers
            elif item.name == "refusals":
                values["refusals"] = tuple(Refusal(*map(_text, row)) for row in header["refusals"])
            elif item.name == "failure":
                values["failure"] = _failure(header["failure"])
            else:
                values[item.name] = _typed(header[item.name], item.type, cls, item.name)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProtocolError(f"a malformed {cls.kind!r}: {type(error).__name__}: {error}") from None
    return cls(**values)


_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "str": (str,),
    "int": (int,),
    "int | None": (int, type(None)),
    "str | None": (str, type(None)),
    "dict[str, Any]": (dict,),
    "list[str]": (list,),
    "list[list[Any]]": (list,),
    "list[dict[str, Any]]": (list,),
}
_ITEMS: dict[str, type] = {"list[str]": str, "list[list[Any]]": list, "list[dict[str, Any]]": dict}


def _typed(value: Any, annotation: Any, cls: type, name: str) -> Any:
    if not isinstance(value, _TYPES[annotation]) or (isinstance(value, bool) and annotation != "bool"):
        raise TypeError(f"{name} is a {type(value).__name__}")
    item = _ITEMS.get(annotation)
    if item is not None and not all(isinstance(v, item) for v in value):
        raise TypeError(f"{name} holds something else than {item.__name__}")
    if cls is Outcome and name == "status" and value not in STATUSES:
        raise ValueError(f"status {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return value


def _failure(value: Any) -> Failure | None:
    if value is None:
        return None
    ename, evalue, traceback = value
    return Failure(_text(ename), _text(evalue), [_text(line) for line in traceback])


def _shipments(rows: Any, frame: Frame) -> tuple[Shipment, ...]:
    if len(rows) != len(frame.buffers):
        raise ValueError("shipments and buffers differ in number")
    if sum(count for _, count in rows) != len(frame.fds) or any(count < 0 for _, count in rows):
        raise ValueError("shipments and descriptors differ in number")
    fds = iter(frame.fds)
    found = []
    for (facts, count), data in zip(rows, frame.buffers, strict=True):
        if not isinstance(facts, dict) or not isinstance(count, int):
            raise TypeError("a shipment's facts")
        found.append(Shipment(facts, data, tuple(next(fds) for _ in range(count))))
    return tuple(found)
