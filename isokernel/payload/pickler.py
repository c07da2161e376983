"""One stream: objects to protocol-5 pickle, with what the other side will need to open it.

A pickler may be given several values, one ``dump`` each; they share its memo, so an object reached from two of them is
one object again when the stream is opened. It owns no memory: large buffers are only referred to until a segment is
written.
"""

from __future__ import annotations

import copyreg
import linecache
import math
import pickle
import struct
import sys
import threading
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from os.path import exists

import cloudpickle

from .classes import reduce_class
from .constants import constant, is_known
from .functions import (
    Homes,
    beside,
    importable,
    make_cell,
    reads,
    reduce_code,
    reduce_function,
    reduce_module,
    set_cell,
)
from .importing import original, originals
from .instances import has_dict, is_delicate, reduce_instance, shares_dict
from .memory import LARGE
from .opening import NAMESPACE, NAN, referred
from .parcel import Packed
from .registry import REDUCERS

HANDLE = "__isokernel_parcel__"
NOTHING: frozenset[str] = frozenset()
OURS = frozenset({"__main__", "builtins", "isokernel", "cloudpickle"}) | sys.stdlib_module_names


@dataclass(slots=True)
class Notes:
    """What a pickler learns on the way about what its stream will need.

    Attributes
    ----------
    inner : dict of int to Parcel
        The parcels that handles stood for, by id.
    imports : dict of str to str
        What functions bound to the receiver's namespace read of modules.
    named : set of int
        Ids of objects that go by a name.
    reads : set of str
        What those functions read of the receiver's namespace.
    nans : dict of int to float
        NaNs that are no module's, by id.
    """

    homes: Homes | None
    inner: dict[int, object] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    cells: set[int] = field(default_factory=set)
    nans: dict[int, float] = field(default_factory=dict)
    _told: tuple[tuple[int, int], frozenset[str]] = ((0, 0), frozenset())

    @property
    def roots(self) -> frozenset[str]:
        """Top-level modules, but for Python's own, that opening the stream imports."""
        found = {name.partition(".")[0] for name in self.modules if isinstance(name, str)} - OURS
        return frozenset(found).union(*(parcel.roots for parcel in self.inner.values()))

    def news(self) -> frozenset[str]:
        """Those roots that weren't there at the last call."""
        extent = len(self.modules), len(self.inner)
        if extent == self._told[0]:
            return NOTHING
        roots = self.roots
        new, self._told = roots - self._told[1], (extent, roots)
        return new

    @property
    def sources(self) -> dict[str, str]:
        """Text of the cells whose code is in the stream, by file name; files on disk are not among them."""
        found = {}
        for name in self.files:
            entry = linecache.cache.get(name)
            if entry is not None and len(entry) == 4 and not exists(name):
                found[name] = "".join(entry[2])
        return found


NO_NOTES = Notes(None)
"""Of plain containers and atoms there is nothing to note, and making seven empty ones costs more than they do."""


class _Packing(threading.local):
    pickler: Pickler | None = None


packing = _Packing()


def book(kind: type) -> object:
    """For a reducer: the one object of `kind` of the pack it is called in.

    Its method ``settle()`` is called when all values were seen; if it returns True, they are all reduced once more.
    """
    books = packing.pickler.books
    if kind not in books:
        books[kind] = kind()
    return books[kind]


def keeps_caches() -> bool:
    """For a reducer: whether what is remembered of calls goes along in the pack it is called in."""
    return packing.pickler.caches


def undeclared() -> bool:
    """For a reducer: whether the pack is for, or of, a cell that declares nothing."""
    return packing.pickler is not None and packing.pickler._scope[2]


class _Sink:
    """The least that a pickler can write to."""

    __slots__ = ("write",)

    def __init__(self, pieces: list) -> None:
        self.write = pieces.append


_Streaming = pickle.Pickler  # as it was when this was imported


BUILTIN_TYPES = {id(kind): name for name, kind in vars(types).items() if type(kind) is type}
"""Types of the interpreter that say they are builtins and are found only in :mod:`types`: by id, their names there."""


class Pickler(cloudpickle.Pickler):
    """Pickles values of a namespace.

    Parameters
    ----------
    namespace : dict
        The user's globals.
    bound : frozenset of int
        Ids of the functions that will read the receiver's namespace instead.
    books : dict of type to object
        What reducers note about the whole pack; see :func:`book`.
    plans : dict of type to tuple
        What was found out about types, for the other picklers of the pack.
    along : callable, optional
        Which names of the namespace travel beside a bound function that reads them.
    everywhere : bool
        Whether all functions of the namespace will read the receiver's, wherever in a value they are.
    """

    dispatch_table: dict = {}  # noqa: RUF012
    tells = True  # what a bound function reads is told beside it
    kin = False  # classes bring those that derive from them
    caches = False  # what functions have cached goes along
    stamp = 0  # when it packs, for those who get several states of one object

    def __init__(
        self,
        namespace: dict,
        bound: frozenset[int] = frozenset(),
        books: dict | None = None,
        plans: dict | None = None,
        along: Callable[[str], bool] | None = None,
        everywhere: bool = False,
    ) -> None:
        self.along = along
        self.books = {} if books is None else books
        self.pieces: list[bytes | bytearray] = []
        self.buffers: list[memoryview] = []
        self.last: object = None
        self.notes = NO_NOTES
        self._scope = namespace, bound, everywhere
        self._plans: dict[type, tuple] = {} if plans is None else plans
        self._in_python: _InPython | None = None
        _Streaming.__init__(self, _Sink(self.pieces), protocol=5, buffer_callback=_taker(self.buffers))

    def dump(self, value: object) -> int:
        """Append `value` to the stream; returns the bytes it added, large buffers included."""
        start, taken = len(self.pieces), len(self.buffers)
        before, packing.pickler = packing.pickler, self
        try:
            _Streaming.dump(self, value) if self._in_python is None else self._in_python.dump(value)
        finally:
            packing.pickler = before
        if len(self.pieces) == start + 1 and len(self.buffers) == taken and type(self.pieces[start]) is bytes:
            return len(self.pieces[start])  # a small value, of which there may be many
        for i in range(start, len(self.pieces)):
            if type(self.pieces[i]) is memoryview:  # of a str, and valid only while the memo keeps it
                self.pieces[i] = bytes(self.pieces[i])
        return sum(map(len, self.pieces[start:])) + sum(view.nbytes for view in self.buffers[taken:])

    def go_on_in_python(self) -> None:
        """Write what comes by pickle's implementation in Python: many times slower, and as deep as Python recurses."""
        self._in_python = _InPython(self)

    def reducer_override(self, obj: object):
        """Called by pickle for everything but atoms and plain containers, once for each object."""
        self.last = obj
        if id(obj) in originals.known and (replaced := originals.of(obj)) is not None:
            return original, replaced
        notes = self.notes
        if notes is NO_NOTES:
            notes = self.notes = Notes(Homes(*self._scope))
        kind = type(obj)
        plan = self._plans.get(kind)
        if plan is None:
            plan = self._plans[kind] = REDUCERS.chain(kind), self._special(kind), kind.__module__
        notes.modules.add(plan[2])
        for reduce in plan[0]:
            found = reduce(obj)
            if found is not NotImplemented:
                return found
        return plan[1](self, obj) if plan[1] is not None else NotImplemented

    @staticmethod
    def _special(kind: type) -> Callable | None:
        """The method that knows instances of `kind`, which need more than the object alone."""
        if kind in SPECIAL:
            return SPECIAL[kind]
        if issubclass(kind, type):
            return Pickler._class
        if issubclass(kind, types.ModuleType):
            return Pickler._module
        if hasattr(kind, HANDLE):
            return Pickler._handle
        if is_delicate(kind):
            return Pickler._instance
        if has_dict(kind):
            return Pickler._constant_or_sharing if is_known(kind) else Pickler._sharing
        return Pickler._constant if is_known(kind) else None

    def _class(self, cls: type):
        if importable(cls):
            self.notes.modules.add(cls.__module__)
            return NotImplemented
        if id(cls) in BUILTIN_TYPES:
            self.notes.named.add(id(cls))
            return getattr, (types, BUILTIN_TYPES[id(cls)])
        return reduce_class(cls, self.notes.homes.named(cls), self.stamp, self.kin)

    def _function(self, func: types.FunctionType):
        if importable(func):
            self.notes.modules.add(func.__module__)
            return NotImplemented
        home = self.notes.homes.of(func)
        told = None
        if home is NAMESPACE:
            told = beside(func, self.along) if self.tells else ({}, {})
            self.notes.imports.update(told[0])
            self.notes.reads.update(reads(func.__code__))
        self.notes.cells.update(map(id, func.__closure__ or ()))
        return reduce_function(func, home, told, self.stamp if self.notes.homes.everywhere else None)

    def _builtin(self, func: types.BuiltinFunctionType):
        self.notes.modules.add(func.__module__ or "builtins")
        return NotImplemented

    def _code(self, code: types.CodeType):
        self.notes.files.add(code.co_filename)
        return reduce_code(code)

    def _cell(self, cell: types.CellType):
        if id(cell) in self.notes.cells:  # its function says what is in it
            return make_cell, ()
        try:
            return make_cell, (), (cell.cell_contents,), None, None, set_cell
        except ValueError:
            return make_cell, ()

    def _module(self, module: types.ModuleType):
        reduced = reduce_module(module, self.stamp)
        if len(reduced) == 2:
            self.notes.modules.add(module.__name__)
        else:
            self.notes.homes.adopt(module)
        return reduced

    def _constant(self, obj: object):
        """A constant of a module, such as dataclasses.MISSING, is that constant over there too."""
        if getattr(obj, "__dict__", None):
            return NotImplemented
        found = constant(obj)
        if found is not NotImplemented:
            self.notes.named.add(id(obj))
        return found

    def _sharing(self, obj: object):
        return reduce_instance(obj) if shares_dict(obj) else NotImplemented

    def _constant_or_sharing(self, obj: object):
        found = self._constant(obj)
        return found if found is not NotImplemented else self._sharing(obj)

    def _instance(self, obj: object):
        found = self._constant(obj) if is_known(type(obj)) else NotImplemented
        return found if found is not NotImplemented else reduce_instance(obj)

    def _handle(self, handle: object):
        return referred, self._reference(*getattr(handle, HANDLE))

    def _reference(self, parcel: object, name: str) -> tuple[int, str]:
        if self.notes is NO_NOTES:
            self.notes = Notes(Homes(*self._scope))
        self.notes.inner.setdefault(id(parcel), parcel)
        return list(self.notes.inner).index(id(parcel)), name


class Referring(Pickler):
    """Refers to objects that are packed already, wherever it meets them, and to NaNs.

    A float goes by its value, but a NaN is equal to nothing, so what finds it again (``np.nan in values``) is that it
    is the very object: that of a module, or the same one within a stream.

    Parameters
    ----------
    known : mapping of int to Packed
        By their ids.
    """

    def __init__(self, known: Mapping[int, Packed], *given: object) -> None:
        super().__init__(*given)
        self._known = known

    def persistent_id(self, obj: object) -> tuple[int, str] | None:
        """Called by pickle for every object; None for those that go into the stream."""
        if type(obj) is float:
            return None if obj == obj else self._nan(obj)
        found = self._known.get(id(obj))
        return None if found is None else self._reference(found.parcel, found.name)

    def _nan(self, obj: float) -> tuple[int, str]:
        if self.notes is NO_NOTES:
            self.notes = Notes(Homes(*self._scope))
        for home in ("numpy", "math"):
            if getattr(sys.modules.get(home), "nan", None) is obj:
                self.notes.modules.add(home)
                return NAN, home
        sign = "-" if math.copysign(1, obj) < 0 else ""
        self.notes.nans.setdefault(id(obj), obj)
        return NAN, f"{sign}{list(self.notes.nans).index(id(obj))}"


class _InPython(pickle._Pickler):
    """Writes what a `pickler` would write, where that would."""

    def __init__(self, pickler: Pickler) -> None:
        sink = _Sink(pickler.pieces)
        # It hands over views of its own buffers, which can't be freed as long as the views are kept.
        sink.write = lambda data: pickler.pieces.append(bytes(data))
        super().__init__(sink, protocol=5, buffer_callback=_taker(pickler.buffers))
        self.dispatch_table = pickler.dispatch_table
        self._reduce = pickler.reducer_override
        if isinstance(pickler, Referring):
            self.persistent_id = pickler.persistent_id

    def reducer_override(self, obj: object):
        """Called by this implementation for atoms and plain containers, too."""
        return NotImplemented if type(obj) in PLAIN else self._reduce(obj)


PLAIN = pickle._Pickler.dispatch.keys() - {type, types.FunctionType}
"""The types that pickle in C writes without asking a reducer."""


def holds_nan(pieces: Iterable[bytes]) -> bool:
    """Whether a stream may hold a NaN by its value."""
    return any(number in piece for piece in pieces for number in NANS)


NANS = tuple(pickle.BINFLOAT + struct.pack(">d", math.copysign(math.nan, sign)) for sign in (1, -1))


SPECIAL = {
    types.FunctionType: Pickler._function,
    types.BuiltinFunctionType: Pickler._builtin,
    types.CodeType: Pickler._code,
    types.CellType: Pickler._cell,
}


def _taker(buffers: list[memoryview]) -> Callable[[pickle.PickleBuffer], bool]:
    """Keeps large buffers out of the stream; says of the others that they belong in it."""

    def take(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < LARGE:
            return True
        buffers.append(view)
        return False

    return take


_known_reducers = -1


def refresh_dispatch() -> None:
    """Take over what was registered with copyreg since the last pack.

    A plain dict, because pickle looks a type up in any other mapping, cloudpickle's ChainMap too, ten times slower.
    """
    global _known_reducers
    if len(copyreg.dispatch_table) != _known_reducers:
        _known_reducers = len(copyreg.dispatch_table)
        Pickler.dispatch_table = {**copyreg.dispatch_table, **cloudpickle.Pickler._dispatch_table}
