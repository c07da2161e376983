"""Devices for one run: asked for, waited for, held until the cell's process is gone."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from .discovery import Device, visible
from .folder import Folder
from .locks import Holder, Place, free, holder, lock
from .nvml import Usage

PATIENCE = 3.0  # seconds for who is first to take what is free
OFTEN, SELDOM = 0.01, 0.1  # seconds between two looks, at first and after a while
# A look costs some system calls. To be woken instead one would have to sleep in flock(), which nothing can interrupt
# but a signal, and which serves whoever wakes first.

GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""What keeps a framework from taking all of a device's memory at once."""

Use = Callable[[Sequence[Device]], Mapping[str, Usage]]

_leases: weakref.WeakSet[Lease] = weakref.WeakSet()
_requests: weakref.WeakSet[Request] = weakref.WeakSet()
_released = threading.Condition()  # a lease of this process's own


class Lease:
    """Devices that a run has.

    Attributes
    ----------
    devices : tuple of Device
    fds : tuple of int
        The open locks. Whoever has them open holds the devices, so the cell's process is given them, too: where this
        process is killed, the devices are free when that one has ended.
    environment : dict of str to str
        Variables that the run must have before a framework can look.
    used : tuple of (Device, Usage)
        Those of the devices that somebody uses who took no lease.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        fds: Sequence[int] = (),
        used: Mapping[str, Usage] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.devices, self.fds = tuple(devices), tuple(fds)
        self.environment = {**visible(devices), **(more or {})}
        self.used = tuple((d, u) for d in devices if (u := (used or {}).get(d.key)) is not None and u.busy)
        _leases.add(self)

    @classmethod
    def of_nothing(cls) -> Lease:
        """For a run that is left alone: it sees what it would see."""
        lease = cls(())
        lease.environment = {}
        return lease

    def release(self) -> None:
        """Close the locks; safe to call twice."""
        fds, self.fds = self.fds, ()
        for fd in fds:
            os.close(fd)
        with _released:
            _released.notify_all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a request waits for: `count` of these devices, each with who says to hold it; how many came before."""

    devices: tuple[tuple[Device, Holder | None], ...]
    count: int
    before: int

    @property
    def ours(self) -> bool:
        """Whether a device is held by this very process."""
        return any(held is not None and held == replace(Holder.here(), since=held.since) for _, held in self.devices)


class Request:
    """A wish for some devices, exclusively, and its place in their queues.

    Parameters
    ----------
    folder : Folder
    devices : sequence of Device
        Those that will do.
    count : int
        How many of them are wanted.
    use : callable
        What of devices is in use now, by key; those that somebody outside uses are taken last.

    Raises
    ------
    Unusable
    """

    def __init__(self, folder: Folder, devices: Sequence[Device], count: int, use: Use = lambda devices: {}) -> None:
        self._folder, self._devices, self._count, self._use = folder, tuple(devices), count, use
        self._place = Place(folder, [device.key for device in devices])
        self._held: dict[Device, int] = {}  # locks of those that it is first for, until it has all that it wants
        self._free: dict[Device, float] = {}  # since when nobody takes those that others are first for
        self._stopped = False
        _requests.add(self)

    def attempt(self) -> Lease | None:
        """Take what is wanted, if it is free and this request's turn; else None.

        Raises
        ------
        Unusable
        """
        placed = self._place.take()
        passed: dict[Device, int] = {}
        try:
            for device in self._devices:
                if device in self._held:
                    continue
                first = placed and self._place.first(device.key)
                fd = lock(self._folder, device.key) if first or self._passed_over(device) else None
                if fd is not None:
                    (self._held if first else passed)[device] = fd
            had = [device for device in self._devices if device in self._held or device in passed]
            if len(had) < self._count:
                return None
            used = self._use(had)
            mine = sorted(had, key=lambda device: _taken(used, device))[: self._count]
            mine.sort(key=self._devices.index)
            fds = [(self._held if device in self._held else passed).pop(device) for device in mine]
            self.forget()
            return Lease(mine, fds, used)
        finally:
            for fd in passed.values():
                os.close(fd)

    def _passed_over(self, device: Device) -> bool:
        """Whether those that are before this request have left a free device alone for so long that it is its turn.

        Who is first takes what is free, also where he waits for more; so such a one is stopped, or locks bytes of the
        queue for another end. What is had this way is never held while more is waited for, or two could wait for each
        other.
        """
        now = time.monotonic()
        if not free(self._folder, device.key):
            self._free.pop(device, None)
            return False
        return now - self._free.setdefault(device, now) > PATIENCE

    def waiting(self) -> Waiting:
        """What it waits for now.

        Raises
        ------
        Unusable
        """
        mine = self._held.keys()
        held = tuple((each, None if each in mine else holder(self._folder, each.key)) for each in self._devices)
        return Waiting(held, self._count, self._place.before())

    def wait(self, tell: Callable[[Waiting], None]) -> Future[Lease | None]:
        """Wait on a thread; `tell` is called there, after a moment and whenever something else is waited for.

        The future is None after :meth:`stop`, and raises :class:`Unusable`.
        """
        ready: Future[Lease | None] = Future()
        thread = threading.Thread(target=self._wait, args=(ready, tell), name="isokernel-lease", daemon=True)
        try:
            thread.start()
        except BaseException:  # an interrupt, or there may be no more threads
            self.stop()
            if thread.ident is None:
                self.forget()
            raise
        return ready

    def stop(self) -> None:
        """Leave the queues, and end the wait."""
        with _released:
            self._stopped = True
            _released.notify_all()

    def forget(self) -> None:
        """Leave the queues, and all that is held for it, where nobody waits: before :meth:`wait`, or in a fork."""
        self._place.close()
        while self._held:
            os.close(self._held.popitem()[1])

    def _wait(self, ready: Future[Lease | None], tell: Callable[[Waiting], None]) -> None:
        told, pause, lease = None, OFTEN, None
        try:
            while not self._stopped and (lease := self.attempt()) is None:
                if pause >= SELDOM and (now := self.waiting()) != told:
                    told = now
                    tell(now)
                with _released:
                    if not self._stopped:
                        _released.wait(pause)
                pause = min(pause * 2, SELDOM)
        except Exception as error:  # noqa: BLE001 (any: whoever waits would wait for ever)
            self.forget()
            ready.set_exception(error)
        else:
            self.forget()
            if lease is not None and self._stopped:
                lease.release()
                lease = None
            ready.set_result(lease)


def share(folder: Folder | None, devices: Sequence[Device], count: int, use: Use = lambda devices: {}) -> Lease:
    """Devices that others may use, too, at once: those with the most free memory that nobody has for himself.

    Without a folder nothing is locked, and nothing set that makes it fit beside others.

    Raises
    ------
    Unusable
    """
    used = use(devices)
    order = sorted(devices, key=lambda d: (_taken(used, d) if folder is None else 0, -used.get(d.key, Usage()).free))
    if folder is None:
        return Lease(order[:count], (), used)
    locked: dict[Device, int] = {}
    for device in order:
        fd = lock(folder, device.key, shared=True) if len(locked) < count else None
        if fd is not None:
            locked[device] = fd
    mine = [*locked, *(device for device in order if device not in locked)][:count]
    more = {name: value for name, value in GROWTH.items() if name not in os.environ}
    return Lease(mine, list(locked.values()), more=more)


def _taken(used: Mapping[str, Usage], device: Device) -> int:
    """How much of a device somebody uses who took no lease; 0 if nobody does."""
    usage = used.get(device.key, Usage())
    return max(usage.used, 1) if usage.busy else 0


def _forked() -> None:
    # A fork of the notebook's own process isn't the run that holds the devices, nor the one that waits.
    global _released
    _released = threading.Condition()
    for lease in list(_leases):
        fds, lease.fds = lease.fds, ()
        for fd in fds:
            os.close(fd)
    for request in list(_requests):
        request.forget()


os.register_at_fork(after_in_child=_forked)
