"""Interleaved measurements, and what is computed of them. Nothing here knows what is measured.

A machine is never quiet, and it changes while one looks. So the ways that are to be compared take turns (A B C A B C),
each with the same neighbours every time, and what is told of two of them comes from the same rounds.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

Samples = Iterable[tuple[str, float]]
"""What one turn gives: names of series, each with seconds. A turn may give several, and several of one name."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of the things that are compared.

    Parameters
    ----------
    turn : callable
        Does it once, and gives its :data:`Samples`. What it does before and between them isn't measured.
    every : int
        Its turn comes in the first round and then in each ``every``-th: for what takes seconds, beside what takes
        milliseconds.
    """

    turn: Callable[[], Samples]
    every: int = 1


@dataclass(frozen=True, slots=True)
class Series:
    """Seconds of one name, round by round; a round in which it had no turn is empty.

    Differences are taken within rounds, where both had the same neighbours, and may be negative.
    """

    rounds: tuple[tuple[float, ...], ...]

    @property
    def all(self) -> list[float]:
        """All samples, sorted."""
        return sorted(s for samples in self.rounds for s in samples)

    @property
    def count(self) -> int:
        return len(self.all)

    @property
    def median(self) -> float:
        return statistics.median(self.all)

    @property
    def best(self) -> float:
        return self.all[0]

    @property
    def p95(self) -> float:
        """The smallest sample that 95 % of them don't exceed: one that was measured, not one between two."""
        return self.all[math.ceil(0.95 * self.count) - 1]

    @property
    def spread(self) -> float:
        """Half of the samples lie this far apart (the interquartile range); 0 for one sample."""
        if self.count < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.all, n=4, method="inclusive")
        return high - low

    def over(self, other: Series) -> float:
        """The ratio of the medians: how many times as long as ``other`` this takes."""
        return self.median / other.median

    def minus(self, other: Series) -> Series:
        """What each sample took more than the median of ``other`` in the same round.

        A round in which ``other`` had no turn is compared to the median of all its rounds.
        """
        rounds = []
        for samples, others in zip(self.rounds, other.rounds, strict=True):
            base = statistics.median(others) if others else other.median
            rounds.append(tuple(s - base for s in samples))
        return Series(tuple(rounds))


@dataclass
class Progress:
    """One line on a terminal's standard error that tells what is measured; a line a task where it is no terminal."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _told: str = field(default="", init=False)

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say that ``done`` of ``total`` are done."""
        share = f" {done}/{total}" if total else ""
        if self.stream.isatty():
            self.stream.write(f"\r\x1b[K{text}{share}")
        elif text != self._told:
            self.stream.write(f"{text}{share}\n")
        self._told = text
        self.stream.flush()

    def clear(self) -> None:
        """Leave the line empty, for what is written next."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()


@dataclass(frozen=True, slots=True)
class Bench:
    """How the questions are asked.

    Parameters
    ----------
    quick : bool
        Small and few: whether it works, not what it costs.
    kinds : Path, optional
        A folder of kinds of values.
    progress : Progress
    """

    quick: bool = False
    kinds: Path | None = None
    progress: Progress = field(default_factory=Progress)

    def rounds(self, text: str) -> Callable[[int, int], None]:
        """What :func:`interleaved` calls after each round."""
        return lambda done, total: self.progress(text, done, total)


def interleaved(
    ways: Sequence[Way],
    rounds: int,
    *,
    warmup: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Series]:
    """Give each way its turn, round after round.

    Parameters
    ----------
    ways : sequence of Way
        In the order of their turns.
    rounds : int
        Rounds that count.
    warmup : int
        Rounds before them, of the ways that have a turn in every round: caches fill, lazy imports happen.
    progress : callable
        Called after each round with how many are done and how many there are.

    Returns
    -------
    dict of str to Series
        By name, in the order in which names first came; all with the same number of rounds.
    """
    found: dict[str, list[list[float]]] = {}
    for _ in range(warmup):
        for way in ways:
            if way.every == 1:
                for _ in way.turn():
                    pass
    progress(0, rounds)
    for number in range(rounds):
        for way in ways:
            if number % way.every == 0:
                for name, seconds in way.turn():
                    found.setdefault(name, [[] for _ in range(rounds)])[number].append(seconds)
        progress(number + 1, rounds)
    return {name: Series(tuple(map(tuple, samples))) for name, samples in found.items()}


class Stopwatch:
    """Seconds of a block, once it is left: ``with stopwatch() as t: …``, then ``t.seconds``."""

    seconds: float = math.nan


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measure a block."""
    watch, begun = Stopwatch(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - begun
