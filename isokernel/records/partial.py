"""What is kept of a run that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..payload import Landings


class Partial(Mapping[str, Any]):
    """What a failed run had bound by its end, until it is taken or the next run ends.

    A mapping from name to value; a value that needs a framework is a packed :class:`~isokernel.handles.Handle`.
    ``partial.take('model')`` (or ``%keep model``) moves one out.
    """

    def __init__(self, values: Mapping[str, Any] = {}, landings: Landings | None = None) -> None:  # only read
        self._values, self._landings = dict(values), landings

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def take(self, name: str) -> Any:
        """Remove a value and give it; a class or module of the notebook's becomes what it was when the run ended."""
        value = self._values.pop(name)
        if self._landings is not None:
            self._landings.commit([value])
        return value

    def drop(self) -> None:
        """Forget what is left, and free its memory."""
        self._values.clear()
        self._landings = None

    def __repr__(self) -> str:
        return f"<partial results: {', '.join(self._values) or 'none'}>"
