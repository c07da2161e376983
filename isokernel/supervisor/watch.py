"""Time and memory of a run, against its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from .. import processes

FIRST = 0.05  # seconds to the first look: a cell that is over by then costs nothing
PERIOD = 0.1  # seconds between looks at a run that has a limit: an allocation of 1 GB takes longer
CALM = 1.0  # seconds between looks at one without, which begin closer to each other
AT_LEAST = 10.0  # seconds for packing what a cell had that was stopped at its limit of time
SAMPLES = 240  # that are kept, at equal distances


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use: seconds, bytes of memory; 0 is no limit."""

    seconds: float = 0.0
    nbytes: int = 0


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that a run was seen to hold, and who held it.

    ``nbytes`` of all its processes together; ``holders`` are ``(process in words, bytes)``, the largest first, the
    worker itself as ``'the cell'``.
    """

    nbytes: int = 0
    holders: tuple[tuple[str, int], ...] = ()


class Watch:
    """Looks at a run until it ends. Used on the session's loop.

    Parameters
    ----------
    pid : int
        The worker's.
    limits : Limits
    loop : asyncio.AbstractEventLoop
    late, large : callable
        Called when the run is over its limit of time, or of memory; `late` again where its packing then is, too.
    """

    def __init__(
        self,
        pid: int,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
        late: Callable[[], None],
        large: Callable[[], None],
    ) -> None:
        self._pid, self._limits, self._loop, self._late, self._large = pid, limits, loop, late, large
        self.peak = Peak()
        self.seen: dict[int, float] = {}  # processes that the run has started, and when they began
        self.samples: list[tuple[float, int]] = []  # seconds since the start, and bytes held then
        self._begun, self._apart = loop.time(), 0.0
        self._end = loop.call_later(limits.seconds, late) if limits.seconds else None
        self._next: asyncio.TimerHandle | None = loop.call_later(FIRST, self._look)

    def ended(self) -> None:
        """The cell's code has ended; if at its limit, packing what it had by then may take as long again."""
        seconds = self._limits.seconds
        if seconds and self._loop.time() - self._begun >= seconds:
            self._end = self._loop.call_later(max(seconds, AT_LEAST), self._late)

    def look_back(self) -> None:
        """Have the peak cover what the process held at its largest, though nobody looked just then."""
        most = processes.most_resident(self._pid)
        if most > self.peak.nbytes:
            self.peak = Peak(most, (("the cell", most),))

    def stop(self) -> None:
        """The run has ended."""
        if self._end is not None:
            self._end.cancel()
        if self._next is not None:
            self._next.cancel()

    def _look(self) -> None:
        pids = [self._pid]
        with suppress(OSError):  # no descriptor is left to look with
            pids += processes.below(self._pid)
        self.seen.update({pid: processes.born(pid) for pid in pids[1:] if pid not in self.seen})
        held = {pid: processes.resident(pid) for pid in pids}
        limit = self._limits.nbytes
        # What several processes share is in the resident memory of each; so it is the dearer figure that decides, and
        # the cheap one whether to ask for it.
        if len(pids) > 1 and sum(held.values()) > (limit or self.peak.nbytes):
            held = {pid: processes.share(pid) for pid in pids}
        total = sum(held.values())
        if total > self.peak.nbytes:
            largest = sorted(held.items(), key=lambda item: -item[1])[:3]
            told = {self._pid: "the cell"}
            self.peak = Peak(total, tuple((told.get(pid) or processes.described(pid), n) for pid, n in largest))
        elapsed = self._loop.time() - self._begun
        self._keep(elapsed, total)
        if limit and total > limit:
            self._next = None
            self._large()
        else:
            self._next = self._loop.call_later(PERIOD if limit else min(max(PERIOD, elapsed / 10), CALM), self._look)

    def _keep(self, elapsed: float, nbytes: int) -> None:
        if self.samples and elapsed - self.samples[-1][0] < self._apart:
            self.samples[-1] = (self.samples[-1][0], max(nbytes, self.samples[-1][1]))
            return
        self.samples.append((elapsed, nbytes))
        if len(self.samples) > SAMPLES:
            pairs = zip(self.samples[::2], self.samples[1::2])
            self.samples = [(when, max(one, other)) for (when, one), (_, other) in pairs]
            self._apart = elapsed / len(self.samples)
