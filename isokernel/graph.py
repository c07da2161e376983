"""Which names of a notebook reach the same objects: what goes into a cell together, or its halves would part.

What holds what is asked of the interpreter (``gc.get_referents``), which knows every kind; for the few things that it
is not told, and the few that it tells too much of, there is a table (:meth:`Graph._look_at`). A look ends at what
another process has by itself: modules, what can be imported, and the machinery of kernels and frameworks.

Only what a cell is given is looked through. An object that somebody else holds as well has more references than were
counted on the way, and where there is none of these, as there mostly is none, no other name is looked at. Else the
others are looked through, those first that are quickly done, until each reference is accounted for.

An object with a single reference was met by the only way that leads to it, so it needs no place in a table: that is
why a hundred thousand small lists take a few milliseconds.

A class of the notebook is changed in place when it comes back, so what merely has it needn't go with it: it is looked
into only on the way down from what goes in. Nothing is kept from one question to the next, because nothing would tell
of a change in between.
"""

from __future__ import annotations

import enum
import gc
import sys
import types
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from sys import getrefcount
from typing import Any
from weakref import getweakrefcount, getweakrefs

from .cell.imports import is_installed
from .declaration import is_own, is_result
from .payload import (
    ATOMS,
    HANDLE,
    IMPORT,
    Parcel,
    changeable,
    goes_by_name,
    importable,
    is_fixed,
    is_importable,
    made_at_runtime,
    proxied,
)

HELD = next(map(getrefcount, [object()]))
"""What ``getrefcount``, mapped, says of an object that one container holds."""

NOT_DEEP = frozenset({"tensorflow", "jax", "jaxlib", "torch"})
"""Packages whose objects lead to all that their process has of them."""

WRAPPERS = "tensorflow.python.trackable.data_structures"  # containers of the user's, in another coat

MACHINERY = frozenset({"isokernel", "ipykernel", "zmq", "tornado", "asyncio", "_asyncio", "comm"})
"""Packages whose objects belong to their process, wherever they are met."""

COMMON = frozenset({
    "_abc._abc_data", "traitlets.config.configurable.Configurable",
    "pandas.Index", "pandas.core.indexes.base.Index", "pandas.core.dtypes.base.ExtensionDtype",
    "pandas.api.extensions.ExtensionDtype", "pandas._libs.internals.BlockPlacement",
    "pandas._libs.internals.BlockValuesRefs",
})  # fmt: skip
"""Types that nobody takes for his own: all tables made of one have its Index, of which only the name can be set."""

DESCRIPTORS = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
HOLDERS = (tuple, frozenset, slice, types.BuiltinFunctionType)  # can't be changed, but what they hold can
ENDS = (types.FunctionType, types.ModuleType)
INPUTS, NOBODY = 0, -1  # groups: what goes in, and what a library has for all

Look = Callable[[Any], tuple[Iterable[Any], Iterable[Any]]]
"""What an object holds: by references of its own, and otherwise."""


class Graph:
    """One look at a namespace, valid for as long as no code of the user has run since.

    Parameters
    ----------
    namespace : dict of str to object
        The notebook's.
    held : iterable of object
        What somebody who is no part of the notebook holds, once for each of his references.
    roots : callable
        Other things that may hold objects of the notebook, such as the last traceback. Asked only where it matters.
    links : mapping of int to iterable of object
        By the ids of objects, others that are to go with them.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        held: Iterable[Any] = (),
        roots: Callable[[], list[Any]] = list,
        links: Mapping[int, Iterable[Any]] | None = None,
    ) -> None:
        self._namespace, self._roots, self._links = namespace, roots, links or {}
        self._edges: defaultdict[int, int] = defaultdict(int)  # references that were met, by the object's id
        for value in held:
            self._edges[id(value)] += 1
        self._met: dict[int, Any] = {}  # objects that have several references
        self._group: dict[int, int] = {}  # by whom each was met
        self._leaders = [INPUTS]
        self._members: list[list[int]] = [[]]  # of each group, as far as somebody else may hold them
        self._classes: list[list[type]] = [[]]  # of each group, those that it has met, and that are looked into apart
        self._class_groups: dict[int, int] = {}  # of what classes hold, by their ids
        self._renewed = False  # a class has come to the inputs
        self._kinds: set[type] = set(ATOMS)  # all that were met
        self._leaves: set[type] = set(ATOMS)  # those that hold nothing of interest
        self._asks: dict[type, Callable[[Any], bool]] = {}  # those of which only some objects are of interest
        self._looks: dict[type, Look] = {}  # those for which the interpreter isn't asked, or not alone
        self._weak: set[type] = set()  # those whose instances may have weak references to them
        self._metas: set[type] = set()  # those that are classes of classes
        self._later: list[Any] = []  # met, but by no reference
        self._apart: list[tuple[type, int]] = []  # classes that are to be looked into, each with a group of its own
        self._constants: tuple[int, set[int]] = 0, set()  # what the classes among them have; from how many

    def joined(self, names: Iterable[str], values: Iterable[Any] = ()) -> list[str]:
        """Other names whose values reach an object that can be changed, and that those of `names` or `values` reach.

        What is neither among these nor among `names` shares nothing with them. Imports are never among these, nor
        IPython's own names, but for results (``_3``).
        """
        names = set(names)
        self._enter([self._namespace[name] for name in names if name in self._namespace], INPUTS)
        self._later += values
        self._enter([], INPUTS)
        if not self._renewed and not self._open():
            return []
        others = {name: None for name in self._namespace if name not in names and (is_result(name) or not is_own(name))}
        groups: dict[str, int] = {}
        found: list[str] = []
        while self._renewed or self._open():
            self._renewed = False
            new = self._bound(others, groups) or self._united(others, groups)
            if not new and self._open():
                new = self._holding(others, groups)
            for name in new:
                del others[name]
            found += new
            if not new and not self._renewed:
                break
        return [name for name in found if importable(name, self._namespace[name]) is None]

    def parts(self, value: Any, most: int) -> Iterator[Any]:
        """What `value` leads to, the nearest first, until `most` objects were met; atoms are left out.

        Functions, classes, modules and packed results are among it, but what these lead to is not.
        """
        seen, level = {id(value): value}, [value]
        self._learn(type(value))
        while level:
            found = self._into([obj for obj in level if self._looks.get(type(obj)) is not _array or obj.size <= most])
            found += self._later
            self._later, level = [], []
            for obj in found:
                kind = type(obj)
                if kind in ATOMS or id(obj) in seen or kind is dict and self._is_of_a_module(obj):
                    continue
                if len(seen) >= most:
                    return
                seen[id(obj)] = obj
                if kind not in self._kinds:
                    self._learn(kind)
                yield obj
                if kind not in self._leaves | self._metas and kind not in ENDS and not hasattr(kind, HANDLE):
                    level.append(obj)

    def _bound(self, others: Iterable[str], groups: Mapping[str, int]) -> list[str]:
        """Those of `others` that are bound to what the inputs have reached."""
        found = [name for name in others if self._is_inputs(id(self._namespace[name]))]
        for name in found:
            if name not in groups:  # else this reference was met
                self._edges[id(self._namespace[name])] += 1
        return found

    def _is_inputs(self, key: int) -> bool:
        return self._leader(self._group.get(key, self._class_groups.get(key, NOBODY))) == INPUTS

    def _united(self, others: Iterable[str], groups: dict[str, int]) -> list[str]:
        """Those of `others` that were looked through, and have turned out to share something with the inputs."""
        while self._classes[INPUTS]:
            self._unite(self._class_groups[id(self._classes[INPUTS].pop())], INPUTS)
        nameless = {key for key, group in self._class_groups.items() if self._leader(group) == INPUTS}
        nameless -= {id(value) for value in self._namespace.values()}  # nothing else would bring these back
        return [
            name
            for name in others
            if name in groups
            and (
                self._leader(groups[name]) == INPUTS
                or not nameless.isdisjoint(map(id, self._classes[self._leader(groups[name])]))
            )
        ]

    def _holding(self, others: Iterable[str], groups: dict[str, int]) -> list[str]:
        """Those of `others` that hold what the inputs have reached, as soon as one was found.

        `groups` are those that were looked through. Some of them may share something with one that comes later.
        """
        if not groups:
            groups[""] = self._new_group()
            self._enter(self._roots(), groups[""])
        todo = [name for name in others if name not in groups and type(self._namespace[name]) not in self._leaves]
        for name in sorted(todo, key=lambda name: _extent(self._namespace[name])):
            if not self._open():
                break
            self._renewed = False
            groups[name] = self._new_group()
            self._enter([self._namespace[name]], groups[name])
            if self._renewed or self._leader(groups[name]) == INPUTS:
                found = self._bound(others, groups) or self._united(others, groups)
                if found:
                    return found
        return []

    # Is every reference accounted for?

    def _open(self) -> bool:
        """Whether somebody else holds what the inputs reach."""
        keys, edges = self._members[INPUTS], self._edges
        counts = map(getrefcount, map(self._met.__getitem__, keys))
        still = [key for key, count in zip(keys, counts) if count - HELD > edges[key]]
        self._members[INPUTS] = [key for key in still if not self._is_common(key)]
        return bool(self._members[INPUTS])

    def _is_common(self, key: int) -> bool:
        """Whether an object is the same for all because a library has it, or can't be changed: nobody shares that."""
        if self._group[key] == NOBODY:
            return True
        obj = self._met[key]
        kind = type(obj)
        if issubclass(kind, HOLDERS):
            common = issubclass(kind, (tuple, frozenset)) and self._leaves.issuperset(map(type, obj))
        else:
            common = not changeable(obj) or self._is_of_a_library(obj)
        if common:
            self._group[key] = NOBODY
        return common

    def _is_of_a_library(self, obj: Any) -> bool:
        """Whether a library has `obj` for all that use it, and no name of the notebook is bound to it."""
        if self._constants[0] != len(self._kinds):
            bases = {base for kind in self._kinds for base in type.mro(kind) if is_importable(base)}
            values = [value for base in bases for value in vars(base).values()]
            if "matplotlib" in sys.modules:  # all axes have lists of its settings
                values += dict.values(sys.modules["matplotlib"].rcParams)
            self._constants = len(self._kinds), set(map(id, values))
        found = id(obj) in self._constants[1] or goes_by_name(obj) or _is_constant(obj)
        return found and not any(value is obj for value in self._namespace.values())

    # Groups of what was met together

    def _new_group(self) -> int:
        self._leaders.append(len(self._leaders))
        self._members.append([])
        self._classes.append([])
        return len(self._leaders) - 1

    def _leader(self, group: int) -> int:
        while group != NOBODY and self._leaders[group] != group:
            group = self._leaders[group]
        return group

    def _unite(self, one: int, other: int) -> None:
        first, second = sorted((self._leader(one), self._leader(other)))
        if first != second:
            self._renewed |= first == INPUTS
            self._leaders[second] = first
            self._members[first] += self._members[second]
            self._classes[first] += self._classes[second]

    # Looking through

    def _enter(self, met: list[Any], group: int) -> None:
        """Look through objects, and all that they hold; each was met by a reference that somebody has to it."""
        while met or self._later:
            more = self._sift(met, group)
            later, self._later = self._later, []
            met += [obj for obj in later if self._leads_to(obj, group)]
            met = self._into(met)
            met += more
            del more, later  # who counts references must be the only one to have some
        while self._apart:
            cls, own = self._apart.pop()
            self._enter(gc.get_referents(cls), own)

    def _sift(self, met: list[Any], group: int) -> list[Any]:
        """Leave in `met` what is to be looked into, and wasn't yet; returns what classes among it hold.

        In place: another list would be one more that holds them.
        """
        kinds = set(map(type, met))
        for kind in kinds - self._kinds:
            self._learn(kind)
        leaves = self._leaves
        if kinds <= leaves:
            met.clear()
            return []
        if not kinds.isdisjoint(leaves):
            met[:] = [obj for obj in met if type(obj) not in leaves]
            kinds -= leaves
        more: list[Any] = []
        if metas := kinds & self._metas:
            for cls in {obj for obj in met if type(obj) in metas}:
                more += self._class(cls, group)
            met[:] = [obj for obj in met if type(obj) not in metas]
        if not kinds.isdisjoint(self._asks):
            asks = self._asks
            met[:] = [obj for obj in met if type(obj) not in asks or asks[type(obj)](obj)]
        weakly = not kinds.isdisjoint(self._weak) and any(map(getweakrefcount, met))
        if weakly or sum(map(getrefcount, met)) != len(met) * (HELD + 1):
            alone = HELD + 1
            counts = list(map(getrefcount, met))
            met[:] = [
                obj
                for obj, count in zip(met, counts)
                if (count == alone and not (weakly and getweakrefcount(obj))) or self._note(obj, group)
            ]
        return more

    def _note(self, obj: Any, group: int, *, owned: bool = True) -> bool:
        """Whether an object that several hold, or lead to, is met for the first time."""
        key = id(obj)
        if owned:
            self._edges[key] += 1
        known = self._group.get(key)
        if known is None:
            if type(obj) is dict and self._is_of_a_module(obj):
                return False
            self._group[key], self._met[key] = group, obj
            self._members[self._leader(group)].append(key)
            self._later += self._links.get(key, ())
            if type(obj) in self._weak:
                self._later += [
                    ref for ref in getweakrefs(obj) if type(obj) is not types.FunctionType or ref.__callback__ is None
                ]
            return True
        if known != NOBODY and self._leader(known) != self._leader(group) and not self._is_common(key):
            self._unite(known, group)
        return False

    def _is_of_a_module(self, names: dict[Any, Any]) -> bool:
        return names is self._namespace or "__spec__" in names and "__name__" in names

    def _leads_to(self, obj: Any, group: int) -> bool:
        """Whether an object that others lead to, without a reference to it, is to be looked into."""
        kind = type(obj)
        if kind not in self._kinds:
            self._learn(kind)
        if kind in self._leaves or kind in self._asks and not self._asks[kind](obj):
            return False
        if kind in self._metas:
            self._enter(self._class(obj, group), group)
            return False
        return self._note(obj, group, owned=False)

    def _class(self, cls: type, group: int) -> list[Any]:
        """What a class of the notebook holds, if it goes in; else it is looked into apart."""
        if is_importable(cls):
            return []
        group, known = self._leader(group), self._class_groups.get(id(cls))
        if known is None:
            self._met[id(cls)] = cls
            own = self._class_groups[id(cls)] = INPUTS if group == INPUTS else self._new_group()
            if group == INPUTS:
                self._renewed = True
                return gc.get_referents(cls)
            self._apart.append((cls, own))
        elif group == INPUTS and self._leader(known) != INPUTS:
            self._unite(known, INPUTS)
        if group != INPUTS:
            self._classes[group].append(cls)
        return []

    def _into(self, level: list[Any]) -> list[Any]:
        """What objects hold by references of their own; what else they lead to is for later."""
        looks = self._looks
        special = [obj for obj in level if type(obj) in looks] if looks else []
        if not special:
            return gc.get_referents(*level)
        met = gc.get_referents(*[obj for obj in level if type(obj) not in looks])
        for obj in special:
            owned, others = looks[type(obj)](obj)
            met += owned
            self._later += others
        return met

    def _handle(self, handle: Any) -> tuple[tuple[()], tuple[Parcel]]:
        """A packed result: its parcel, which must be noted, for others may have been opened of it."""
        parcel = getattr(handle, HANDLE)[0]
        self._edges[id(parcel)] += 1
        return (), (parcel,)

    def _learn(self, kind: type) -> None:
        """Find out how objects of a kind are to be treated."""
        self._kinds.add(kind)
        module = getattr(kind, "__module__", None)
        root = module.partition(".")[0] if isinstance(module, str) else ""
        numpy = sys.modules.get("numpy")
        if issubclass(kind, type):
            self._metas.add(kind)
            return
        if hasattr(kind, HANDLE):
            self._looks[kind] = self._handle
        elif kind is Parcel:
            self._looks[kind] = lambda parcel: ((parcel.inner,), ())
        elif _is_leaf(kind, root):
            self._leaves.add(kind)
        elif issubclass(kind, enum.Enum):
            self._looks[kind] = lambda member: ((type(member),), ())
        elif issubclass(kind, types.ModuleType):
            self._asks[kind] = lambda module: made_at_runtime(module) and module.__name__ != "__main__"
            self._looks[kind] = lambda module: (list(vars(module).values()), ())
        elif kind is types.FunctionType:
            self._asks[kind] = lambda func: not is_importable(func)
            self._looks[kind] = _function
        elif kind is types.BuiltinFunctionType:
            self._asks[kind] = lambda func: not isinstance(func.__self__, (types.ModuleType, type, types.NoneType))
        elif issubclass(kind, weakref.ref):
            self._looks[kind] = lambda ref: (gc.get_referents(ref), _target(weakref.ref.__call__(ref)))
        elif issubclass(kind, (weakref.ProxyType, weakref.CallableProxyType)):
            self._looks[kind] = lambda proxy: ((), _target(proxied(proxy)))
        elif numpy is not None and issubclass(kind, numpy.ndarray):
            self._looks[kind] = _array
        elif root in NOT_DEEP and module != WRAPPERS:
            self._looks[kind] = lambda obj: ((), ())
        if getattr(kind, "__weakrefoffset__", 0) and not _counts_itself(kind):
            self._weak.add(kind)


def _is_constant(obj: Any) -> bool:
    """Whether a module of the installed package that `obj` is of has it under a name."""
    root = type(obj).__module__.partition(".")[0]
    package = sys.modules.get(root)
    if package is None or not is_installed(getattr(package, "__file__", None) or ""):
        return False
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == root]
    return any(value is obj for module in modules for value in list(getattr(module, "__dict__", {}).values()))


def _is_leaf(kind: type, root: str) -> bool:
    """Whether what objects of a kind lead to is of no interest."""
    if root in MACHINERY or hasattr(kind, IMPORT) or issubclass(kind, DESCRIPTORS):
        return True
    if issubclass(kind, enum.Enum) and is_importable(kind):
        return True
    if any(f"{base.__module__}.{base.__qualname__}" in COMMON for base in type.mro(kind)):
        return True
    return is_fixed(kind) and not issubclass(kind, HOLDERS)


def _counts_itself(kind: type) -> bool:
    """Whether the weak references to an object of a kind are books that its library keeps."""
    return kind is Parcel or any(base.__module__ == "pandas._libs.internals" for base in type.mro(kind))


def _function(func: types.FunctionType) -> tuple[list[Any], tuple[()]]:
    """What a function holds; but its globals are the notebook's names, or those of a module."""
    without = (func.__globals__, func.__builtins__)
    return [part for part in gc.get_referents(func) if not any(part is other for other in without)], ()


def _array(array: Any) -> tuple[list[Any], tuple[()]]:
    """What an array holds: the memory that it is a view of, or objects."""
    held = gc.get_referents(array)  # the attributes of a subclass
    if array.base is not None:
        held.append(array.base)
    elif array.dtype == object:
        held += array.reshape(-1).tolist()
    elif array.dtype.hasobject:
        held += [obj for field in array.reshape(-1).tolist() for obj in field]
    return held, ()


def _target(obj: Any) -> tuple[Any, ...]:
    return () if obj is None else (obj,)


def _extent(value: Any) -> int:
    """How long looking through a value may take, at a glance."""
    return len(value) if type(value) in (list, tuple, dict, set, frozenset) else 0
