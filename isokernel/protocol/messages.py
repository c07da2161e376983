"""The messages themselves: what each holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args


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
    whatever the cell leaves comes back, and not only ``outputs``; with ``lends`` it may ask for names of the notebook,
    which are these ``names``, unless there are many of them; with ``deletes`` it may delete some; with
    ``allow_stdin`` it may ask whoever runs it. After the outcome it stays for ``linger`` seconds, or until
    :class:`Enough`; with ``keep_children`` what it started lives on.
    ``roles`` says what each shipment is: ``value``, ``settings``, ``registered`` (magics and aliases), ``lease`` (the
    locks of its GPUs) or ``prelude 0`` for what the first of ``preludes`` reads. A prelude is a list of its name, its
    source and its imports. ``history`` has what the notebook's cells before this one were, as Python and as written,
    where it may be asked for; ``stores`` the attributes of others that they and it store into. ``cells`` are the
    execution counts of the notebook's cells, by the file names of their code.
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
    history: list[list[Any]] = field(default_factory=list)
    observe: bool = False
    lends: bool = False
    names: list[str] = field(default_factory=list)
    deletes: bool = False
    allow_stdin: bool = False
    linger: float = 0.0
    keep_children: bool = False
    roles: list[str] = field(default_factory=list)
    seed: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    preludes: list[list[Any]] = field(default_factory=list)
    argv: list[str] = field(default_factory=list)
    stores: dict[str, Any] = field(default_factory=dict)
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Publish:
    """An IOPub message of the worker's IPython, to be sent on under `parent`, by default the cell's header."""

    kind: ClassVar[str] = "publish"
    msg_type: str
    content: dict[str, Any]
    metadata: dict[str, Any]
    buffers: tuple[bytes | memoryview, ...] = ()
    parent: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputRequest:
    """A cell asks whoever runs it; ``number`` counts its questions."""

    kind: ClassVar[str] = "input_request"
    number: int
    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class InputReply:
    """The answer to the question of that number."""

    kind: ClassVar[str] = "input_reply"
    number: int
    value: str


@dataclass(frozen=True, slots=True)
class NamesRequest:
    """An undeclared cell reads names of the notebook that it was not given; no names: it wants to know which there are.

    :data:`LAST_ERROR` among names is the exception of ``sys.last_value``. ``more``: it is likely to want all others
    next, so small values of others are welcome.
    """

    kind: ClassVar[str] = "names_request"
    number: int
    names: list[str]
    more: bool


@dataclass(frozen=True, slots=True)
class NamesReply:
    """The answer to the request of that number: values, or, where none were asked for, ``names``.

    ``imports`` are as in :class:`Start`. ``lost`` says why what was asked for is gone, ``refusals`` why it can't be
    carried.
    """

    kind: ClassVar[str] = "names_reply"
    number: int
    names: list[str] = field(default_factory=list)
    imports: list[list[Any]] = field(default_factory=list)
    lost: str = ""
    refusals: tuple[Refusal, ...] = ()
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """Values that the cell has made sure of: they are there whatever becomes of it. Later ones replace earlier ones."""

    kind: ClassVar[str] = "published"
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """The cell's code has ended; what it left is being packed."""

    kind: ClassVar[str] = "ended"


@dataclass(frozen=True, slots=True)
class Enough:
    """A worker that lingers may go."""

    kind: ClassVar[str] = "enough"


@dataclass(frozen=True, slots=True)
class CommMessage:
    """What a frontend says to a widget of a cell: a Jupyter message, of one of :data:`COMM_MESSAGES`."""

    kind: ClassVar[str] = "comm_message"
    msg_type: str
    content: dict[str, Any]
    metadata: dict[str, Any]
    header: dict[str, Any]
    buffers: tuple[bytes | memoryview, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """For a worker without a cell: what may stand at the cursor (``what`` is 'complete'), or stands there ('inspect').

    ``imports`` are as in :class:`Start`; ``options`` are ipykernel's, of the inspection. ``shipments`` are values.
    """

    kind: ClassVar[str] = "inquiry"
    what: str
    code: str
    cursor: int
    options: dict[str, Any]
    imports: list[list[Any]]
    cwd: str
    path: list[str]
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepare:
    """For a worker without a cell: start the framework, in the time that nobody waits for."""

    kind: ClassVar[str] = "prepare"


@dataclass(frozen=True, slots=True)
class Prepared:
    """It is started."""

    kind: ClassVar[str] = "prepared"


@dataclass(frozen=True, slots=True)
class Answer:
    """The content of the reply to the frontend's request."""

    kind: ClassVar[str] = "answer"
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One value that couldn't be packed: variable, path from it to the culprit, the culprit's type, why."""

    name: str
    path: str
    type_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """How a cell's exception looks: IPython's three fields, the traceback as lines with their escapes.

    ``shown``: it stands below the cell already, because something was put out after it.
    """

    ename: str
    evalue: str
    traceback: list[str]
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell left.

    ``status`` is one of :data:`STATUSES`. ``roles`` says what each shipment is: ``value`` (outputs, for a failed run
    what was bound by then, and the value for ``Out``), ``error`` (the exception object), ``settings`` (of the process,
    to be given to the notebook), ``framework`` (those of frameworks, to be given to the next undeclared run) or
    ``registered`` (magics and aliases).
    ``payload`` are IPython's (pager, next input). ``missing`` are declared outputs that were never bound. Of a cell
    that was observed, ``imports`` are ``[name, module, qualified name or None]`` of what it bound that can be imported,
    ``deleted`` the names that it deleted, and ``left`` those that it bound or changed; what shares something with them
    came back, too. ``seconds`` is how long it ran; opening what came in took ``opening``
    seconds, and packing this ``packing``. ``imported`` are the modules of installed packages, by package, that
    its process had not imported before. ``started`` is whether it has started a framework, ``configured`` whether what
    it hands to the next cell has to be set before that.
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
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    opening: float = 0.0
    packing: float = 0.0
    imported: dict[str, Any] = field(default_factory=dict)
    started: bool = False
    configured: bool = False
    shipments: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A :class:`CommMessage` was dealt with, and what that put out is sent; to each, in their order."""

    kind: ClassVar[str] = "heard"


@dataclass(frozen=True, slots=True)
class Finished:
    """The worker's exit handlers have run and all its output is sent; of what the cell started, ``kept`` lives on."""

    kind: ClassVar[str] = "finished"
    kept: list[int] = field(default_factory=list)


LAST_ERROR = "sys.last_value"
STATUSES = ("ok", "error", "interrupted")
COMM_MESSAGES = ("comm_open", "comm_msg", "comm_close")
Message = (
    Hello | Inquiry | Answer | Prepare | Prepared | Start | Publish | InputRequest | InputReply | NamesRequest
    | NamesReply | CommMessage | Heard | Published | Ended | Outcome | Enough | Finished
)  # fmt: skip
BY_KIND: dict[str, type] = {message.kind: message for message in get_args(Message)}
