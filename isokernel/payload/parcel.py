"""A parcel: some values that share what can be changed, packed, and not opened yet.

A parcel is bytes, a segment and facts about them. It can be sent any number of times; it holds its descriptors until
the last reference to it is dropped. What arrives is checked against the facts, by type and by bounds, before any of it
is opened; the stream carries a checksum, so an error while opening is the value's own, not the transport's.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from ..errors import ProtocolError
from .memory import LARGE, Segment, aligned
from .summary import Summary

DEEPEST = 64  # parcels inside parcels; each run that passes a result on unopened adds at most one


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Parcel:
    """Values that share what can be changed, packed.

    Attributes
    ----------
    names : tuple of str
        The names the values are under, in the order of the stream.
    needs : tuple of frozenset of str
        For each name the top-level modules, outside the standard library, that opening it imports beside those of the
        names before it. Names are in an order that puts those first which need the least, so that a history can be
        opened where the model that shares it must stay packed.
    summaries : dict of str to Summary
        One line for each name.
    imports : dict of str to str
        Modules, and members of modules (``"module:QualName"``), that its functions read by a global of the namespace.
    reads : tuple of str
        All globals of the namespace that they read, builtins included.
    sources : dict of str to str
        Text of the cells that its functions were defined in, by file name.
    """

    names: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    summaries: dict[str, Summary]
    imports: dict[str, str]
    reads: tuple[str, ...]
    sources: dict[str, str]
    inner: tuple[Parcel, ...]
    _stream: bytes | None  # None: it is in the segment, from offset 0
    _length: int
    _checksum: int
    _spans: tuple[tuple[int, int], ...]  # of the large buffers: offset in the segment, length
    _segment: Segment | None
    _size: int

    def __reduce__(self):
        raise TypeError("a parcel travels by wire()")

    @property
    def nbytes(self) -> int:
        """Bytes it takes, in memory and in segments, parcels inside included."""
        return self._length + sum(length for _, length in self._spans) + sum(parcel.nbytes for parcel in self.inner)

    @property
    def all_reads(self) -> frozenset[str]:
        """What its functions and those of the parcels inside read of the namespace."""
        return frozenset(self.reads).union(*(parcel.all_reads for parcel in self.inner))

    @property
    def roots(self) -> frozenset[str]:
        """All top-level modules, outside the standard library, that opening it imports."""
        return frozenset().union(*self.needs)

    @classmethod
    def holding(cls, pieces: Sequence, buffers: Sequence[memoryview], **facts) -> Parcel:
        """A new parcel of a stream, given as its pieces, and of its large buffers.

        Raises
        ------
        OSError
            If there is no memory for a segment, or no descriptor.
        """
        length, checksum = sum(map(len, pieces)), 0
        for piece in pieces:
            checksum = zlib.crc32(piece, checksum)
        stream, contents, offsets, end = None, [], [], 0
        if length < LARGE:
            stream = b"".join(pieces)
        else:
            for piece in _joined(pieces):
                contents.append(piece)
                offsets.append(end)
                end += len(piece)
        spans = []
        for view in buffers:
            start = aligned(end)
            spans.append((start, view.nbytes))
            contents.append(view)
            offsets.append(start)
            end = start + view.nbytes
        segment = Segment.holding(contents, offsets, end) if end else None
        return cls(
            **facts,
            _stream=stream,
            _length=length,
            _checksum=checksum,
            _spans=tuple(spans),
            _segment=segment,
            _size=end,
        )

    def wire(self) -> tuple[dict, bytes, tuple[int, ...]]:
        """What to send: facts for JSON, bytes, and descriptors, which stay this parcel's own."""
        facts = {
            "names": list(self.names),
            "needs": [sorted(each) if each else [] for each in self.needs],
            "summaries": [list(each) for each in zip(*(self.summaries[name] for name in self.names))],
            "imports": self.imports,
            "reads": list(self.reads),
            "sources": self.sources,
            "length": self._length,
            "inline": self._stream is not None,
            "checksum": self._checksum,
            "spans": [list(span) for span in self._spans],
            "size": self._size,
            "inner": [],
        }
        data, fds = self._stream or b"", () if self._segment is None else (self._segment.fd,)
        for parcel in self.inner:
            inner, more, descriptors = parcel.wire()
            facts["inner"].append(inner)
            data, fds = data + more, fds + descriptors
        return facts, data, fds

    @classmethod
    def from_wire(cls, facts: object, data: bytes, fds: Sequence[int]) -> Parcel:
        """The parcel that was sent. The descriptors belong to it from now on; on an error they are closed.

        Raises
        ------
        ProtocolError
            If facts, bytes and descriptors don't fit each other.
        """
        (parcel,) = cls.all_from_wire([(facts, data, fds)])
        return parcel

    @classmethod
    def all_from_wire(cls, sent: Sequence[tuple[object, bytes, Sequence[int]]]) -> tuple[Parcel, ...]:
        """As :meth:`from_wire`, of several that came together: what is wrong with one of them closes all."""
        segments = [[Segment(fd) for fd in fds] for _, _, fds in sent]
        return tuple(cls._whole(facts, data, own) for (facts, data, _), own in zip(sent, segments))

    @classmethod
    def _whole(cls, facts: object, data: bytes, segments: list[Segment]) -> Parcel:
        segments.reverse()
        parcel, end = cls._received(facts, data, 0, segments, DEEPEST)
        if segments or end != len(data):
            raise ProtocolError(f"a parcel came with {len(segments)} descriptors and {len(data) - end} bytes too many")
        return parcel

    @classmethod
    def _received(cls, facts, data: bytes, start: int, segments: list[Segment], depth: int) -> tuple[Parcel, int]:
        if depth == 0:
            raise ProtocolError(f"parcels inside parcels, more than {DEEPEST} deep")
        _expect(type(facts) is dict and facts.keys() == FACTS, "facts")
        names, sums, spans = facts["names"], facts["summaries"], facts["spans"]
        _expect(_strings(names) and len(set(names)) == len(names), "names")
        needs = facts["needs"]
        _expect(type(needs) is list and len(needs) == len(names), "needs")
        _expect(all(_strings(each) for each in needs if each != []), "needs")
        for key in ("imports", "sources"):
            _expect(
                type(facts[key]) is dict and _strings(list(facts[key])) and _strings(list(facts[key].values())), key
            )
        _expect(type(sums) is list and len(sums) == 3 * bool(names), "summaries")
        for each, of in zip(sums, (_strings, _strings, _counts)):
            _expect(of(each) and len(each) == len(names), "summaries")
        _expect(_strings(facts["reads"]), "reads")
        length, size, inline = facts["length"], facts["size"], facts["inline"]
        _expect(_count(length) and _count(size) and type(inline) is bool and _count(facts["checksum"]), "sizes")
        end = 0 if inline else length
        _expect(type(spans) is list, "spans")
        for span in spans:
            _expect(type(span) is list and len(span) == 2 and all(map(_count, span)) and span[0] >= end, "spans")
            end = sum(span)
        _expect(end == size, "size")
        segment = None
        if size:
            _expect(bool(segments), "descriptors")
            segment = segments.pop()
            _expect(segment.size >= size, "segment")
        stream, stop = None, start
        if inline:
            stop = start + length
            _expect(stop <= len(data), "length")
            stream = data if (start, stop) == (0, len(data)) else data[start:stop]
        _expect(type(facts["inner"]) is list, "inner")
        inner = []
        for each in facts["inner"]:
            parcel, stop = cls._received(each, data, stop, segments, depth - 1)
            inner.append(parcel)
        summaries = dict(zip(names, map(Summary, *sums))) if names else {}
        made = cls(
            tuple(names), tuple(map(frozenset, needs)), summaries, facts["imports"], tuple(facts["reads"]),
            facts["sources"], tuple(inner),
            stream, length, facts["checksum"], tuple(map(tuple, spans)), segment, size,
        )  # fmt: skip
        return made, stop

    def mentions(self, word: bytes) -> bool:
        """Whether its stream, or that of a parcel inside, names this: a class, or a function that makes something."""
        if self._stream is not None:
            found = word in self._stream
        else:
            found = re.search(re.escape(word), self._segment.map(self._size)[: self._length]) is not None
        return found or any(parcel.mentions(word) for parcel in self.inner)

    def contents(self) -> tuple[bytes | memoryview, list[memoryview]]:
        """The stream and its large buffers, mapped privately: writable, and written to by nobody else.

        Raises
        ------
        ProtocolError
            If the stream is not what was packed.
        """
        mapped = self._segment.map(self._size) if self._segment is not None else None
        stream = self._stream if self._stream is not None else mapped[: self._length]
        if zlib.crc32(stream) != self._checksum:
            raise ProtocolError(f"the bytes of {', '.join(self.names)} changed on the way")
        return stream, [mapped[start : start + length] for start, length in self._spans]


@dataclass(frozen=True, slots=True)
class Packed:
    """One value of a parcel.

    Parameters
    ----------
    parcel : Parcel
    name : str
        Its name there.
    """

    parcel: Parcel
    name: str


FACTS = {
    "names", "needs", "summaries", "imports", "reads", "sources", "length", "inline", "checksum", "spans", "size",
    "inner",
}  # fmt: skip


def _joined(pieces: Sequence) -> Iterator:
    """The same stream in fewer pieces: each takes a call of the system to write."""
    for small, group in groupby(pieces, lambda piece: len(piece) < LARGE):
        if not small:
            yield from group
        else:
            while together := b"".join(islice(group, 4096)):
                yield together


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise ProtocolError(f"a parcel with bad {what}")


def _strings(value: object) -> bool:
    return type(value) is list and set(map(type, value)) <= {str}


def _counts(value: object) -> bool:
    return type(value) is list and set(map(type, value)) <= {int} and (not value or min(value) >= 0)


def _count(value: object) -> bool:
    return type(value) is int and value >= 0
