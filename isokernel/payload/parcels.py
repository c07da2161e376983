"""Packing and unpacking: a namespace's values to parcels, and parcels to values.

Names that share something that can be changed are one parcel. To find out, each name is pickled with a memo of its
own and the memos are compared; names that turn out to share are pickled again as one stream. Nothing large is copied
before that is settled.
"""

from __future__ import annotations

import gc
import io
import linecache
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain

from ..errors import ProtocolError, ValueRefused, size
from .depth import deeply, is_pickle_limited
from .functions import Along, bound, importable
from .memory import LARGE
from .opening import NAMESPACE, Landings, Opening, referred, stack
from .parcel import Packed, Parcel
from .pickler import NO_NOTES, Pickler, Referring, holds_nan, refresh_dispatch
from .refusal import refused, words
from .registry import Refuse, attach_loaded
from .sharing import components
from .summary import PLAIN, summary


@dataclass(frozen=True, slots=True)
class Packing:
    """What became of some values.

    Attributes
    ----------
    parcels : tuple of Parcel
        The values that can be carried, each name in one parcel.
    refusals : tuple of ValueRefused
        The others, one error for each name; it is the caller who raises.
    """

    parcels: tuple[Parcel, ...] = ()
    refusals: tuple[ValueRefused, ...] = ()


NOTHING = Packing()
UNDERWAY = "{} was being packed"
"""A note on an interrupt: what took the time."""


def pack(
    values: Mapping[str, object],
    *,
    namespace: dict,
    together: bool = False,
    along: Along | None = None,
    known: Mapping[int, Packed] | None = None,
    wanted: Set[str] | None = None,
    everywhere: bool = False,
    kin: bool = False,
    caches: bool | None = None,
) -> Packing:
    """Pack `values`, names that share what can be changed together.

    Parameters
    ----------
    values : mapping of str to object
        What to carry, by name.
    namespace : dict
        The user's globals. Functions and classes of it that cross under a name will read the receiver's.
    together : bool
        One parcel for all names.
    along : callable, optional
        Given a name that is no key of `values`, whether its value travels beside a function that reads it.
    known : mapping of int to Packed, optional
        By their ids, objects that a parcel holds already, and that are as they were then. Wherever one is met, the
        new parcel refers to it; that takes a moment for each object, so give none where there are none.
    wanted : set of str, optional
        Only the parcels that hold one of these names are made; the other values are there to be compared with.
    everywhere : bool
        Functions and classes of the namespace will read the receiver's inside other values, too.
    kin : bool
        With a class of the namespace go those that derive from it, where they can be packed.
    caches : bool, optional
        What functions have cached goes along, where it can be packed. As `everywhere`, if not given.

    """
    if not values or (wanted is not None and not wanted):
        return NOTHING
    attach_loaded()
    refresh_dispatch()
    values = {name: NAMESPACE if value is namespace else value for name, value in values.items()}
    packer = _Packer(values, namespace, along, known, wanted, everywhere, kin, everywhere if caches is None else caches)
    with _uncollected():
        parcels = [packer.parcel(list(values))] if together or len(values) == 1 else packer.apart()
    refusals = [refusal for refusal in packer.refusals if wanted is None or refusal.name in wanted]
    return Packing(tuple(parcel for parcel in parcels if parcel is not None), tuple(refusals))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without rounds of the garbage collector: many objects are made, none of them garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Packer:
    """One call of :func:`pack`."""

    def __init__(
        self,
        values: dict[str, object],
        namespace: dict,
        along: Along | None,
        known: Mapping[int, Packed] | None,
        wanted: Set[str] | None,
        everywhere: bool,
        kin: bool,
        caches: bool,
    ) -> None:
        self.values, self.namespace, self.known, self.wanted = values, namespace, known, wanted
        self.everywhere, self.kin, self.caches, self.stamp = everywhere, kin, caches, time.time_ns()
        self.along = None if along is None else (lambda name: name not in values and along(name))
        self.bound = bound(values.values(), namespace, self.along)
        self.refusals: list[ValueRefused] = []
        self.books: dict[type, object] = {}
        self.plans: dict[type, tuple] = {}

    def apart(self) -> list[Parcel | None]:
        """Parcels as small as sharing allows; those that hold a wanted name."""
        drafts = self.drafts()
        if self.settle():
            drafts = self.drafts()
        groups = components([(names, draft.pickler) for names, draft in drafts.items()])
        final = []
        for group in groups:
            if self.wanted is not None and self.wanted.isdisjoint(chain.from_iterable(group)):
                continue
            # What needs the least comes first: an unpickler can stop there, and can't skip.
            group = sorted(group, key=lambda names: len(drafts[names].pickler.notes.roots))
            single = len(group) == 1
            final.append(drafts[group[0]] if single else self.draft([name for names in group for name in names]))
        return [self.finish(draft) for draft in self.merged([draft for draft in final if draft is not None])]

    def merged(self, drafts: list[_Draft]) -> list[_Draft]:
        """The same drafts, the smaller ones in one if there are more segments than a process can well hold open."""
        large = sorted((draft for draft in drafts if draft.nbytes >= LARGE), key=lambda draft: -draft.nbytes)
        rest = large[MOST - 1 :]
        if len(rest) < 2:
            return drafts
        one = self.draft([name for draft in drafts if draft in rest for name in draft.sizes])
        return [draft for draft in drafts if draft not in rest] + ([one] if one is not None else [])

    def settle(self) -> bool:
        """Close the books that reducers kept; whether that changes what they say of values already seen."""
        again = any([book.settle() for book in self.books.values()])  # noqa: C419
        if again:
            self.refusals.clear()
        return again

    def drafts(self) -> dict[tuple[str, ...], _Draft]:
        """A stream for each name, but one for all instances of a class that travels by value, one for small atoms."""
        drafts, kinds = {}, {}
        for name, value in self.values.items():
            kind = type(value)
            # Instances of one class that travels by value share it for certain; a thousand of them in one stream
            # carry it once, and would carry it a thousand times to find that out.
            if kind is float and value != value:  # it is known by being that object, so others may share it
                drafts[(name,)] = self.draft([name])
            elif kind in PLAIN or kind in (str, bytes) and len(value) < LARGE:
                # Nothing of them can be changed, or is worth a stream.
                if self.wanted is None or name in self.wanted:
                    kinds.setdefault(None, []).append(name)
            elif kind.__flags__ & HEAP and not importable(kind):
                kinds.setdefault(kind, []).append(name)
            else:
                draft = self.draft([name])
                if draft is not None:
                    drafts[(name,)] = draft
        for names in kinds.values():
            draft = self.draft(names)
            if draft is not None:
                drafts[tuple(draft.sizes)] = draft
        return drafts

    def parcel(self, names: list[str]) -> Parcel | None:
        """One parcel of `names`, less those that are refused; None if all are."""
        draft = self.draft(names)
        if self.settle():
            draft = self.draft(names)
        return self.finish(draft) if draft is not None else None

    def draft(self, names: list[str]) -> _Draft | None:
        """One stream of `names`, less those that are refused; None if all are."""
        names, referring = list(names), bool(self.known)
        while names:
            pickler, sizes, needs = self.pickler(referring), {}, {}
            for name in names:
                try:
                    sizes[name] = pickler.dump(self.values[name])
                    needs[name] = pickler.notes.news() if pickler.notes is not NO_NOTES else NOTHING_MORE
                except RecursionError:
                    return self.deep_draft(names)
                except KeyboardInterrupt as interrupt:
                    interrupt.add_note(UNDERWAY.format(name))
                    raise
                except Exception as error:  # noqa: BLE001 (whatever the reducers of users and libraries raise)
                    if self.along is not None or self.kin or self.caches:
                        # It may be what goes along that can't be carried, and nobody has asked for that.
                        self.along, self.kin, self.caches = None, False, False
                        self.bound = bound(self.values.values(), self.namespace)
                        break
                    self.refuse(name, pickler, error)
                    # What the failed dump memoized is not in the stream whole; only a new stream is sound.
                    names.remove(name)
                    break
            else:
                if referring or not holds_nan(pickler.pieces):
                    return _Draft(pickler, sizes, needs)
                referring = True  # it asks for each object, which is too dear for those that hold no NaN
        return None

    def deep_draft(self, names: list[str]) -> _Draft | None:
        """The same for values that nest deeper than Python's stack reaches."""
        sound, in_python = [], is_pickle_limited()
        for name in names:
            pickler = self.pickler(in_python=in_python)
            try:
                deeply(partial(pickler.dump, self.values[name]))
                sound.append(name)
            except KeyboardInterrupt as interrupt:
                interrupt.add_note(UNDERWAY.format(name))
                raise
            except Exception as error:  # noqa: BLE001
                self.refuse(name, pickler, error)
        if not sound:
            return None
        pickler = self.pickler(in_python=in_python)
        needs = {}

        def dump(name: str) -> int:
            size = pickler.dump(self.values[name])
            needs[name] = pickler.notes.news()
            return size

        return _Draft(pickler, deeply(lambda: {name: dump(name) for name in sound}), needs)

    def pickler(self, referring: bool = False, in_python: bool = False) -> Pickler:
        given = self.namespace, self.bound, self.books, self.plans, self.along, self.everywhere
        pickler = Referring(self.known or {}, *given) if self.known or referring else Pickler(*given)
        pickler.kin, pickler.caches, pickler.stamp = self.kin, self.caches, self.stamp
        if in_python:
            pickler.go_on_in_python()
        return pickler

    def refuse(self, name: str, pickler: Pickler, error: Exception) -> None:
        self.refusals.append(refused(name, self.values[name], pickler.last, error, self.namespace))

    def finish(self, draft: _Draft) -> Parcel | None:
        """The parcel of a draft, its large buffers copied to a segment; None, and all refused, if none can be had."""
        pickler, notes = draft.pickler, draft.pickler.notes
        try:
            return Parcel.holding(
                pickler.pieces,
                pickler.buffers,
                names=tuple(draft.sizes),
                needs=tuple(draft.needs[name] for name in draft.sizes),
                summaries={name: summary(self.values[name], size) for name, size in draft.sizes.items()},
                imports=notes.imports,
                reads=tuple(sorted(notes.reads)),
                sources=notes.sources,
                inner=tuple(notes.inner.values()),
            )
        except OSError as error:  # no descriptor left, no memory, or no room on a disk that stands in for it
            full = Refuse(f"the system has no room for its {size(draft.nbytes)} ({error.strerror}).")
            for name in draft.sizes:
                self.refusals.append(refused(name, self.values[name], self.values[name], full, self.namespace))
            return None


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A stream that is complete, and the bytes and the needed modules that each name added to it."""

    pickler: Pickler
    sizes: dict[str, int]
    needs: dict[str, frozenset[str]]

    @property
    def nbytes(self) -> int:
        return sum(self.sizes.values())


NOTHING_MORE: frozenset[str] = frozenset()
MOST = 200  # segments of one pack: a process may often have no more than 1024 descriptors, and a message 65,535
HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement (or a modern extension)


def unpack(
    parcels: Iterable[Parcel],
    *,
    namespace: dict,
    first: int | None = None,
    adopt: bool = False,
    renew: bool = False,
    landings: Landings | None = None,
) -> dict[str, object]:
    """Open parcels.

    Parameters
    ----------
    parcels : iterable of Parcel
        Each may be opened any number of times, and gives new objects each time.
    namespace : dict
        Where functions that crossed under a name look up their globals from now on.
    first : int, optional
        Open that many names of each parcel, in its order, and leave the rest.
    adopt : bool
        Bind in the namespace, where it has no such name, what functions brought along because they read it; classes,
        functions and modules that are here already are the cell's.
    renew : bool
        Make of classes, functions and modules that are here already what they were where they were packed: before a
        cell has begun.
    landings : Landings, optional
        Takes what would be done to classes, modules and tables that are here already; else it is done at once.

    Raises
    ------
    ProtocolError
        If the bytes are not what was packed.
    ValueRefused
        If a value fails while it is opened, as when its module can't be imported here.
    """
    values: dict[str, object] = {}
    with _uncollected():
        for parcel in parcels:
            values.update(_opened(parcel, namespace, parcel.names[:first], adopt, renew, landings))
    return values


def _opened(
    parcel: Parcel,
    namespace: dict,
    names: tuple[str, ...],
    adopt: bool,
    renew: bool,
    landings: Landings | None,
    outermost: bool = True,
) -> dict[str, object]:
    if not names:
        return {}
    stream, buffers = parcel.contents()
    for filename, text in parcel.sources.items():
        if filename not in linecache.cache:
            # No time: linecache then never looks for the file.
            linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    found: dict[int, dict[str, object]] = {}

    def inner(index: int, name: str) -> object:
        if index not in found:
            inside = parcel.inner[index]
            found[index] = _opened(inside, namespace, inside.names, adopt, renew, landings, outermost=False)
        return found[index][name]

    values: dict[str, object] = {}
    stack.openings.append(Opening(namespace, inner, adopt, renew, outermost, landings))
    try:
        unpickler = _Unpickler(io.BytesIO(stream), buffers=buffers)
        for name in names:
            values[name] = unpickler.load()
        for finish in stack.openings[-1].later:
            finish()
    except (ProtocolError, ValueRefused):
        raise
    except Exception as error:  # the checksum was right: whatever it is, it is the value's
        name = parcel.names[len(values)]
        about = parcel.summaries[name].type
        raise ValueRefused(name, "", about, f"opening it failed with {type(error).__name__}: {words(error)}") from error
    finally:
        stack.openings.pop()
    return values


class _Unpickler(pickle.Unpickler):
    """Knows the references to parcels inside."""

    def persistent_load(self, reference: tuple[int, str]) -> object:
        return referred(*reference)
