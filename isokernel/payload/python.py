"""Reducers for what Python's own library leaves out, and refusals of what belongs to one process.

Refused are the types that pickle would take and turn into something else (an open file becomes its text, a thread a
dead one), and those whose own error says nothing of what to do.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import io
import logging
import math
import os
import random
import re
import struct
import sys
import threading
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING

from . import registrations
from .functions import importable
from .opening import afterwards
from .pickler import keeps_caches
from .registry import Refuse
from .tracebacks import reduce_exception

if TYPE_CHECKING:
    import sqlite3


def refuse(reason: str) -> Callable[[object], tuple]:
    """A reducer that refuses every object for `reason`."""

    def refusing(obj: object) -> tuple:
        raise Refuse(reason)

    return refusing


def reduce_file(file: io.IOBase) -> object:
    """The process' standard streams by name, closed files as closed ones; other open files not at all."""
    for name in ("stdout", "stderr", "stdin", "__stdout__", "__stderr__", "__stdin__"):
        if file is getattr(sys, name, None):
            return getattr, (sys, name)
    if not file.closed:
        raise Refuse(
            "it is an open file, a place in a file of this process; close it first (as a with statement does), or "
            "carry its path, and open it where it is read."
        )
    layers = [file]
    while not isinstance(layers[-1], io.FileIO):
        inner = getattr(layers[-1], "buffer", getattr(layers[-1], "raw", None))
        if inner is None or not isinstance(inner, io.IOBase):
            return NotImplemented
        layers.append(inner)
    text = {"encoding": file.encoding, "errors": file.errors} if isinstance(file, io.TextIOWrapper) else {}
    return make_closed, (layers[-1].mode, [(type(layer), _own(layer)) for layer in layers], text)


def make_closed(mode: str, layers: list[tuple[type, dict]], text: dict) -> io.IOBase:
    """A closed file of these layers, the innermost last, with the attributes they had (its name is one of them)."""
    file = None
    for kind, own in reversed(layers):
        if file is None:
            file = kind(os.devnull, mode.replace("x", "w"))
        else:
            file = kind(file, **(text if issubclass(kind, io.TextIOWrapper) else {}))
        vars(file).update(own)
    file.close()
    return file


def _own(file: io.IOBase) -> dict:
    return {name: value for name, value in vars(file).items() if not name.startswith("__")}


def reduce_shell(shell: object) -> tuple:
    """IPython's shell: that of the process where it arrives."""
    return sys.modules["IPython"].get_ipython, ()


def reduce_method(method: types.MethodType) -> tuple:
    """The function and what it is bound to; a class method by its class, which may be importable when it is not."""
    return types.MethodType, (method.__func__, method.__self__)


def reduce_cached(cached: object) -> object:
    """An lru_cache around a function: limits and function.

    What it has cached goes along where a notebook's semantics are kept; a declared cell may compute something else,
    with names of its own.
    """
    if hasattr(cached, "__qualname__") and importable(cached):
        return NotImplemented
    limits, function = cached.cache_parameters(), cached.__wrapped__
    kept = _calls(cached) if keeps_caches() and type(function) is types.FunctionType else None
    arguments = function, limits["maxsize"], limits["typed"]
    return make_cached, arguments, (dict(vars(cached)), kept), None, None, set_cached


Kept = tuple[list[tuple[tuple, dict, object]], int, int]
"""Arguments and results of calls, that of the longest ago first; hits and misses."""


def _calls(cached: object) -> Kept:
    """What an lru_cache holds, as the interpreter shows it: keys and results, in the order of their last use."""
    held = gc.get_referents(cached)
    (cache,) = (each for each in held if type(each) is dict and each is not vars(cached))
    if cached.cache_parameters()["maxsize"] is None:
        results = list(cache.items())
    else:
        links = [gc.get_referents(each) for each in held if any(each is link for link in cache.values())]
        flat = list(chain.from_iterable(links)) if links else held[1 : 1 + 3 * len(cache)]
        results = list(zip(flat[::3], flat[1::3], strict=True))
    info, typed = cached.cache_info(), cached.cache_parameters()["typed"]
    return [(*_arguments(key, typed), result) for key, result in results], info.hits, info.misses


def _arguments(key: object, typed: bool) -> tuple[tuple, dict]:
    """The arguments of a call, from the key that lru_cache makes of them."""
    if type(key) is not tuple:
        return (key,), {}
    names: tuple = ()
    at = next((i for i, each in enumerate(key) if each is KEYWORDS), None)
    if typed:  # behind them are their types, one for each
        count = len(key) // 2 if at is None else at + (len(key) - at - 1 - at) // 3
        key = key[:count] if at is None else key[: at + 1 + 2 * (count - at)]
    if at is not None:
        key, names = key[:at], key[at + 1 :]
    return key, dict(zip(names[::2], names[1::2], strict=True))


def _keywords() -> object:
    """What stands between positional and keyword arguments in a key."""
    cached = functools.lru_cache(None)(lambda **_: None)
    cached(name=None)
    (cache,) = (each for each in gc.get_referents(cached) if type(each) is dict and each is not vars(cached))
    return next(iter(cache))[0]


KEYWORDS = _keywords()
MOST = 1_000_000  # hits that are counted again: a call of it takes 50 ns


def make_cached(function: Callable, maxsize: int | None, typed: bool) -> Callable:
    """A function with an empty cache around it."""
    return functools.lru_cache(maxsize, typed)(function)


def set_cached(cached: Callable, state: tuple[dict, Kept | None]) -> None:
    """Set its attributes, and have it remember when all is opened: its keys are hashed by what they are then."""
    own, kept = state
    vars(cached).update(own)
    if kept is not None:
        afterwards(functools.partial(_remember, cached, *kept))


class _Missed(Exception):
    """Raised by a call that is to be counted and not cached."""


def _feed(*__args__: object, **__kwargs__: object) -> object:
    __answer__ = "what a constant can be exchanged for"
    return __answer__()


def _remember(cached: Callable, calls: list[tuple[tuple, dict, object]], hits: int, misses: int) -> None:
    """Have the cache filled by calls, for which its function has another code meanwhile: one that knows the results."""
    function = cached.__wrapped__
    code, answers = function.__code__, iter([result for *_, result in calls])
    missing = True

    def answer() -> object:
        if missing:
            raise _Missed
        return next(answers)

    constants = tuple(answer if type(each) is str else each for each in _feed.__code__.co_consts)
    function.__code__ = _feed.__code__.replace(co_consts=constants, co_freevars=code.co_freevars)
    try:
        for _ in range(misses - len(calls)):
            with suppress(_Missed):
                cached(_Missed)
        missing = False
        for args, kwargs, _ in calls:
            cached(*args, **kwargs)
        if calls:
            args, kwargs, _ = calls[-1]
            again = functools.partial(cached, *args, **kwargs)
            for _ in range(min(hits, MOST)):
                again()
    except Exception:  # noqa: BLE001 (of the keys' own methods: then it computes again)
        cached.cache_clear()
    finally:
        function.__code__ = code


def set_own(obj: object, attributes: dict) -> None:
    """Set the attributes that an object has in its own ``__dict__``."""
    vars(obj).update(attributes)


def reduce_cached_property(prop: functools.cached_property) -> tuple:
    """A cached property, with a lock of its own where Python's version gives it one."""
    own = {name: value for name, value in vars(prop).items() if name != "lock"}
    return type(prop), (prop.func,), own, None, None, set_own


def reduce_mappingproxy(proxy: types.MappingProxyType) -> tuple:
    """The mapping it shows, itself, so that it goes on to show its changes."""
    return types.MappingProxyType, (gc.get_referents(proxy)[0],)


def reduce_ref(ref: weakref.ref) -> tuple:
    """A weak reference to what crosses with it; dead if nothing else over there holds its object."""
    target = ref()
    if ref.__callback__ is not None and target is not None:
        raise Refuse("it is a weak reference with a callback, which the object's owner in this process waits for.")
    return (dead_ref, ()) if target is None else (weakref.ref, (target,))


class _Gone:
    """Something a weak reference can have been to."""


def dead_ref() -> weakref.ref:
    """A weak reference whose object is gone."""
    return weakref.ref(_Gone())


def reduce_weak_mapping(mapping: Mapping) -> tuple:
    """A weak dictionary, of what is alive now; not its books, which are closures over itself."""
    return make_weak_mapping, (type(mapping),), dict(mapping), None, None, set_weak_mapping


def make_weak_mapping(kind: type) -> Mapping:
    """An empty one."""
    return kind()


def set_weak_mapping(mapping: Mapping, items: dict) -> None:
    """Fill it."""
    mapping.update(items)


def reduce_dict_view(view: object) -> tuple:
    """The keys, values or items of a dict, which go on to show its changes."""
    mapping = gc.get_referents(view)[0]
    return DICT_VIEWS[type(view)], (mapping,)


DICT_VIEWS = {
    type({}.keys()): dict.keys,
    type({}.values()): dict.values,
    type({}.items()): dict.items,
    type(OrderedDict().keys()): OrderedDict.keys,
    type(OrderedDict().values()): OrderedDict.values,
    type(OrderedDict().items()): OrderedDict.items,
}


def reduce_memoryview(view: memoryview) -> tuple:
    """A view of an object, or of a part of it, whose changes it shows."""
    try:
        whole = memoryview(view.obj)
    except (ValueError, TypeError):
        raise Refuse("it was released, and shows nothing any more.") from None
    if (view.format, view.shape, view.strides) == (whole.format, whole.shape, whole.strides):
        window = None
    elif not whole.contiguous or not (view.ndim == 1 or view.c_contiguous):
        raise Refuse("it skips parts of an object's memory; carry the object, and make the window from it.")
    else:
        window = _address(view) - _address(whole), view.format, view.shape, view.strides
    return make_memoryview, (view.obj, window, view.readonly)


def _address(view: memoryview) -> int:
    """Where in memory the first of what it shows is."""
    buffer = (ctypes.c_ssize_t * 16)()  # a Py_buffer, which begins with the address, and takes 11 words
    take, give_back = ctypes.pythonapi.PyObject_GetBuffer, ctypes.pythonapi.PyBuffer_Release
    take(ctypes.py_object(view), buffer, FULL_RO)
    address = buffer[0]
    give_back(buffer)
    return address


FULL_RO = 0x11C  # PyBUF_FULL_RO of object.h: any layout, read only


def make_memoryview(obj: object, window: tuple[int, str, tuple, tuple] | None, readonly: bool) -> memoryview:
    """A view of all of `obj`, or of a window: its place in bytes, format, shape and strides."""
    view = memoryview(obj)
    if window is not None:
        start, form, shape, strides = window
        size, flat = struct.calcsize(form), view.cast("B")
        if len(shape) != 1:
            view = flat[start : start + size * math.prod(shape)].cast(form, shape)
        elif not shape[0]:
            view = flat[:0].cast(form)
        else:
            reach = (shape[0] - 1) * strides[0]
            low = start + min(reach, 0)
            view = flat[low : low + abs(reach) + size].cast(form)[:: strides[0] // size or 1]
    return view.toreadonly() if readonly else view


def reduce_match(match: re.Match) -> tuple:
    """A match of a regular expression, by finding it again."""
    for index, found in enumerate(_matches(match.re, match.string, match.pos, match.endpos)):
        if found is not None and found.regs == match.regs:
            return make_match, (match.re, match.string, match.pos, match.endpos, index)
    raise Refuse("it isn't found again in its text; carry its groups.")


def _matches(pattern: re.Pattern, *where: object) -> Iterator[re.Match | None]:
    yield from (pattern.match(*where), pattern.fullmatch(*where))
    yield from pattern.finditer(*where)


def make_match(pattern: re.Pattern, string: str | bytes, start: int, end: int, index: int) -> re.Match:
    """The match with that number among those that there can be."""
    return next(islice(_matches(pattern, string, start, end), index, None))


def reduce_proxy(proxy: object) -> tuple:
    """A weak proxy to what crosses with it."""
    return weakref.proxy, (proxied(proxy),)


def proxied(proxy: object) -> object:
    """What a weak proxy stands for; None if that is gone."""
    try:
        return proxy.__init__.__self__
    except ReferenceError:
        return None


def reduce_weak_method(method: weakref.WeakMethod) -> tuple:
    """A weak reference to a bound method of what crosses with it."""
    target = method()
    return (dead_ref, ()) if target is None else (weakref.WeakMethod, (target,))


def reduce_struct(struct_: struct.Struct) -> tuple:
    """A compiled format by its text."""
    return struct.Struct, (struct_.format,)


def reduce_newtype(new: object) -> object:
    """A typing.NewType of the notebook."""
    if importable(new):
        return NotImplemented
    return make_newtype, (type(new), new.__name__, new.__supertype__, new.__module__)


def make_newtype(kind: type, name: str, supertype: object, module: str) -> object:
    """The NewType of that name."""
    new = kind(name, supertype)
    new.__module__ = module
    return new


def reduce_paramspec(spec: object) -> tuple:
    """A typing.ParamSpec or TypeVarTuple; TypeVar is cloudpickle's."""
    return (
        (getattr, (sys.modules[spec.__module__], spec.__name__))
        if importable_name(spec)
        else (type(spec), (spec.__name__,))
    )


def importable_name(obj: object) -> bool:
    """Whether the module it says it is of has it under its name."""
    module = sys.modules.get(getattr(obj, "__module__", None) or "")
    return module is not None and module.__name__ != "__main__" and getattr(module, obj.__name__, None) is obj


def reduce_random(rng: random.Random) -> object:
    """A generator of random numbers and its attributes, without its ``__init__``, which would have it seeded anew."""
    kind = type(rng)
    if kind.__reduce__ is not random.Random.__reduce__ or kind.__reduce_ex__ is not object.__reduce_ex__:
        return NotImplemented
    state = None if isinstance(rng, random.SystemRandom) else rng.getstate()
    own = {name: value for name, value in vars(rng).items() if name != "gauss_next"}
    return make_random, (kind,), (own, state), None, None, set_random


def make_random(kind: type) -> random.Random:
    """A generator in no state that matters."""
    return kind.__new__(kind)


def set_random(rng: random.Random, state: tuple[dict, tuple | None]) -> None:
    """Put a generator where it was in its stream."""
    own, stream = state
    if stream is not None:
        rng.setstate(stream)
    vars(rng).update(own)


def reduce_lock(lock: object) -> tuple:
    """A lock that nobody holds, as a new one."""
    kind = type(lock)
    if not lock.acquire(blocking=False):
        raise Refuse(HELD)
    held = kind is not LOCK_TYPE and _depth(lock) > 1
    lock.release()
    if held:
        raise Refuse(HELD)
    _refuse_used(lock)
    return (threading.Lock if kind is LOCK_TYPE else threading.RLock if kind is RLOCK_TYPE else kind), ()


def _depth(lock: object) -> int:
    """How often its owner holds a reentrant lock."""
    state = lock._release_save()
    lock._acquire_restore(state)
    return state[0]


def reduce_condition(condition: threading.Condition) -> tuple:
    """A condition on which no thread waits: its lock, and attributes of the user's; with it events and semaphores."""
    if condition._waiters:
        raise Refuse(AWAITED)
    _refuse_used(condition)
    own = {name: value for name, value in vars(condition).items() if name not in OF_CONDITION}
    return type(condition), (condition._lock,), own or None, None, None, set_own


OF_CONDITION = frozenset(vars(threading.Condition()))
LOCK_TYPE, RLOCK_TYPE = type(threading.Lock()), type(threading.RLock())


def reduce_sync(sync: object) -> object:
    """An event, a semaphore, a barrier or a queue goes by its attributes, if no thread uses it."""
    _refuse_used(sync)
    return NotImplemented


def _refuse_used(sync: object) -> None:
    """A thread that only looks at an event now and then doesn't wait for it, but would miss what is told to a copy."""
    me, named = threading.get_ident(), {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        while ident != me and frame is not None:
            if any(sync is each for each in _in_sight(frame)):
                raise Refuse(USED.format(named.get(ident, ident)))
            frame = frame.f_back


def _in_sight(frame: types.FrameType) -> Iterator[object]:
    """What a function under way has: its variables, the globals that it reads, and the attributes of both."""
    read = [frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals]
    for value in (*frame.f_locals.values(), *read):
        yield value
        if type(value).__dictoffset__ and not isinstance(value, (type, types.ModuleType)):
            yield from list(getattr(value, "__dict__", {}).values())  # some, written in C, keep theirs to themselves


def reduce_connection(connection: sqlite3.Connection) -> tuple:
    """A connection to a database, opened again: by its path, or with what is in memory."""
    import sqlite3

    try:
        if connection.in_transaction:
            raise Refuse("a transaction is open on it; commit() or rollback() it first.")
        path = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    except sqlite3.ProgrammingError as error:
        if "thread" in str(error):
            raise Refuse("it belongs to another thread; carry its path, and connect where it is used.") from error
        return make_connection, (None, None)  # it is closed
    settings = {name: getattr(connection, name) for name in ("isolation_level", "row_factory", "text_factory")}
    contents = None if path else connection.serialize()
    return make_connection, (path, contents), settings, None, None, set_connection


def make_connection(path: str | None, contents: bytes | None) -> sqlite3.Connection:
    """A connection to the database at `path`, or to one in memory with these contents; closed where both are None."""
    import sqlite3

    connection = sqlite3.connect(path or ":memory:")
    if contents:
        connection.deserialize(contents)
    elif path is None:
        connection.close()
    return connection


def set_connection(connection: sqlite3.Connection, settings: dict) -> None:
    """Set its settings."""
    for name, value in settings.items():
        setattr(connection, name, value)


def reduce_handler(handler: logging.Handler) -> tuple:
    """A handler of logging, without its lock; its file is opened again, to be appended to."""
    state = {name: value for name, value in vars(handler).items() if name != "lock"}
    opened = False
    if isinstance(handler, logging.FileHandler):
        opened = state.pop("stream", None) is not None
        handler.flush()
    return make_handler, (type(handler),), (state, opened), None, None, set_handler


def make_handler(kind: type) -> logging.Handler:
    """A handler that nobody has told anything yet."""
    return kind.__new__(kind)


def set_handler(handler: logging.Handler, state: tuple[dict, bool]) -> None:
    """Give it its attributes, and have it go on with its file."""
    own, opened = state
    vars(handler).update(own)
    handler.createLock()
    logging._addHandlerRef(handler)  # to be flushed when the process ends
    if isinstance(handler, logging.FileHandler):
        handler.stream = None
        if opened:
            handler.mode, mode = "a", handler.mode
            handler.stream = handler._open()
            handler.mode = mode


def reduce_flags(flags: object) -> object:
    """absl's flags are one object in each process; what is defined and set of them travels beside."""
    return (find_flags, ()) if flags is sys.modules["absl.flags"].FLAGS else NotImplemented


def find_flags() -> object:
    """Those of this process."""
    return importlib.import_module("absl.flags").FLAGS


RUNNING = "it is in the middle of running; carry what it is made from, and start it where it is needed."
LOCK = (
    "it is a lock between the processes that were started with it; make it in the cell that starts them, and leave it "
    "out of what is carried."
)
HELD = "it is held, and guards what goes on in this process. Release it before the cell ends, or leave it out."
AWAITED = (
    "threads of this process wait for it, and would wait for ever; end them first, or leave it out of what is carried."
)
USED = (
    "the thread {} of this process uses it, and would not see the cell's copy; end the thread first, or leave it out."
)
WAITED = "it is made of locks, on which threads of this process wait; carry the items in a list instead."
THREAD = "it is a thread of this process; carry what it works on, and start one where it is needed."
POOL = "its threads or processes belong to this process; make one in the cell that uses it."
CONNECTION = "it is a connection of this process; carry the address, and connect where it is used."
FINALIZER = "it cleans up after this process; make it where the thing to clean up is made."
CONTEXT = "what it is set to belongs to the context of one thread; carry the value it holds instead."
PLACE = "it is a place in a run that is over when this process ends; carry its text (see the traceback module)."

REFUSED = {
    LOCK: ("multiprocessing.synchronize:SemLock", "multiprocessing.synchronize:Condition",
           "multiprocessing.synchronize:Event"),
    WAITED: (
        "_queue:SimpleQueue", "queue:SimpleQueue", "asyncio.queues:Queue",
        "multiprocessing.queues:Queue", "multiprocessing.queues:SimpleQueue",
    ),
    THREAD: ("threading:Thread", "threading:local", "_thread:_local", "multiprocessing.process:BaseProcess",
             "subprocess:Popen"),
    POOL: ("concurrent.futures._base:Executor", "concurrent.futures._base:Future", "multiprocessing.pool:Pool",
           "multiprocessing.managers:BaseManager"),
    CONNECTION: ("socket:socket", "_socket:socket", "ssl:SSLSocket", "sqlite3:Cursor",
                 "http.client:HTTPConnection", "multiprocessing.connection:_ConnectionBase", "select:epoll"),
    RUNNING: ("_asyncio:Task", "_asyncio:Future", "asyncio.events:AbstractEventLoop"),
    CONTEXT: ("_contextvars:ContextVar", "_contextvars:Context", "_contextvars:Token"),
}  # fmt: skip


def register(register_reducer: Callable) -> None:
    """Register all that this module knows."""
    register_reducer("_io:_IOBase", reduce_file)  # io.IOBase is not a base of those written in C
    for kind in (io.BytesIO, io.StringIO):
        register_reducer(kind, lambda obj: obj.__reduce_ex__(5))
    for kind in (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType):
        register_reducer(kind, refuse(RUNNING))
    for kind in (types.FrameType, types.TracebackType):
        register_reducer(kind, refuse(PLACE))
    for kind in ("_thread:LockType", "_thread:RLock", "threading:_RLock"):
        register_reducer(kind, reduce_lock)
    register_reducer(threading.Condition, reduce_condition)
    for kind in (threading.Event, threading.Semaphore, threading.Barrier, "queue:Queue"):
        register_reducer(kind, reduce_sync)
    register_reducer("sqlite3:Connection", reduce_connection)
    for reason, targets in REFUSED.items():
        for target in targets:
            register_reducer(target, refuse(reason))
    registrations.register(register_reducer)
    register_reducer(BaseException, reduce_exception)
    register_reducer("IPython.core.interactiveshell:InteractiveShell", reduce_shell)
    register_reducer(types.MethodType, reduce_method)
    register_reducer(functools._lru_cache_wrapper, reduce_cached)
    register_reducer(functools.cached_property, reduce_cached_property)
    register_reducer(types.MappingProxyType, reduce_mappingproxy)
    register_reducer(random.Random, reduce_random)
    register_reducer(weakref.ref, reduce_ref, exact=True)
    register_reducer(weakref.WeakMethod, reduce_weak_method)
    for kind in (weakref.ProxyType, weakref.CallableProxyType):
        register_reducer(kind, reduce_proxy)
    register_reducer(weakref.finalize, refuse(FINALIZER))
    for kind in DICT_VIEWS:
        register_reducer(kind, reduce_dict_view)
    register_reducer(memoryview, reduce_memoryview)
    register_reducer(re.Match, reduce_match)
    register_reducer(struct.Struct, reduce_struct)
    register_reducer(logging.Handler, reduce_handler)
    register_reducer("absl.flags._flagvalues:FlagValues", reduce_flags)
    for kind in (weakref.WeakKeyDictionary, weakref.WeakValueDictionary):
        register_reducer(kind, reduce_weak_mapping)
    register_reducer("typing:NewType", reduce_newtype)
    register_reducer("typing:ParamSpec", reduce_paramspec)
    register_reducer("typing:TypeVarTuple", reduce_paramspec)
