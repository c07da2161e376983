"""How a run is stopped: SIGINT, a grace period, SIGTERM, SIGKILL."""

from __future__ import annotations

import asyncio
import signal

from ..launch import Process

LAST = 0.5  # seconds from SIGTERM to SIGKILL: for a handler of the cell's own, in code that didn't hear SIGINT


class Ladder:
    """Interrupts of one worker, each firmer than the one before. Used on the session's loop.

    SIGINT to the worker's whole group, as a terminal's Ctrl-C; when the grace period ends SIGTERM, and soon after it
    SIGKILL; a second interrupt is SIGKILL at once.

    Parameters
    ----------
    process : Process
    loop : asyncio.AbstractEventLoop
    grace : float
        Seconds from the first interrupt to SIGTERM.
    """

    def __init__(self, process: Process, loop: asyncio.AbstractEventLoop, grace: float) -> None:
        self._process, self._loop, self._grace = process, loop, grace
        self._timer: asyncio.TimerHandle | None = None
        self._packing = False
        self.interrupts = 0
        self.killed = ""

    def interrupt(self) -> None:
        """SIGINT to the group; the second time SIGKILL."""
        self.interrupts += 1
        if self.interrupts > 1:
            when = " while its results were being packed" if self._packing else ""
            self.kill(f"it was killed after a second interrupt{when}, and what it had bound by then is lost")
            return
        self._process.signal(signal.SIGINT, group=True)
        self._timer = self._loop.call_later(self._grace, self._terminate)

    def _terminate(self) -> None:
        self._process.signal(signal.SIGTERM, group=True)
        reason = f"it did not react to an interrupt for {self._grace:g} s and was killed"
        self.killed = self.killed or reason
        self._timer = self._loop.call_later(LAST, self.kill, reason)

    def kill(self, reason: str) -> None:
        """SIGKILL to the group."""
        self.killed = self.killed or reason
        self._process.signal(signal.SIGKILL, group=True)

    def packing(self) -> None:
        """The cell's code has ended; to pack what it had when it was interrupted may take longer than the grace."""
        self._packing = True
        if not self.killed:
            self._cancel()

    def rest(self) -> None:
        """The worker has answered; nothing more is done to it, and an interrupt is the first one again."""
        self._cancel()
        self._packing, self.interrupts = False, 0

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
