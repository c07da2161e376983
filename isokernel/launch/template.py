"""Warm workers: forks of a template process that has imported the frameworks.

The template is ``multiprocess``' forkserver, as an instance of our own, so that neither it nor the user's own use of
``multiprocess`` in the kernel changes the other. What it preloads, and how it checks that, is
:mod:`isokernel.worker.template`, in the template's process.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

import dill
from multiprocess import context, forkserver, popen_forkserver, process, util

from .. import hashing
from ..errors import WorkerNotStarted
from ..installed import Installed, look
from ..payload.memory import anonymous
from ..processes import kill_below, kill_marked, kill_seen
from . import Born, Ends, Process, launch

# multiprocess brings dill, which puts its own functions into the pickler that joblib builds upon; here and in the
# template, for a cell's pickle is to be Python's.
dill.extend(use_dill=False)

PRELOADED = ("tensorflow", "keras")  # unless it is configured otherwise
PRELOAD = "isokernel.worker.template"
VARIABLE = "ISOKERNEL_TEMPLATE"
NEEDS = ("isokernel.worker.main", "isokernel.launch.template")  # what unpickling a worker's process imports
STEP = re.compile(r"^isokernel: (?:importing (\S+)|imported)$", re.MULTILINE)  # as the template says it
LOG = 4096  # bytes of the template's output that are told
STATUS = 1.0  # seconds for the forkserver to tell the status of a child that is gone
Modules = Mapping[str, Sequence[str]]
LOST = 255  # what multiprocess gives for an exit status that the forkserver could not tell


class TemplateLauncher:
    """Forks workers from a template, which starts with the first of them.

    Parameters
    ----------
    preload : sequence of str
        Modules to import before the fork; those that aren't installed are reported and left out.
    learned : mapping of str to sequence of str
        Modules of packages, by package, to import as well.
    """

    def __init__(self, preload: Sequence[str] = (), learned: Modules = MappingProxyType({})) -> None:
        self.preload = tuple(preload)
        self.learned = {package: tuple(modules) for package, modules in learned.items()}
        # Where the template's imports speak: to no cell, but to whoever asks why it didn't start.
        self._log, _ = anonymous()
        weakref.finalize(self, os.close, self._log)
        self._server = _Server(self.preload, self.learned, f"/proc/{os.getpid()}/fd/{self._log}")
        self.ended_in = ""  # the package that it was importing when it ended, by itself, instead of forking
        self._ours: set[int] = set()  # below the template, and not to be ended: workers, and what a run was to keep

    def begin(self) -> None:
        """Start the template, and don't wait for its imports."""
        self._server.ensure_running()

    def hold(self, held: bool) -> None:
        """Hold up the template's imports, or let them go on.

        By a lock, which is free when this process has ended, however that came.
        """
        with suppress(OSError):  # a file system without locks
            fcntl.flock(self._log, fcntl.LOCK_EX if held else fcntl.LOCK_UN)

    @property
    def pid(self) -> int | None:
        """The template's process id, while there is one."""
        return self._server._forkserver_pid

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the template started with, the kernel's and `beside`; empty before it did."""
        return self._server.environment

    @property
    def beside(self) -> Mapping[str, str | None]:
        """Variables beside the kernel's own with which a template starts, if it starts now; None removes one."""
        return self._server.beside

    @beside.setter
    def beside(self, environment: Mapping[str, str | None]) -> None:
        self._server.beside = environment

    @property
    def installed(self) -> Installed:
        """What was installed when the template started."""
        return self._server.installed

    def start(self) -> Process:
        """Fork one worker, from a new template if there is none; waits until its imports are done.

        Raises
        ------
        WorkerNotStarted
            Also when the template ended instead of forking; the next call starts a new one.
        """
        ends = self._server.ends
        try:
            process = launch(self._bear, "a copy of the warm template", cold=False)
        except WorkerNotStarted as error:
            log = self.log()
            error.evidence = f"{error.evidence}\n{log}".strip()
            *_, self.ended_in = "", *(STEP.findall(log) if self._server.ends == ends else ())
            raise
        process.environment = self.environment
        return process

    def log(self) -> str:
        """The last of what the template wrote while it imported."""
        size = os.fstat(self._log).st_size
        return os.pread(self._log, LOG, max(size - LOG, 0)).decode("utf-8", "replace")

    def _bear(self, ends: Ends) -> Born:
        from ..worker import main  # a reference by name: the host never runs the worker's code

        worker = _WorkerProcess(self._server, target=main.forked, args=(_Ends(ends),), name="isokernel")
        worker.start()
        # Workers are the session's to end: multiprocess would join them when the kernel exits.
        process._children.discard(worker)
        popen = worker._popen
        self._ours.add(popen.pid)

        def exitcode() -> int | None:
            self._ours.discard(popen.pid)
            code = popen.wait(STATUS)
            return None if code == LOST else code

        # The template tells the status of what it has forked; when it ends itself, it seems to say so of all of them.
        return popen.pid, exitcode, popen.close, lambda: os.dup(popen.sentinel)

    def spare(self, pids: Collection[int]) -> None:
        """Never end these, which the template adopts when their worker has gone."""
        self._ours.update(pids)

    def clear(self, process: Process) -> None:
        """End what a worker that is gone has left running.

        The template adopts what lost its parent by that. On the thread of starts, where no fork is under way: so what
        is below the template and is no worker of ours is left behind.
        """
        pid = self.pid
        if pid is not None:
            kill_below(pid, self._ours)
        kill_marked(process.mark)  # what a template that is gone would have adopted; and what is a fork of the cell,
        kill_seen(process.seen)  # which has its environment from the template

    def clear_all(self) -> None:
        """End all workers and what they have started; nothing is started any more."""
        if self.pid is not None:
            kill_below(self.pid)

    def stop(self) -> None:
        """End the template; the next start makes another. Workers that were forked from it live on."""
        self._server.end()

    def close(self) -> None:
        """End the template for good, whatever start is under way."""
        self._server.closed = True
        self._server.end()


_early: list[TemplateLauncher] = []  # begun, and not taken yet


def begin_early(preload: Sequence[str], learned: Modules) -> None:
    """Start a template before it is known whether it is wanted; to be taken by :func:`launcher`.

    A kernel needs half a second until it can read its configuration, and the template's imports take seconds.
    """
    _early[:] = [TemplateLauncher(preload, learned)]
    _early[0].begin()


def launcher(preload: Sequence[str], learned: Modules, warm: bool) -> TemplateLauncher:
    """A launcher of such templates: the one that was begun early, if it is one of them."""
    wanted = TemplateLauncher(preload, learned)
    for early in _early:
        _early.clear()
        if warm and (early.preload, early.learned) == (wanted.preload, wanted.learned):
            return early
        early.close()
    return wanted


class _Ends:
    """The worker's ends under way through the forkserver, which numbers descriptors anew."""

    def __init__(self, ends: Ends) -> None:
        self.ends = ends

    def __reduce__(self) -> tuple[Callable, tuple]:
        reduction = context.reduction
        stdout, stderr = reduction.DupFd(self.ends.stdout), reduction.DupFd(self.ends.stderr)
        return _arrived, (self.ends.socket, stdout, stderr, self.ends.mark)


def _arrived(socket: Any, stdout: Any, stderr: Any, mark: str) -> Ends:
    return Ends(socket, stdout.detach(), stderr.detach(), mark)


class _WorkerProcess(process.BaseProcess):
    """multiprocess' process object, started on a server of ours."""

    _start_method = None  # what BaseProcess' own subclasses tell; None leaves the child's default alone

    def __init__(self, server: _Server, **options: Any) -> None:
        super().__init__(**options)
        self._server = server

    def _Popen(self, process_obj: process.BaseProcess) -> popen_forkserver.Popen:  # noqa: N802 (multiprocess' name)
        return _Popen(self._server, process_obj)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_server"}


class _Popen(popen_forkserver.Popen):
    """multiprocess' forkserver Popen, on our server and without the notebook's main module.

    What multiprocess tells a child makes it a copy of its parent's ``__main__``. In a notebook that is IPython's
    module, and a variable ``__file__`` in it would make every worker run that file first; after ``%reset`` it has no
    ``__spec__``, which multiprocess asks it for.
    """

    def __init__(self, server: _Server, process_obj: process.BaseProcess) -> None:
        self._server = server
        super().__init__(process_obj)

    def _launch(self, process_obj: process.BaseProcess) -> None:
        # sys.path and the working directory come with Start: they are the cell's, not the standby's.
        told = {"name": process_obj.name, "authkey": process.current_process().authkey}
        buffer = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            context.reduction.dump(told, buffer)
            context.reduction.dump(process_obj, buffer)
        finally:
            context.set_spawning_popen(None)
        self.sentinel, write = self._server.connect_to_new_process(self._fds)
        self.finalizer = util.Finalize(self, util.close_fds, (os.dup(write), self.sentinel))
        with open(write, "wb") as stream:
            stream.write(buffer.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


_UNTRACKED = threading.RLock()  # templates start on threads of their own


class _NoMain:
    """multiprocess' ``spawn``, for a server that is told nothing of the notebook's main module.

    multiprocess would ask it for its ``__spec__``, which ``%reset`` takes away.
    """

    get_executable = staticmethod(forkserver.spawn.get_executable)

    @staticmethod
    def get_preparation_data(name: str) -> dict[str, Any]:
        """What a server uses of it (from Python 3.14 on)."""
        return {"sys_path": [path for path in sys.path if isinstance(path, str)]}


def _spawned(environment: Mapping[str, str], path: str, args: Sequence[str], fds: Sequence[int]) -> int:
    """As multiprocess', which would give a server our own variables, where all threads see what is set for it.

    It leads a process group from its first instruction on: an interrupt of the kernel's group is not its own.
    """
    child = subprocess.Popen(args, executable=path, pass_fds=fds, env=environment, process_group=0)
    child.returncode = 0  # it is the server's to wait for
    return child.pid


class _Server(forkserver.ForkServer):
    """A forkserver that is told what to preload by a variable of its own process."""

    def __init__(self, preload: Sequence[str], learned: Modules, log: str) -> None:
        super().__init__()
        self.set_forkserver_preload([PRELOAD])
        asked = {"preload": list(preload), "learned": learned, "log": log, "needs": NEEDS, "host": os.getpid()}
        self._settings = json.dumps(asked)
        self.environment: dict[str, str] = {}
        self.beside: Mapping[str, str | None] = MappingProxyType({})
        self.installed = Installed()
        self.ends = 0  # how often it was ended on purpose
        self.closed = False

    def ensure_running(self) -> None:
        if self._forkserver_pid is not None:
            try:
                if os.waitpid(self._forkserver_pid, os.WNOHANG)[0]:
                    self._forget()
            except ChildProcessError:
                self._forget()  # dead, and an os.wait() in a cell took its status
        if self.closed:  # upstream asks again, between a fork that was wanted and the fork
            raise ConnectionAbortedError("the kernel is shutting down")
        before, environment, installed = self._forkserver_pid, {**os.environ, **self.beside}, self.installed
        if before is None:
            installed = look()
        given = {**environment, VARIABLE: self._settings, **hashing.same(os.environ)}
        with self._untracked({name: value for name, value in given.items() if value is not None}):
            super().ensure_running()
        if self._forkserver_pid != before:
            self.environment = {name: value for name, value in environment.items() if value is not None}
            self.installed = installed

    def connect_to_new_process(self, fds: Any) -> tuple[int, int]:
        with self._untracked():
            return super().connect_to_new_process(fds)

    @contextmanager
    def _untracked(self, environment: Mapping[str, str] | None = None) -> Iterator[None]:
        """Without multiprocess' resource tracker, a process of 11 MB to clear up semaphores, of which we have none.

        A worker is to be given the tracker's descriptor, and closes what it gets. Whoever uses multiprocess in the
        notebook still has a tracker, from the first thing on that needs one. A server that is started has this
        `environment`.
        """
        with _UNTRACKED:
            before = forkserver.resource_tracker, forkserver.spawn, forkserver.util
            given = lambda: self._forkserver_alive_fd  # noqa: E731
            forkserver.resource_tracker = SimpleNamespace(ensure_running=lambda: None, getfd=given)
            forkserver.spawn = _NoMain
            forkserver.util = SimpleNamespace(**{**vars(util), "spawnv_passfds": partial(_spawned, environment)})
            try:
                yield
            finally:
                forkserver.resource_tracker, forkserver.spawn, forkserver.util = before

    def _forget(self) -> None:
        os.close(self._forkserver_alive_fd)
        self._forkserver_alive_fd = self._forkserver_address = self._forkserver_pid = None

    def end(self) -> None:
        """Kill the server and take its status.

        Not ``_stop()``, which waits until the server notices the end of its alive pipe: one that is importing
        TensorFlow does so seconds later.
        """
        with self._lock:
            pid, address = self._forkserver_pid, self._forkserver_address
            if pid is None:
                return
            self.ends += 1
            self._forget()
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass  # gone already, and an os.wait() in a cell took its status
            if not util.is_abstract_socket_namespace(address):
                os.unlink(address)


__all__ = ["PRELOADED", "TemplateLauncher", "begin_early", "launcher"]
