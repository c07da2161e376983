"""What the template imports before it forks, and how it checks that forking is still safe.

``multiprocess``' forkserver imports this module (``PRELOAD`` in :mod:`isokernel.launch.template`) and then serves.
Forking is safe from a process with one thread and no device open (a forked copy of a CUDA context is broken, a lock
held by another thread stays locked for ever). So each module is checked right after its import; one that breaks the
rule can't be unloaded, so the template starts over without it, in the same process id.

:data:`REPORT` is inherited by every worker and told to the host in ``Hello``.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from typing import Any

from .. import hashing, installed, processes
from . import leaving
from .hidden import HIDDEN, Traces
from .streams import Stream

VARIABLE = "ISOKERNEL_TEMPLATE"
DEVICES = ("/dev/nvidia", "/dev/kfd", "/dev/dri/", "/dev/accel", "/dev/vfio")
# A control node says nothing about an open device; the loader of a driver library may look at it.
HARMLESS = ("/dev/nvidia-caps",)

REPORT: dict[str, Any] = {
    "modules": {},
    "imported": {},
    "packages": [],
    "skipped": {},
    "reads": [],
    "found": {},
    "threads": [],
    "devices": [],
    "seconds": 0.0,
}


# jemalloc, which pyarrow brings, takes its background thread through a fork by handlers of its own (its INTERNALS on
# pthread_atfork); a name is all there is to know it by.
FORK_SAFE = ("jemalloc_bg_thd",)

# Their exit handlers take apart what ends with the process, and touch half a megabyte for it.
FRAMEWORKS = ("tensorflow", "keras")

ADDED_PATHS: list[str] = []  # what the preloaded packages put on sys.path by themselves


def threads() -> list[str]:
    """Names of the threads beside the main one that a fork would cut off.

    OpenBLAS ends its pool in a fork handler and starts it again at the next use, in parent and child, so what counts
    is what is there after a fork: where threads are seen, one is tried.
    """
    found = _others()
    if found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # "multi-threaded, use of fork()", from Python 3.12
            child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        found = _others()
    return found


def _others() -> list[str]:
    names = []
    for tid in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{tid}/comm") as comm:
                name = comm.read().strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if int(tid) != os.getpid() and name not in FORK_SAFE:
            names.append(name)
    return names


def devices() -> list[str]:
    """Accelerator device files that this process has open."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except FileNotFoundError:
            continue  # the descriptor of the listing itself
        if target.startswith(DEVICES) and not target.startswith(HARMLESS):
            found.add(target)
    return sorted(found)


def imported_since(count: int) -> dict[str, list[str]]:
    """Modules of installed packages that this process has imported, by package, after the first `count` of all.

    In the order in which their imports began, so that importing the first of a package does what was done. Nothing of a
    process that is no copy of a template, which has imported everything.
    """
    if not REPORT["seconds"]:
        return {}
    found: dict[str, list[str]] = {}
    # From the end: to touch each of some thousand modules is to copy the memory page that it is on.
    names = [*islice(reversed(sys.modules), max(len(sys.modules) - count, 0))]
    roots = installed.roots() if names else ()
    for name in reversed(names):
        module = sys.modules.get(name)
        package = name.partition(".")[0]
        spec = getattr(module, "__spec__", None)
        if name in HIDDEN.groups or package in sys.stdlib_module_names:
            continue
        if spec is None or not spec.origin or spec.name != name:
            continue
        if spec.origin.startswith(roots):
            found.setdefault(package, []).append(name)
    return found


@contextmanager
def environment_reads(into: set[str]) -> Iterator[None]:
    """Record which environment variables installed packages read meanwhile.

    What the standard library reads for them (PATH, HOME, TMPDIR) says where things are, not how a package works.
    """
    environ = type(os.environ)
    original = environ.__getitem__

    def __getitem__(self: Any, key: str) -> str:  # noqa: N807
        frame = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") in ("os", "_collections_abc", "collections.abc"):
            frame = frame.f_back
        reader = frame.f_globals.get("__name__", "") if frame else ""
        if isinstance(key, str) and reader.partition(".")[0] not in (*sys.stdlib_module_names, "isokernel"):
            into.add(key)
        return original(self, key)

    environ.__getitem__ = __getitem__
    try:
        yield
    finally:
        environ.__getitem__ = original


class _Hold:
    """A finder that finds nothing, and waits before each module while the host holds the lock on a file."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def find_spec(self, *_: Any) -> None:
        """Wait."""
        with suppress(OSError):  # a file system without locks
            fcntl.flock(self._fd, fcntl.LOCK_SH)
            fcntl.flock(self._fd, fcntl.LOCK_UN)


@contextmanager
def held_up(fd: int) -> Iterator[None]:
    """Imports wait while the host holds the lock on this file: it has a cell that runs."""
    hold = _Hold(fd)
    sys.meta_path.insert(0, hold)
    try:
        yield
    finally:
        sys.meta_path.remove(hold)


def _start_over(settings: dict[str, Any], module: str, reason: str) -> None:
    settings["skipped"][module] = reason
    os.environ.update({VARIABLE: json.dumps(settings), **hashing.same(os.environ)})
    # The arguments name the forkserver's descriptors, which are inheritable and stay open.
    os.execv(sys.executable, sys.orig_argv)


def _import(modules: list[str]) -> list[str]:
    """Import them; those that had not come with one before them."""
    found = []
    for module in modules:
        if module not in sys.modules:
            found.append(module)
            try:
                importlib.import_module(module)
            except ModuleNotFoundError:  # made by others' code, or gone
                if module == modules[0]:
                    raise
    return found


def _found() -> dict[str, str]:
    """What the imports have come to where a variable leaves it to them: :data:`isokernel.variables.READ`."""
    port = sys.modules.get("tensorflow.python.util._pywrap_util_port")
    return {} if port is None else {"TF_ENABLE_ONEDNN_OPTS": "on" if port.IsMklEnabled() else "off"}


def preload() -> None:
    """Import what the settings ask for, check each, and fill :data:`REPORT`."""
    # What is meant for the kernel's group, an interrupt or its end, isn't meant for the template, which clears up last.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(PermissionError):  # it leads a session
        os.setpgid(0, 0)
    settings = json.loads(os.environ.pop(VARIABLE))
    hashing.forget()
    processes.end_with(settings["host"])  # the forkserver looks after that, too, but only when it serves
    settings.setdefault("skipped", {})
    begun = time.perf_counter()
    # What is said at import belongs to no cell. Descriptor 2 leads into the kernel's own capture.
    try:
        log = os.open(settings["log"], os.O_WRONLY | os.O_APPEND)
    except OSError:  # no /proc, or not for us: then nobody can be told
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    # As libraries find it that are imported in a notebook: interactive (TensorFlow's logger then tells what it does,
    # on stdout, where tf.print prints, too), and with streams that they may keep, and that are the worker's later.
    sys.ps1 = "In : "
    sys.stdout, sys.stderr = Stream("stdout", 1), Stream("stderr", 2)
    gc.disable()  # a quarter of an import's time; what it leaves as garbage is little, and ends with the template
    sys.path[:] = [p for p in sys.path if p]  # '' would preload the notebook's own modules, which must stay fresh
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # the kernel's first cells come first
    from . import shell

    kernel = shell.build()
    path, roots, reads = [*sys.path], installed.roots(), set()
    REPORT["skipped"] = settings["skipped"]
    learned = settings["learned"]
    asked = {name: [name, *learned.get(name, ())] for name in [*settings["preload"], *learned]}
    # `get_ipython` is there, as in a cell's import
    with environment_reads(reads), held_up(log), kernel.shell.builtin_trap:
        for name, modules in asked.items():
            if name in settings["skipped"]:
                continue
            spec = importlib.util.find_spec(name)
            if spec is None:
                REPORT["skipped"][name] = "not installed"
                continue
            if spec.origin and not os.path.realpath(spec.origin).startswith(roots):
                REPORT["skipped"][name] = "not an installed package: project code is imported fresh by each run"
                continue
            start, before, traces = time.perf_counter(), set(sys.modules), Traces.now(kernel.shell)
            os.write(2, f"isokernel: importing {name}\n".encode())  # if this is where it ends, it is known
            try:
                with nullcontext() if name in FRAMEWORKS else leaving.handlers_kept():
                    REPORT["imported"][name] = _import(modules)
            except (Exception, SystemExit) as error:  # noqa: BLE001 (any: it is foreign code, and only for speed)
                _start_over(settings, name, f"its import fails: {type(error).__name__}: {error}")
            REPORT["modules"][name] = round(time.perf_counter() - start, 3)
            if devices():
                _start_over(settings, name, f"its import opens {', '.join(devices())}")
            if found := threads():
                _start_over(settings, name, f"its import starts {len(found)} threads ({', '.join(found)})")
            # What was asked for by name is there from the start; what was learned is to be there when it is imported.
            if name not in settings["preload"] and (why := HIDDEN.hide(before, traces, kernel.shell)):
                _start_over(settings, name, why)
    os.write(2, b"isokernel: imported\n")
    os.close(log)
    ADDED_PATHS[:] = [p for p in sys.path if p not in path]
    shell.rehearse(kernel)
    for name in settings.get("needs", ()):
        importlib.import_module(name)  # what a fork imports to come to life: once, not in each
    names = {name.partition(".")[0] for name in (*sys.modules, *HIDDEN.groups)}
    REPORT["packages"] = sorted(names - sys.stdlib_module_names)
    REPORT["reads"], REPORT["found"] = sorted(reads), _found()
    REPORT["threads"], REPORT["devices"] = threads(), devices()
    # Out of the collector's sight: a collection in a worker would touch, and so copy, the pages of all of TensorFlow.
    gc.freeze()
    # Nothing is left to be looked at; but a full collection gives back what Python keeps of freed objects for new ones,
    # some ten thousand all over the heap. Else each worker's first one does, in pages that it has to copy for that.
    gc.collect()
    gc.enable()
    sys.stdout.flush()
    sys.stderr.flush()
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    processes.adopt_orphans()
    atexit.register(processes.kill_below, os.getpid())  # it exits when the kernel is gone, however that came
    processes.end_with(None)  # it has to clear up first
    REPORT["seconds"] = round(time.perf_counter() - begun, 3)


if VARIABLE in os.environ:
    preload()
