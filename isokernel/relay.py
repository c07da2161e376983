"""The host's side of one worker's life: waits on its channel, its output pipes and its end, all together.

A relay is made with its process and lives on the session's loop. Before ``start`` it is a standby; after it, it hands
on what the worker says, keeps its last words, and tells the outcome, or that there will be none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from .cgroup import capacity, ended_for_memory
from .channel import AsyncChannel
from .errors import ProtocolError
from .launch import Process
from .output import Output
from .payload import Parcel
from .protocol import (
    Answer,
    CommMessage,
    Conversation,
    Ended,
    Enough,
    Finished,
    Frame,
    Heard,
    Hello,
    InputReply,
    InputRequest,
    Inquiry,
    NamesReply,
    NamesRequest,
    Outcome,
    Prepare,
    Prepared,
    Publish,
    Published,
    Shipment,
    Start,
    State,
    decode,
    encode,
)
from .supervisor import Evidence, Ladder, Limits, Peak, Watch, ran_out

PARTING = 0.02  # seconds before a finished worker is ended: taking TensorFlow's memory apart needs a core for 4 ms,
# and at that moment the kernel needs it to reply
CLOSED = "it had closed its connection to the notebook, or become another program, and was ended"
LINGER = 0.2  # seconds in which a worker that has closed its channel must be gone


Turn = InputRequest | NamesRequest | Outcome
"""What a cell wants: an answer, or to be concluded."""
LOG = logging.getLogger(__name__)


def stream(name: str, text: str) -> Publish:
    """Text of 'stdout' or 'stderr'."""
    return Publish("stream", {"name": name, "text": text}, {})


class Sink(Protocol):
    """Where a worker's messages go; called on the session's loop."""

    def publish(self, message: Publish) -> None: ...


class Relay:
    """One worker.

    Parameters
    ----------
    process : Process
        Owned from now on.
    loop : asyncio.AbstractEventLoop
        All methods but the waiting on futures belong to its thread.
    grace, exit_grace : float
        Seconds that an interrupt waits for the cell, and the end for the cell's exit handlers.
    told : set of str
        What workers before it have told of their start.

    Attributes
    ----------
    hello : concurrent.futures.Future of Hello or None
        None if the worker ended before it could say it.
    prepared : concurrent.futures.Future of None, or None
        Its framework is started, or it ended instead; None if that was not asked for.
    turn : concurrent.futures.Future of Turn or None
        What its cell wants next: an answer (:meth:`answer`), or to be concluded.
    withdrawn : concurrent.futures.Future of None
        The question that is its turn needs no answer any more.
    outcome : concurrent.futures.Future of Outcome or None
        None if the worker died.
    finished : concurrent.futures.Future of None
        All output has been handed on; nothing comes after it.
    gone : concurrent.futures.Future of None
        The process has ended and all descriptors are closed.
    """

    def __init__(
        self, process: Process, loop: asyncio.AbstractEventLoop, grace: float, exit_grace: float, told: set[str]
    ) -> None:
        self.process, self._loop, self._exit_grace = process, loop, exit_grace
        self.ladder = Ladder(process, loop, grace)
        self.hello: Future[Hello | None] = Future()
        self.turn: Future[Turn | None] = Future()
        self.withdrawn: Future[None] = Future()
        self._inquiries: deque[Future[Answer | None]] = deque()
        self._unheard: deque[Future[None]] = deque()
        self._wanted: deque[Turn | None] = deque()
        self.prepared: Future[None] | None = None
        self.outcome: Future[Outcome | None] = Future()
        self.outcome.add_done_callback(lambda outcome: self._take_turn(outcome.result()))
        self.finished: Future[None] = Future()
        self.gone: Future[None] = Future()
        self.exitcode: int | None = None
        self.unfinished = False  # it ended after its outcome and before its exit handlers had run
        self.keep_children = False
        self.kept: list[int] = []  # processes that are to outlive the worker
        self.published: dict[str, Parcel] = {}
        self.received: tuple[Parcel, ...] = ()  # with the outcome, by its roles
        self._given: tuple[Parcel, ...] = ()
        self._dropped = False
        self.limit = ""  # 'time' or 'memory' once it was stopped for that
        self._limits, self._watch = Limits(), None
        self._packing = False  # its code has ended
        self._ended_for_memory = (0, 0)
        self._linger = 0.0
        self._conversation = Conversation()
        self._protocol_error = ""
        self._sink: Sink | None = None
        self._exit_timer: asyncio.TimerHandle | None = None
        self._output = Output(process, loop, told, lambda name, text: self._publish(stream(name, text)))
        loop.add_reader(process.ended, self._on_gone)
        self._channel = AsyncChannel(process.socket, loop, self._on_frame, self._on_end)

    def start(self, start: Start, sink: Sink, limits: Limits, parcels: tuple[Parcel, ...] = ()) -> None:
        """Give the worker its cell. `parcels` have the descriptors in ``start``, which must live until it has them."""
        self._given = parcels
        self._sink, self._linger, self.keep_children = sink, start.linger, start.keep_children
        self._output.wanted = True
        self._conversation.started()
        self._channel.send(encode(start))
        self._limits, self._ended_for_memory = limits, ended_for_memory()
        self._watch = Watch(self.process.pid, limits, self._loop, self._late, self._large)

    def inquire(self, inquiry: Inquiry) -> Future[Answer | None]:
        """Ask a worker that has no cell; any thread's. None if it ended instead."""
        answer: Future[Answer | None] = Future()

        def ask() -> None:
            self._inquiries.append(answer)
            if self.gone.done():
                self._inquiries.popleft().set_result(None)
            else:
                self._channel.send(encode(inquiry))

        self._loop.call_soon_threadsafe(ask)
        return answer

    def prepare(self) -> None:
        """Have a worker that has no cell start its framework; a cell is to wait for :attr:`prepared`."""
        self.prepared = Future()
        self._channel.send(encode(Prepare()))

    def answer(self, reply: InputReply | NamesReply | None) -> Future[Turn | None]:
        """Answer what the cell asked, or, with None, leave it unanswered; any thread's. What it wants next."""
        turn: Future[Turn | None] = Future()

        def hand_over() -> None:
            self.turn = turn
            if reply is not None and not self.outcome.done():
                self._channel.send(encode(reply))
            if self._wanted:
                self._take_turn(self._wanted.popleft())

        self._loop.call_soon_threadsafe(hand_over)
        return turn

    def forward(self, message: CommMessage) -> Future[None]:
        """Hand on what a frontend says to a widget of the cell; any thread's. Done when it was heard, or can't be."""
        heard: Future[None] = Future()
        frame = encode(message)

        def send() -> None:
            if self.gone.done():
                heard.set_result(None)
            else:
                self._unheard.append(heard)
                self._channel.send(frame)

        self._loop.call_soon_threadsafe(send)
        return heard

    def let_go(self) -> None:
        """Its cell is over, and it is to leave; the grace of its exit handlers begins."""
        if self.finished.done():
            return
        if self._linger:
            self._channel.send(encode(Enough()))
        late = f"its exit handlers took longer than {self._exit_grace:g} s and were cut off"
        self._later(self._exit_grace, self.kill, late)

    def interrupt(self) -> None:
        """One interrupt by the user."""
        if not self.finished.done():
            self.ladder.interrupt()
            self._withdraw()

    def kill(self, reason: str) -> None:
        """End the process and its group now."""
        self.ladder.kill(reason)

    @property
    def orderly(self) -> bool:
        """It said that it was finished, and so has left nothing behind."""
        return self._conversation.state is State.GONE

    @property
    def peak(self) -> Peak:
        """The most memory that the run was seen to hold."""
        return self._watch.peak if self._watch is not None else Peak()

    @property
    def memory(self) -> tuple[tuple[float, int], ...]:
        """Seconds since the start, and the bytes that the run's processes then held together."""
        return tuple(self._watch.samples) if self._watch is not None else ()

    def evidence(self) -> Evidence:
        """What is known about the end of a worker that left no outcome."""
        group, machine = (now > then for now, then in zip(ended_for_memory(), self._ended_for_memory))
        return Evidence(
            self.exitcode,
            self.ladder.killed,
            self._output.last_words,
            self._protocol_error,
            self.limit,
            self._limits,
            self.peak,
            "group" if group else "machine" if machine else "",
            capacity()[0],
            self._packing,
        )

    def _late(self) -> None:
        if self.limit:
            self.kill("packing what it had at its limit took too long")
            return
        self.limit = "time"
        self.ladder.interrupt()
        self._withdraw()

    def _large(self) -> None:
        self.limit = "memory"
        self.ladder.kill("it used more memory than it may")

    def _on_frame(self, frame: Frame) -> None:
        try:
            message = decode(frame)
            self._conversation.heard(message)
            if isinstance(message, Answer) and not self._inquiries:
                raise ProtocolError("an answer that nobody had asked for")
        except ProtocolError:
            for fd in frame.fds:
                os.close(fd)
            raise
        if isinstance(message, Publish):
            self._publish(message)
        elif isinstance(message, Answer):
            self._inquiries.popleft().set_result(message)
        elif isinstance(message, Heard) and self._unheard:
            self._unheard.popleft().set_result(None)
        elif isinstance(message, Prepared) and self.prepared is not None:
            self.prepared.set_result(None)
        elif isinstance(message, (InputRequest, NamesRequest)):
            self._take_turn(message)
        elif isinstance(message, Published):
            for parcel in self._unloaded(message.shipments):
                self.published.update(dict.fromkeys(parcel.names, parcel))
        elif isinstance(message, Ended):
            self._packing = True
            self.ladder.packing()
            self._watch.ended()
        elif isinstance(message, Outcome):
            self.received, self._given = self._unloaded(message.shipments), ()
            self.ladder.rest()
            self._watch.stop()
            if message.failure is not None and ran_out(message.failure.ename, message.failure.evalue):
                self._watch.look_back()
            if self._linger:
                self._later(self._linger, self.let_go)
            else:
                self.let_go()
            self.outcome.set_result(message)
        elif isinstance(message, Finished):
            self.kept = message.kept
            self._finish()
            self._later(PARTING, self._part)
        elif isinstance(message, Hello):
            self.hello.set_result(message)

    def _unloaded(self, shipments: tuple[Shipment, ...]) -> tuple[Parcel, ...]:
        parcels = Parcel.all_from_wire([(each.facts, bytes(each.data), each.fds) for each in shipments])
        return () if self._dropped else parcels

    def drop(self) -> None:
        """Nobody wants any more what the worker has sent, or will send."""
        self._dropped, self.received = True, ()
        self.published.clear()

    def _take_turn(self, wanted: Turn | None) -> None:
        if self.turn.done():  # nobody has answered the last question yet; an interrupted cell may ask the next
            self._wanted.append(wanted)
            if not isinstance(wanted, (InputRequest, NamesRequest)):
                self._withdraw()
            return
        if isinstance(wanted, InputRequest):
            self.withdrawn = Future()
        self.turn.set_result(wanted)

    def _withdraw(self) -> None:
        if not self.withdrawn.done():
            self.withdrawn.set_result(None)

    def _later(self, delay: float, function: Callable[..., None], *args: str) -> None:
        """What is to be done about its end, instead of what was to be done before."""
        self._in_time()
        self._exit_timer = self._loop.call_later(delay, function, *args)

    def _in_time(self) -> None:
        if self._exit_timer is not None:
            self._exit_timer.cancel()

    def _part(self) -> None:
        # It has ended what it started itself, but for a resource tracker, which has to outlive it by a moment.
        self.process.signal(signal.SIGKILL)

    def _on_end(self, error: Exception | None) -> None:
        # End-of-file is what a worker's death looks like a moment before the process is gone; a worker that lives on
        # without its channel can't be heard any more, so it is ended.
        if isinstance(error, ProtocolError):
            self._protocol_error = error.detail
        if self._conversation.state is not State.GONE and not self.gone.done():
            delay = 0.0 if error is not None else LINGER
            unsent = f"messages to it could not be sent: {error}" if isinstance(error, OSError) else ""
            self._later(delay, self.kill, unsent if error is not None else CLOSED)

    def _publish(self, message: Publish) -> None:
        try:
            self._sink.publish(message)
        except Exception as error:  # noqa: BLE001 (any: what a library displays may be nothing that can be sent)
            told = f"isokernel: a {message.msg_type} of the cell could not be shown: {type(error).__name__}: {error}\n"
            text = told.encode("utf-8", "backslashreplace").decode("utf-8")
            try:
                self._sink.publish(stream("stderr", text))
            except Exception:
                LOG.exception(told)

    def _finish(self) -> None:
        self._output.empty()
        self._output.wanted = False
        self.ladder.rest()
        self._in_time()
        if not self.finished.done():
            self.finished.set_result(None)

    def _on_gone(self) -> None:
        self._loop.remove_reader(self.process.ended)
        if self._watch is not None:
            self._watch.stop()
            self.process.seen.update(self._watch.seen)
        if not self.finished.done():
            self.process.sweep()  # it had no time to do that itself
        self._channel.read()  # an outcome may lie there that was sent just before the end
        self.exitcode = self.process.exitcode()
        self.unfinished = self._conversation.state is State.ENDING and self.outcome.done()
        self._finish()
        self._output.leave(keep=self.keep_children)
        self._in_time()
        self._channel.close()
        self.process.close()
        self._given = ()
        for future in (self.hello, self.prepared, self.outcome, *self._inquiries, *self._unheard, self.gone):
            if future is not None and not future.done():
                future.set_result(None)
