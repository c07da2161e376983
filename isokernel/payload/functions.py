"""Functions of the notebook, and of modules that no other process can import: by value, in the right namespace.

Where a function looks up its globals on the other side:

- the receiver's namespace, if it is `bound`: it crosses under a name, or is part of a function or class that does; or
  if it is of the notebook and the stream is to keep a notebook's semantics, wherever in a value it is (`everywhere`);
- its module, if the module can be imported, or crosses too;
- else a namespace of its own that holds what it reads, shared by the functions of one stream that shared one here.

A bound function that leaves the namespace it was made in for one that lacks what it reads would be of no use. So what
it reads is told beside it: imports by name, and, where the sender says so (a worker, of names that it bound itself and
doesn't hand over), the values. The receiver's own names come first; what it lacks, a worker takes from there, and a
notebook, which is not to find names that it never declared, remembers for the function's next trip.

Namespaces are read past their own methods (``dict.get(space, name)``): a cell's may ask the notebook for what it lacks.

Cells are objects too: functions that share a variable of an enclosing function still share it.

Where a notebook's semantics are kept, a function is one object in all processes it passes through, as a class is
(`classes`): what comes back is the function that the notebook has, wherever that is held, with what was done to it.
"""

from __future__ import annotations

import builtins
import dis
import os
import sys
import types
import uuid
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial, partialmethod
from importlib import import_module
from itertools import chain, count
from operator import is_

from .opening import NAMESPACE, adopting, enter, land, namespace, recognise, recognised, staging, stamped

ATTRIBUTES = ("__name__", "__qualname__", "__annotations__", "__kwdefaults__", "__defaults__", "__module__", "__doc__")
if sys.version_info >= (3, 12):
    ATTRIBUTES += ("__type_params__",)

PLACE = ("__package__", "__name__", "__path__", "__file__")  # what a module's namespace says of it
CONTAINERS = (dict, list, tuple, set, frozenset, types.MappingProxyType)
MANY = 1000  # a container with more items than this is data, not a table of functions


def made_at_runtime(module: types.ModuleType) -> bool:
    """Whether no other process could import `module`: it came from no file, archive or extension."""
    return (
        getattr(module, "__spec__", None) is None
        and getattr(module, "__file__", None) is None
        and module.__name__ not in sys.builtin_module_names
    )


def importable(obj: type | types.FunctionType) -> bool:
    """Whether importing its module and looking up its qualified name gives this very object."""
    name = getattr(obj, "__module__", None) or "__main__"
    module = sys.modules.get(name) or _loaded_late(name)
    if module is None or module.__name__ == "__main__" or obj.__module__ == "__main__" or made_at_runtime(module):
        return False
    found = module
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj


def _loaded_late(name: str) -> types.ModuleType | None:
    """A module of a loaded package that nothing has imported yet, as numpy.rec, where recarray says that it is."""
    if name.partition(".")[0] not in sys.modules or "." not in name:
        return None
    try:
        return import_module(name)
    except Exception:  # noqa: BLE001 (whatever it raises, it is no way to find the object again)
        return None


Along = Callable[[str], bool]


def bound(values: Iterable[object], namespace: dict, along: Along | None = None) -> frozenset[int]:
    """Ids of the functions that read the receiver's namespace: those in `values`, and those they are made of.

    The parts of a function are what its cells and attributes hold, of a class what its body and bases hold; an
    instance found there is a value, and the functions inside it are its own. The ids of those classes are there too.
    Functions that travel beside one of them, as `along` says, are bound like it.
    """
    found: set[int] = set()
    seen: set[int] = set()
    todo = [value for value in values if isinstance(value, (types.FunctionType, type)) or _wraps(value)]
    while todo:
        obj = todo.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if isinstance(obj, types.FunctionType):
            if obj.__globals__ is namespace:
                found.add(id(obj))
                if along is not None or obj in _beside:
                    told = beside(obj, along)[1].values()
                    todo += (value for value in told if isinstance(value, (types.FunctionType, type)) or _wraps(value))
            todo += (cell_contents(cell) for cell in obj.__closure__ or ())
            todo += obj.__dict__.values()
            todo += obj.__defaults__ or ()
        elif isinstance(obj, type):
            if not importable(obj):
                found.add(id(obj))
                todo += obj.__dict__.values()
                todo += obj.__bases__
        elif isinstance(obj, (staticmethod, classmethod)):
            todo.append(obj.__func__)
        elif isinstance(obj, property):
            todo += (obj.fget, obj.fset, obj.fdel)
        elif isinstance(obj, (partial, partialmethod)):
            todo.append(obj.func)
        elif isinstance(obj, CONTAINERS):
            if len(obj) <= MANY:
                todo += obj.values() if isinstance(obj, (dict, types.MappingProxyType)) else obj
        elif type(obj).__module__ == "functools":  # cached_property, singledispatchmethod, lru_cache
            todo += (getattr(obj, part, None) for part in ("func", "dispatcher", "__wrapped__"))
        elif _wraps(obj):
            todo.append(obj.__wrapped__)
    return frozenset(found)


def _wraps(value: object) -> bool:
    """Whether `value` is a function in another coat, such as functools.lru_cache or tf.function give it."""
    return callable(value) and ("__wrapped__" in getattr(value, "__dict__", ()) or hasattr(type(value), "__wrapped__"))


_reads: weakref.WeakKeyDictionary[types.CodeType, tuple[str, ...]] = weakref.WeakKeyDictionary()


def reads(code: types.CodeType) -> tuple[str, ...]:
    """The global names that `code` and the code inside it read or write.

    The body of a class looks a name up in its own namespace first (``LOAD_NAME``): one that it never binds is global.
    """
    found = _reads.get(code)
    if found is None:
        named = [(each.opname, each.argval) for each in dis.get_instructions(code)]
        own = {"__name__", *(name for operation, name in named if operation == "STORE_NAME")}
        names = [
            name
            for operation, name in named
            if operation.endswith("_GLOBAL") or (operation == "LOAD_NAME" and name not in own)
        ]
        inner = (reads(each) for each in code.co_consts if isinstance(each, types.CodeType))
        found = _reads[code] = tuple(dict.fromkeys(chain(names, *inner)))
    return found


def _submodules(func: types.FunctionType, values: Iterable[object]) -> list[types.ModuleType]:
    """Loaded modules below those in `values` that `func` can reach by attributes: ``import a.b`` binds a alone."""
    names, loaded = frozenset(func.__code__.co_names), dict(sys.modules)  # a thread may import meanwhile
    below = [f"{each.__name__}." for each in values if isinstance(each, types.ModuleType) and hasattr(each, "__path__")]
    return [
        module
        for name, module in loaded.items()
        if any(name.startswith(prefix) and names.issuperset(name[len(prefix) :].split(".")) for prefix in below)
    ]


def imports(func: types.FunctionType) -> dict[str, str]:
    """The modules that `func` reads by a global name: ``{"np": "numpy"}``."""
    found = {}
    for name in reads(func.__code__):
        value = dict.get(func.__globals__, name)
        if isinstance(value, types.ModuleType):
            if not made_at_runtime(value):
                found[name] = value.__name__
        elif isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            module = getattr(value, "__module__", None)
            if module and module != "builtins" and getattr(value, "__qualname__", None) and importable(value):
                found[name] = f"{module}:{value.__qualname__}"
    return found


_beside: weakref.WeakKeyDictionary[types.FunctionType, tuple[dict, dict]] = weakref.WeakKeyDictionary()


def beside(func: types.FunctionType, along: Along | None) -> tuple[dict[str, str], dict[str, object]]:
    """What a bound function reads and may not find where it goes: imports, and values, by name."""
    told, known = imports(func), _beside.get(func, ({}, {}))
    values = {}
    for name in reads(func.__code__):
        if name in told:
            continue
        if dict.__contains__(func.__globals__, name):
            if along is not None and along(name):
                values[name] = func.__globals__[name]
        elif name in known[0]:
            told[name] = known[0][name]
        elif name in known[1]:
            values[name] = known[1][name]
    return told, values


class ModuleGlobals:
    """Stands in a stream for the namespace of a module."""

    __slots__ = ("module",)

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module

    def __reduce__(self):
        return vars, (self.module,)


class Homes:
    """Where the functions of one stream will look up their globals."""

    def __init__(self, namespace: dict, bound: frozenset[int], everywhere: bool = False) -> None:
        self._namespace, self._bound, self._everywhere = namespace, bound, everywhere
        self._homes: dict[int, object] = {}
        self._alive: list[dict] = []

    def adopt(self, module: types.ModuleType) -> None:
        """Functions of this module, which crosses by value, live in it."""
        self._homes.setdefault(id(module.__dict__), ModuleGlobals(module))

    def of(self, func: types.FunctionType) -> object:
        """What stands for `func`'s globals in the stream; a dict is one to be filled with what it reads."""
        space = func.__globals__
        if id(func) in self._bound or (self._everywhere and space is self._namespace):
            return NAMESPACE
        home = self._homes.get(id(space))
        if home is None:
            module = None if space is self._namespace else sys.modules.get(dict.get(space, "__name__"))
            if module is not None and module.__name__ != "__main__" and getattr(module, "__dict__", None) is space:
                home = ModuleGlobals(module)
            else:
                home = {key: space[key] for key in PLACE if dict.__contains__(space, key)}
            self._homes[id(space)] = home
            self._alive.append(space)
        return home

    @property
    def everywhere(self) -> bool:
        """Whether a notebook's semantics are kept."""
        return self._everywhere

    def named(self, cls: type) -> bool:
        """Whether `cls` crosses under a name, or is part of what does; all do that keep a notebook's semantics."""
        return self._everywhere or id(cls) in self._bound


def cell_contents(cell: types.CellType) -> object:
    """What is in the cell; None for an empty one."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None)})
Key = tuple[object, ...]
"""Objects that are together the same ones, each with `is`, only for a value that is as it was."""

_ids = count()
_prefix: dict[int, str] = {}  # by process: a fork has its own
_known: weakref.WeakKeyDictionary[types.FunctionType, tuple[str, Key | None]] = weakref.WeakKeyDictionary()
_by_id: weakref.WeakValueDictionary[str, types.FunctionType] = weakref.WeakValueDictionary()


def key(value: object) -> Key | None:
    """What tells `value`, as it is, from any other; None for what may change without becoming another object.

    A function or a class is told by what it is, not by its state. What the key holds leads to no class, which would
    never end.
    """
    kind = type(value)
    if kind in ATOMS:
        return (value,)
    if kind is types.FunctionType or isinstance(value, type):
        return (weakref.ref(value),)
    if kind in (staticmethod, classmethod):
        return _keys(kind, (value.__func__,))
    if kind is property:
        return _keys(kind, (value.fget, value.fset, value.fdel))
    return _keys(kind, value) if kind in (tuple, frozenset) else None


def _keys(first: object, values: Iterable[object]) -> Key | None:
    found = [first]
    for value in values:
        part = key(value)
        if part is None:
            return None
        found += part
    return tuple(found)


def same(one: Key | None, other: Key | None) -> bool:
    """Whether two keys are certainly of one value that is as it was."""
    return one is not None and other is not None and len(one) == len(other) and all(map(is_, one, other))


def _state_key(func: types.FunctionType, home: object) -> Key | None:
    if home is not NAMESPACE or func.__closure__ or func.__dict__ or func.__kwdefaults__:
        return None
    said = *(func.__defaults__ or ()), *func.__annotations__.values(), func.__name__, func.__qualname__, func.__doc__
    return _keys(func.__code__, said)


def _identity(func: types.FunctionType) -> tuple[str, Key | None]:
    """The id of `func` in all processes, and its key as it arrived in this one, if it did."""
    if func not in _known:
        here = _prefix.setdefault(os.getpid(), uuid.uuid4().hex)
        _remember(func, f"{here}-{next(_ids)}", None)
    return _known[func]


def _remember(func: types.FunctionType, number: str, arrived: Key | None) -> None:
    _known[func] = number, arrived
    _by_id[number] = func


def reduce_function(
    func: types.FunctionType, home: object, told: tuple[dict, dict] | None = None, stamp: int | None = None
) -> tuple:
    """`func` by value; its cells come first and empty, so that a function may be in its own cell.

    Parameters
    ----------
    func : function
    home : object
        Stands for its globals.
    told : tuple, optional
        What goes beside a bound function.
    stamp : int, optional
        When it is packed, if it is to be one object in all processes.
    """
    carried, submodules = None, ()
    if type(home) is dict:
        names = reads(func.__code__)
        carried = {name: func.__globals__[name] for name in names if dict.__contains__(func.__globals__, name)}
        held = (cell_contents(cell) for cell in func.__closure__ or ())
        submodules = _submodules(func, chain(carried.values(), held))
    filled = []
    for cell in func.__closure__ or ():
        try:
            filled.append((cell, cell.cell_contents))
        except ValueError:
            pass
    attributes = {name: getattr(func, name) for name in ATTRIBUTES}
    number, changed = None, None
    if stamp is not None:
        number, arrived = _identity(func)
        changed = stamp, not same(arrived, _state_key(func, home))
    state = (func.__dict__, attributes, carried, filled, submodules, told, func.__code__, func.__closure__, changed)
    return make_function, (func.__code__, home, func.__closure__, number), state, None, None, set_function


def make_function(
    code: types.CodeType, space: dict, closure: tuple | None, number: str | None = None
) -> types.FunctionType:
    """A function with nothing but code, globals and cells; or the one that this process has already."""
    if number in _by_id:
        return recognise(_by_id[number])
    space.setdefault("__builtins__", builtins)
    func = types.FunctionType(code, space, code.co_name, None, closure)
    if number is not None:
        _remember(func, number, None)
    return func


def set_function(func: types.FunctionType, state: tuple) -> None:
    """Fill in the rest of a function that :func:`make_function` made; or have land what was done to it."""
    changed = state[-1]
    if not recognised(func):
        _fill(func, state)
        if changed is not None:
            home = NAMESPACE if func.__globals__ is namespace() else None
            _remember(func, _known[func][0], _state_key(func, home))
            stamped(func, changed[0])
    else:
        stamp, otherwise = changed
        refill = partial(_refill_function, func, state)
        land(func, stamp=stamp, named=True, replace=refill, change=refill if otherwise else lambda: None)


def _fill(func: types.FunctionType, state: tuple) -> None:
    own, attributes, carried, filled, _, told, *_ = state
    func.__dict__.update(own)
    for name, value in attributes.items():
        setattr(func, name, value)
    if carried is not None:
        func.__globals__.update(carried)
    for cell, contents in filled:
        cell.cell_contents = contents
    if told is not None:
        _beside[func] = told
        if adopting():
            for name, value in told[1].items():
                dict.setdefault(func.__globals__, name, value)


def _refill_function(func: types.FunctionType, state: tuple) -> None:
    own, _, _, filled, _, _, code, closure, _ = state
    if func.__code__ != code:
        func.__code__ = code
    for name in func.__dict__.keys() - own.keys():
        del func.__dict__[name]
    # Its own cells, which others may share, hold what those of the stream do.
    contents = {id(cell): held for cell, held in filled}
    for mine, theirs in zip(func.__closure__ or (), closure or (), strict=True):
        if id(theirs) in contents:
            mine.cell_contents = contents[id(theirs)]
        elif cell_contents(mine) is not None:
            del mine.cell_contents
    _fill(func, state)
    _remember(func, _known[func][0], None)


CODE_FIELDS = (
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals", "co_stacksize", "co_flags", "co_code",
    "co_consts", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_filename", "co_name", "co_qualname",
    "co_firstlineno", "co_linetable", "co_exceptiontable",
)  # fmt: skip
"""What a code object is made of: all that ``CodeType.replace`` takes, the same from Python 3.11 to 3.14."""


def reduce_code(code: types.CodeType) -> tuple:
    """`code` with its file name, lines and names: tracebacks, `inspect` and AutoGraph find its source by them.

    cloudpickle keeps them in some releases only: 3.1.3 names every file "<dynamic-code>".
    """
    return make_code, tuple(getattr(code, name) for name in CODE_FIELDS)


def make_code(*fields: object) -> types.CodeType:
    """The code object that :func:`reduce_code` took apart."""
    return make_code.__code__.replace(**dict(zip(CODE_FIELDS, fields, strict=True)))


def make_cell() -> types.CellType:
    """An empty cell."""
    return types.CellType()


def set_cell(cell: types.CellType, contents: tuple) -> None:
    """Fill a cell that is reached on its own, not through a function."""
    cell.cell_contents = contents[0]


def reduce_module(module: types.ModuleType, stamp: int) -> tuple:
    """A module: the other process' own, or by value if there it can't be imported; `stamp` is when it is packed."""
    if not made_at_runtime(module) or sys.modules.get("__main__") is module:  # each process has a notebook of its own
        return import_module, (module.__name__,)
    contents = {key: value for key, value in vars(module).items() if key != "__builtins__"}
    registered = sys.modules.get(module.__name__) is module
    return make_module, (module.__name__, registered), (stamp, registered, contents), None, None, set_module


def make_module(name: str, registered: bool) -> types.ModuleType:
    """An empty module, which `import` finds if it did where it comes from; or the one that is found here already.

    While it isn't decided what lands, it is another one: the notebook's is to be as it is.
    """
    known = sys.modules.get(name)
    if registered and not staging():
        if known is not None and made_at_runtime(known):
            return recognise(known)
        known = sys.modules[name] = types.ModuleType(name)
        return known
    return types.ModuleType(name)


def set_module(module: types.ModuleType, state: tuple[int, bool, dict[str, object]]) -> None:
    """Fill a module that :func:`make_module` made."""
    stamp, registered, contents = state
    if recognised(module):
        replace = partial(_refill, module, contents)
        land(module, stamp=stamp, named=True, replace=replace, change=replace)
        return
    vars(module).update(contents)
    stamped(module, stamp)
    if registered and staging():
        place = partial(sys.modules.__setitem__, module.__name__, module)
        land(module, stamp=stamp, named=True, replace=place, change=place)
        enter(partial(sys.modules.setdefault, module.__name__, module))


def _refill(module: types.ModuleType, contents: Mapping[str, object]) -> None:
    for name in vars(module).keys() - contents.keys() - {"__builtins__"}:
        del vars(module)[name]
    vars(module).update(contents)
