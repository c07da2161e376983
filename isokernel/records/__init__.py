"""What each run was given, took and left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count

from .partial import Partial
from .record import Phase, Record, Stopwatch

KEPT = 100  # runs remembered; a record is small, but for a partial result, of which only the last run's is kept


class Records:
    """The last runs of a session, newest last."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._ids = count(1)  # one step in C: cells of two shells never share a number

    def open(self, source: str, declaration: str) -> Record:
        """A new record; what the run before left in ``partial`` is dropped."""
        for record in tuple(self._records):  # a cell of another shell may append meanwhile
            record.partial.drop()
        record = Record(str(next(self._ids)), source, declaration)
        self._records.append(record)
        return record

    @property
    def last(self) -> Record | None:
        """The newest."""
        return self._records[-1] if self._records else None

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))


__all__ = ["Partial", "Phase", "Record", "Records", "Stopwatch"]
