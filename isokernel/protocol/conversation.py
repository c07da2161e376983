"""Which message may come next."""

from __future__ import annotations

from enum import Enum

from ..errors import ProtocolError
from .messages import (
    Answer,
    Ended,
    Finished,
    Heard,
    Hello,
    InputRequest,
    Message,
    NamesRequest,
    Outcome,
    Prepared,
    Publish,
    Published,
)


class State(Enum):
    """Where a worker is in its life."""

    BORN = "born"
    READY = "ready"
    RUNNING = "running"
    ENDING = "ending"
    GONE = "gone"


FROM_WORKER: dict[tuple[State, type], State] = {
    (State.BORN, Hello): State.READY,
    (State.READY, Answer): State.READY,
    (State.READY, Prepared): State.READY,
    (State.RUNNING, Publish): State.RUNNING,
    (State.RUNNING, InputRequest): State.RUNNING,
    (State.RUNNING, NamesRequest): State.RUNNING,
    (State.RUNNING, Heard): State.RUNNING,
    (State.RUNNING, Published): State.RUNNING,
    (State.RUNNING, Ended): State.RUNNING,
    (State.RUNNING, Outcome): State.ENDING,
    (State.ENDING, Publish): State.ENDING,
    (State.ENDING, Heard): State.ENDING,
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
