"""What each run was given, took and left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 100  # runs remembered; a record is small, but for a partial result, of which only the last run's is kept


class Partial(Mapping[str, Any]):
    """What a failed run had bound by its end, until it is taken or the next run ends.

    A mapping from name to value; a value that needs a framework is a packed :class:`~isokernel.handles.Handle`.
    ``partial.take('model')`` (or ``%keep model``) moves one out.
    """

    def __init__(self, values: Mapping[str, Any] = {}) -> None:  # only read
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def take(self, name: str) -> Any:
        """Remove a value and give it."""
        return self._values.pop(name)

    def drop(self) -> None:
        """Forget what is left, and free its memory."""
        self._values.clear()

    def __repr__(self) -> str:
        return f"<partial results: {', '.join(self._values) or 'none'}>"


@dataclass(slots=True)
class Record:
    """One run.

    Attributes
    ----------
    id : str
        The run's number in this kernel, from '1'.
    source : str
        The cell.
    declaration : str
        In the comment form.
    status : str
        'running', 'ok', 'error', 'interrupted', 'died', 'refused' (an output couldn't be packed).
    cold : str
        Why a fresh interpreter was started for it; '' for a copy of the template.
    seconds : float
        From the check to idle.
    cell_seconds : float
        Of these, the cell's own.
    begun : float
        When, in seconds of :func:`time.time`.
    partial : Partial
        What was bound by then, or had been published, of a run that failed.
    sent, received : dict of str to int
        Bytes of each name, in and out.
    left : tuple of str
        Names that an undeclared cell bound or changed.
    lost : dict of str to str
        What it bound and could not hand over, with what that is.
    gpus : tuple of str
        The GPUs that it had a lease of, as ``CUDA_VISIBLE_DEVICES`` named them.
    """

    id: str
    source: str
    declaration: str
    status: str = "running"
    cold: str = ""
    seconds: float = 0.0
    cell_seconds: float = 0.0
    begun: float = field(default_factory=time.time)
    partial: Partial = field(default_factory=Partial)
    pid: int | None = None
    exitcode: int | None = None
    sent: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    lost: dict[str, str] = field(default_factory=dict)
    gpus: tuple[str, ...] = ()


class Records:
    """The last runs of a session, newest last."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._count = 0

    def open(self, source: str, declaration: str) -> Record:
        """A new record; what the run before left in ``partial`` is dropped."""
        for record in self._records:
            record.partial.drop()
        self._count += 1
        record = Record(str(self._count), source, declaration)
        self._records.append(record)
        return record

    @property
    def last(self) -> Record | None:
        """The newest."""
        return self._records[-1] if self._records else None

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)
