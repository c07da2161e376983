"""A real IPython in the worker: ipykernel's kernel and shell without sockets.

Its session writes each IOPub message to the outbox instead of a socket, so all that IPython, matplotlib, ipywidgets
and tqdm do to reach a frontend works as it is. :func:`build` makes it once, in the template, before the fork.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import inspect
import logging
import os
import re
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os.path import abspath
from traceback import walk_tb
from types import FrameType, SimpleNamespace
from typing import Any, ClassVar

from ipykernel.compiler import XCachingCompiler, get_tmp_hash_seed, murmur2_x86
from ipykernel.eventloops import enable_gui
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.jsonutil import json_clean
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core import interactiveshell
from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from traitlets import Unicode
from traitlets.config import Config

from .. import carried, payload, settings
from ..protocol import Failure, Publish, Start, decode, encode
from .streams import Outbox, Stream, standard

RESULT = re.compile(r"_(\d+)")
_DROPPED_PAYLOADS = ("ask_exit",)  # exit() ends the cell's process at most, never the notebook's console


class WorkerSession(Session):
    """A Jupyter session whose socket is the outbox."""

    outbox = AnyTrait()
    cell = Unicode(help="The id of the request that runs the cell.")
    failure: Failure | None = None
    """The error that was sent last."""

    def send(  # type: ignore[override]
        self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, track=False, header=None,
        metadata=None,
    ):  # fmt: skip
        """Queue an IOPub message; what isn't for IOPub (there is no other socket) is dropped."""
        if isinstance(msg_or_type, dict):
            message = msg_or_type
            buffers = buffers or message.get("buffers", [])
        else:
            message = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        if self.outbox is None:
            return message
        kind = message["header"]["msg_type"]
        if kind == "error":
            # The notebook shows it where the cell's exception arrives; but before what the cell puts out after it.
            content = message["content"]
            told = Failure(_plain(content["ename"]), _plain(content["evalue"]), [*map(_plain, content["traceback"])])
            self.outbox.hold(Publish(kind, {k: getattr(told, k) for k in ("ename", "evalue", "traceback")}, {}))
            self.failure = told
        elif kind != "status":
            copies = tuple(bytes(memoryview(b).cast("B")) for b in buffers or ())
            origin = message.get("parent_header") or {}
            other = json_clean(origin) if origin.get("msg_id", self.cell) != self.cell else {}
            publish = Publish(kind, json_clean(message["content"]), json_clean(message["metadata"]), copies, other)
            self.outbox.put(publish)
        return message


class WorkerCompiler(XCachingCompiler):
    """Names a cell's code as the host would: frames of a worker read as frames of the notebook."""

    host_pid = 0
    cells: ClassVar[dict[str, int]] = {}  # of the notebook, by the file names of their code

    def format_code_name(self, name: str) -> tuple[str, str] | None:
        """What a traceback calls a file: ``Cell In[3]`` also where another process has run that cell."""
        found = super().format_code_name(name)
        return ("Cell", f"In[{self.cells[name]}]") if found is None and name in self.cells else found

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        folder = f"{tempfile.gettempdir()}{os.sep}ipykernel_{self.host_pid}"
        return f"{folder}{os.sep}{murmur2_x86(raw_code, get_tmp_hash_seed())}.py"


class WorkerShell(ZMQInteractiveShell):
    """IPython's shell, of one cell."""

    def init_history(self) -> None:
        """No database and no thread to save to it: In and Out live as long as the cell."""
        self.config.HistoryManager.enabled = False
        super().init_history()
        self.history_manager.enabled = False

    def init_traceback_handlers(self, *args: Any, **options: Any) -> None:
        """As IPython's, which looks for the module of each frame among all modules; here once for each file."""
        super().init_traceback_handlers(*args, **options)
        render = self.InteractiveTB.structured_traceback

        @functools.wraps(render)
        def rendered(kind: Any, error: Any = None, tb: Any = None, *more: Any, **named: Any) -> list[str]:
            with _modules_known(error):
                return render(kind, error, tb, *more, **named)

        self.InteractiveTB.structured_traceback = rendered

    async def run_cell_async(self, *args: Any, **options: Any) -> interactiveshell.ExecutionResult:
        """As IPython's, with an interrupt held until the first statement: the callbacks before it swallow one."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._interruptible = signal.SIGINT not in before
        try:
            return await super().run_cell_async(*args, **options)
        finally:
            if signal.SIGINT not in before:  # there was no statement
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    async def run_ast_nodes(self, *args: Any, **options: Any) -> bool:
        """As IPython's; from here on an interrupt is the code's."""
        if self._interruptible:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        return await super().run_ast_nodes(*args, **options)

    def enable_gui(self, gui: str | None = None) -> None:
        """As ipykernel's, which would look for the kernel in an application, of which a worker has none."""
        enable_gui(gui, kernel=self.kernel)

    def ask_exit(self) -> None:
        """``exit`` or ``quit`` was called: nothing to leave, the process ends with its cell anyway."""

    def show_interrupt(self, exc_tuple=None, *args, **options) -> None:
        """In the place of `showtraceback` once awaiting code was cancelled, which is to be a KeyboardInterrupt."""
        _, value, tb = exc_tuple or sys.exc_info()
        if isinstance(value, asyncio.CancelledError):
            exc_tuple = (KeyboardInterrupt, KeyboardInterrupt().with_traceback(tb), tb)
        super().showtraceback(exc_tuple, *args, **options)


@contextmanager
def _modules_known(error: BaseException | None) -> Iterator[None]:
    """Have inspect know, while this error is rendered, that the files of cells are no module's.

    To find that out it walks over all modules, of which a framework brings thousands; for each frame anew, which took
    an endless recursion a minute.
    """
    frames: dict[str, FrameType] = {}
    chain, todo = set(), [error]
    while todo:
        each = todo.pop()
        if isinstance(each, BaseException) and id(each) not in chain:
            chain.add(id(each))
            todo += each.__cause__, each.__context__
            frames |= {frame.f_code.co_filename: frame for frame, _ in walk_tb(each.__traceback__)}
    known = inspect.modulesbyfile
    names = [name for name, frame in frames.items() if inspect.getmodule(frame) is None]
    nobodys = {*names, *map(abspath, names)} - known.keys()
    known.update(dict.fromkeys(nobodys, ""))  # the name of no module
    try:
        yield
    finally:
        for path in nobodys:
            known.pop(path, None)


def _pass_for(cls: type, other: type) -> None:
    """Have a class look like its base."""
    cls.__name__, cls.__qualname__, cls.__module__ = other.__name__, other.__qualname__, other.__module__
    cls.__doc__ = other.__doc__


# Libraries that want to know whether they are in a notebook (rich, tqdm, plotly) ask the class for its name and its
# module, and the configuration for the application.
_pass_for(WorkerShell, ZMQInteractiveShell)
_pass_for(Stream, OutStream)
IN_A_NOTEBOOK = Config({"IPKernelApp": {}})


def failure(etype: type, value: BaseException | None, stb: list[str]) -> Failure:
    """An exception as the three texts that Jupyter shows; an exception whose ``str`` fails is still an exception."""
    try:
        evalue = str(value)
    except Exception as error:  # noqa: BLE001 (any: it is the user's __str__)
        evalue = f"<str() of the exception raised {type(error).__name__}>"
    return Failure(_plain(etype.__name__), _plain(evalue), [_plain(line) for line in stb])


def _plain(text: str) -> str:
    # A lone surrogate is legal in a str and can't be encoded for the frontend: the reply would be lost.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class WorkerKernel(IPythonKernel):
    """ipykernel's kernel as the frame of one cell."""

    shell_class = WorkerShell
    interrupted = False  # awaiting code was cancelled because of an interrupt
    ask: Callable[[str, bool], str]  # set by whoever listens to the host

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())

    def _input_request(self, prompt: str, ident: Any, parent: Any, password: bool = False) -> str:
        """Through the host, which has the frontend's stdin channel; interruptible."""
        return self.ask(prompt, password)

    @contextmanager
    def _cancel_on_sigint(self, future: asyncio.Future) -> Iterator[None]:
        """Cancel awaiting code on an interrupt; to the user it is a KeyboardInterrupt all the same.

        ipykernel's own wakes its loop only with the loop's next event (ipykernel#881), which is after the sleep that
        was to be interrupted.
        """
        loop = asyncio.get_running_loop()

        def interrupt(*_: Any) -> None:
            self.interrupted = True
            self.shell.showtraceback = self.shell.show_interrupt
            loop.call_soon_threadsafe(future.cancel)

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


_pass_for(WorkerKernel, IPythonKernel)


def _warn(message: object, *args: Any, **options: Any) -> None:
    # How to exit is said by the notebook's own IPython, where the cell's SystemExit arrives.
    if not str(message).startswith("To exit:"):
        warnings.warn(message, *args, **{**options, "stacklevel": options.get("stacklevel", 1) + 1})


def build() -> WorkerKernel:
    """The process's kernel and shell, made once; starts no thread."""
    if WorkerKernel.initialized():
        return WorkerKernel.instance()
    session = WorkerSession(username="", key=b"")
    log = logging.getLogger("isokernel.worker")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    with _without_debugger():
        kernel = WorkerKernel.instance(
            session=session,
            iopub_socket=SimpleNamespace(),
            log=log,
            config=IN_A_NOTEBOOK,
            compiler_class=WorkerCompiler,
            user_ns=None,  # of a module that is as ipykernel's, with __doc__ and __spec__
        )
    kernel.shell.extension_manager.load_extension("storemagic")  # as ipykernel's application does
    interactiveshell.warn = _warn
    # It empties the namespace, in which threads of the cell may still be at work.
    atexit.unregister(kernel.shell.atexit_operations)
    return kernel


@contextmanager
def _without_debugger() -> Iterator[None]:
    # A worker has no channel for a debugger, and importing it costs more than all else here. None is how Python is
    # told that a module isn't there; a cell that imports debugpy by itself finds it again.
    absent = "debugpy" not in sys.modules
    if absent:
        sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent:
            del sys.modules["debugpy"]


def attach(kernel: WorkerKernel, outbox: Outbox) -> None:
    """Give a built kernel its way out: the session, and the streams of the process."""
    kernel.session.outbox = outbox
    kernel.session.pid = os.getpid()
    for name, fd in (("stdout", 1), ("stderr", 2)):
        found = getattr(sys, name)  # the template's: a logger that was made there writes to it
        stream = found if isinstance(found, Stream) else Stream(name, fd)
        stream.outbox = outbox
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", standard(fd, "w"))
    # Nobody can type anything; a terminal that the kernel was started from would stop who reads it.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = sys.__stdin__ = standard(0, "r")


def rehearse(kernel: WorkerKernel) -> None:
    """Go once through what a cell goes through, with nothing in it.

    In the template this makes what is made on first use, once for all; in a fork it touches the pages that the cell is
    about to write, which the system copies one by one at the first touch (3-8 ms otherwise, of a no-op cell's ten).
    """
    shell = kernel.shell
    before, history = dict(shell.user_ns), shell.history_manager
    start = decode(encode(Start("0", "pass", [], [], 1, {"msg_id": ""}, os.getcwd(), sys.path[:], {}, {}, os.getpid())))
    configure(kernel, start)
    loop = asyncio.SelectorEventLoop()
    try:
        loop.run_until_complete(kernel.do_execute(start.source, silent=False))
    finally:
        loop.close()
    shell.logger  # noqa: B018 (made at the first use)
    with carried.kept_streams():
        pass
    payload.unpack(payload.pack({"nothing": [0]}, namespace={}).parcels, namespace={})
    history.reset(new_session=False)
    history.input_hist_parsed[:] = history.input_hist_raw[:] = [""]
    shell.last_execution_result = shell._last_input_line = None
    history._i = history._ii = history._iii = history._i00 = ""
    shell.execution_count = 1
    for name in shell.user_ns.keys() - before.keys():
        del shell.user_ns[name]
    shell.user_ns.update(before)


def let_run_nested(loop: asyncio.AbstractEventLoop) -> None:
    """Let ``asyncio.run`` work in a cell.

    As in ipykernel the cell runs in a step of a running loop, where ``asyncio.run`` refuses, and a module that uses it
    can't be called. Here the loop serves nothing but the cell, so for that time it may as well not run.
    """
    run = asyncio.run

    @functools.wraps(run)
    def nested(main: Any, **options: Any) -> Any:
        if asyncio._get_running_loop() is not loop:
            return run(main, **options)
        asyncio._set_running_loop(None)
        try:
            return run(main, **options)
        finally:
            asyncio.set_event_loop(loop)
            asyncio._set_running_loop(loop)

    asyncio.run = nested


def payloads(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """IPython's payloads that may reach the frontend."""
    return [json_clean(p) for p in found if p.get("source") not in _DROPPED_PAYLOADS]


def remember(shell: WorkerShell, given: dict[str, Any]) -> None:
    """Put what went in under the names of earlier results (``_3``) into ``Out``."""
    for name, value in given.items():
        found = RESULT.fullmatch(name)
        if found is not None:
            shell.history_manager.output_hist[int(found[1])] = value


def configure(kernel: WorkerKernel, start: Start) -> None:
    """Make a built kernel that of one cell: its number, its request, the notebook's IPython settings."""
    shell = kernel.shell
    kernel.session.cell = str(start.parent.get("msg_id", ""))
    kernel.set_parent([], {"header": start.parent, "metadata": start.metadata, "content": {}})
    shell.execution_count = start.count
    settings.give(shell, start.settings)
    history = shell.history_manager
    told = start.history + [["", ""]] * (start.count - len(start.history))
    history.input_hist_parsed[:], history.input_hist_raw[:] = ([*texts] for texts in zip(*told))
    last = ["", "", *(raw for _, raw in told)]
    history._i00, history._i, history._ii = last[-1], last[-2], last[-3]
