"""What one run has of the session, from before it takes anything until all of it is given back.

A run takes devices, a worker and descriptors one after the other, on the thread of its cell, where an interrupt may
raise between any two steps. So nothing is a step's own to give back: it is noted here as it is taken, and whoever has
opened the custody closes it, whatever came in between. On the main thread the custody hears SIGINT, too. Where it must
not raise, it is noted, and raises a moment later; what a worker is waited for is the worker's.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from traceback import walk_tb
from typing import Any

from .devices import Lease, Request, Waiting
from .frontend import CaptureFrontend, KernelFrontend
from .payload import Parcel
from .protocol import Start
from .records import Record
from .relay import Relay
from .session import Session
from .supervisor import Limits


class Custody:
    """What a run has taken; made and closed by :func:`custody`.

    Attributes
    ----------
    session : Session
    thread : int
        The identity of the cell's thread.
    cancel : callable or None
        Ends a wait that is no worker's, from any thread, where the thread itself serves others meanwhile.
    waiting : bool
        Whether the recipe is in such a wait.
    asking : bool
        Whether the frontend is asked, on the cell's thread: a signal is to raise there.
    its_own : bool
        Whether the worker has the cell, so that an interrupt is its own to take.
    lease : Lease
    request : Request or None
        That is waited for.
    relay : Relay or None
        The worker, once it has greeted.
    record : Record or None
    """

    def __init__(self, session: Session) -> None:
        self.session, self.thread = session, threading.get_ident()
        self.cancel: Callable[[], None] | None = None
        self.waiting = self.asking = self.its_own = False
        self.lease = Lease.of_nothing()
        self.request: Request | None = None
        self.relay: Relay | None = None
        self.record: Record | None = None
        self._granted: Future[Lease | None] | None = None
        self._taken: tuple[Future[Relay], bool] | None = None
        self._frontend: KernelFrontend | CaptureFrontend | None = None
        self._started = self._lingers = False
        self._shielded, self._noted = True, False

    def interrupt(self) -> bool:
        """Take an interrupt, from any thread; False where the cell's thread is to be interrupted by a signal."""
        if self._shielded:
            self._noted = True
        elif self.request is not None:
            self._noted = True
            self.request.stop()
        elif self.its_own:
            self.session.loop.call_soon_threadsafe(self.relay.interrupt)
        elif self.waiting and self.cancel is not None:
            self.cancel()
        elif self.thread != threading.main_thread().ident:
            self._noted = True  # no signal gets there
        else:
            return False
        return True

    def look(self, *, cancelled: bool = False) -> None:
        """Raise KeyboardInterrupt for an interrupt that was noted, or `cancelled` a wait; or hand it to the worker."""
        noted, self._noted = self._noted or cancelled, False
        if noted and not (self.its_own and self.interrupt()):
            raise KeyboardInterrupt from None

    @contextmanager
    def shield(self) -> Iterator[None]:
        """For a short step that takes something and notes it: an interrupt raises behind it."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False
        self.look()

    def ask_for_lease(self, tell: Callable[[Waiting], None]) -> Future[Lease | None]:
        """Begin the wait of :attr:`request`, as of :meth:`Request.wait`; then :meth:`take_lease`."""
        with self.shield():
            self._granted = self.request.wait(tell)
        return self._granted

    def take_lease(self) -> None:
        """Take what was waited for; raises KeyboardInterrupt where an interrupt ended that."""
        with self.shield():
            granted, self._granted, self.request = self._granted.result(), None, None
            self.lease = granted if granted is not None else self.lease

    def leave_queue(self) -> None:
        """Wait for no lease any more; one that comes nevertheless goes back."""
        request, granted, self.request, self._granted = self.request, self._granted, None, None
        if granted is not None:
            granted.add_done_callback(_release)
            request.stop()
        elif request is not None:
            request.forget()

    def take(self, cold: bool, environment: Mapping[str, str], *, unstarted: bool) -> Future[Relay]:
        """A worker, as of :meth:`Standbys.take`; it goes back if it is not started."""
        with self.shield():
            self._taken = self.session.standbys.take(cold, environment, unstarted=unstarted), cold
        return self._taken[0]

    def start(
        self,
        start: Start,
        parcels: tuple[Parcel, ...],
        frontend: KernelFrontend | CaptureFrontend,
        place: str,
        limits: Limits,
    ) -> None:
        """Give the worker its cell, which has `parcels`. The devices are held until its process is gone."""
        with self.shield():
            relay, lease = self.relay, self.lease
            self._started, self._frontend = True, frontend
            relay.gone.add_done_callback(lambda _: lease.release())
            frontend.connect(relay.forward, place)
            self.session.start(relay, start, parcels, frontend, limits)
            self.its_own = True

    def linger(self, place: str) -> None:
        """Leave the worker to the session, for its widgets."""
        with self.shield():
            self._lingers, frontend = True, self._frontend
            self.session.linger(place, self.relay)
            self.relay.gone.add_done_callback(lambda _: frontend.disconnect())

    def close(self, error: BaseException | None = None) -> None:
        """Give everything back."""
        self._shielded = True
        self.leave_queue()
        if self._started:
            self._leave()
        else:
            self.lease.release()
            if self._taken is not None:
                self.session.standbys.give_back(*self._taken)
        if error is not None:
            _empty_frames(error)
        if self.record is not None and self.record.status == "running":
            self.record.status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        self.session.runs.discard(self)
        self.session.standbys.active.discard(self)
        self.session.standbys.settle()
        self.relay = self._taken = None
        self._started = self.its_own = False

    def _leave(self) -> None:
        relay, call = self.relay, self.session.loop.call_soon_threadsafe
        if not self._lingers:
            self._frontend.disconnect()
            if not relay.outcome.done():
                call(relay.kill, "")
            elif not relay.finished.done():
                call(relay.let_go)
        call(relay.drop)
        self.session.ended(relay)

    def heard(self, number: int, frame: Any) -> None:
        """The main thread's handler of SIGINT."""
        if self.asking or not self.interrupt():
            signal.default_int_handler(number, frame)


def _release(granted: Future[Lease | None]) -> None:
    if granted.exception() is None and granted.result() is not None:
        granted.result().release()


def _empty_frames(error: BaseException) -> None:
    """Let go of what the recipe's frames hold, which is all that the run had: IPython keeps the error."""
    errors: dict[int, BaseException] = {}
    following: list[BaseException | None] = [error]
    while following:
        one = following.pop()
        if one is not None and id(one) not in errors:
            errors[id(one)] = one
            following += [one.__cause__, one.__context__]
    for one in errors.values():
        for frame, _ in walk_tb(one.__traceback__):
            if frame.f_globals.get("__name__", "").partition(".")[0] == __package__:
                with suppress(RuntimeError):  # it still runs
                    frame.clear()


@contextmanager
def custody(session: Session) -> Iterator[Custody]:
    """For the time of a run, on its thread."""
    mine, handlers = Custody(session), []
    on_main = threading.current_thread() is threading.main_thread()
    try:
        session.runs.add(mine)
        if on_main:
            handlers.append(signal.signal(signal.SIGINT, mine.heard))
        with _exposed(mine):
            yield mine
    except BaseException as error:
        mine.close(error)
        raise
    finally:
        mine.close()
        for before in handlers:
            signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    mine.look()


@contextmanager
def _exposed(mine: Custody) -> Iterator[None]:
    # In a frame of its own: where an interrupt raises just before this hides it again, the one around closes.
    mine._shielded = False
    mine.look()
    try:
        yield
    finally:
        mine._shielded = True
