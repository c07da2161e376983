"""The kernel "Python 3 (isokernel)": ipykernel's, with isolated cells that it awaits."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Collection
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from IPython.utils.tokenutil import token_at_cursor
from traitlets import Enum

from . import __version__, carried
from .cells import IsolatedCells, Undeclared
from .completion import complete
from .configuration import Settings
from .declaration import comment_magic
from .extension import load
from .frontend import KernelFrontend, say
from .guard import Guard
from .hints import after_plain
from .inquiries import Inquirer, called_around, is_elsewhere, module, subject, with_arguments
from .interrupts import Interrupts
from .training import Training


def _runs(code: str) -> bool:
    """Whether there is anything in a cell but comments, and not only for the notebook's own process to hear."""
    lines = [line for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and not all(line.startswith(OWN) for line in lines)


OWN = tuple(
    f"%{name}"
    for name in (
        "config keep prelude load_ext unload_ext reload_ext matplotlib autoreload "
        "xmode colors pdb debug tb precision history recall rerun"
    ).split()
)
"""Magics that are meant for the kernel, whatever runs elsewhere."""


PATIENCE = 3.0  # seconds that somebody who pressed Tab waits


class _Unreadable(str):
    """A cell's text with its lone surrogates escaped, and the error that they are: Python can't read such code."""

    __slots__ = ("error",)

    def __new__(cls, code: str, error: UnicodeEncodeError) -> _Unreadable:
        made = super().__new__(cls, code.encode("utf-8", "backslashreplace").decode())
        made.error = error
        return made


class IsoKernel(Settings, IPythonKernel):
    """An IPython kernel whose declared cells run in processes of their own."""

    isolate = Enum(
        ["training", "declared", "all"],
        "training",
        help="Which cells run in processes of their own: those that touch a training framework, those that declare it, "
        "or all. A cell tagged `isolated` or `not-isolated` decides for itself.",
    ).tag(config=True)

    implementation = "isokernel"
    # IPython's, which clients know how to compare, with ours as its local part.
    implementation_version = f"{IPythonKernel.implementation_version}+isokernel.{__version__}"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cells: IsolatedCells = load(self.shell, settings=self)
        self._training = Training(self.shell, lambda: self.frameworks)
        self._inquirer = Inquirer(self.cells.session, self.shell.user_ns)
        self._let: set[int] = set()  # threads of shells whose cell is tagged to run here, and may import frameworks
        self._interrupts = Interrupts()
        self._warned = False
        self._debugging = False  # the frontend's debugger was started, and that was spoken of
        Guard(self._refused).install()

    def start(self) -> None:
        """As ipykernel's; the template starts now, when the application has set the environment it is to have."""
        super().start()
        self.cells.session.warm()

    @property
    def banner(self) -> str:  # type: ignore[override]
        """As IPython's, with a line of ours."""
        return f"isokernel {__version__}: training cells in processes of their own\n{super().banner}"

    async def execute_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """As ipykernel's; an interrupt that comes just before the cell is the cell's."""
        code = parent["content"].get("code")
        try:
            if isinstance(code, str):
                code.encode()
        except UnicodeEncodeError as error:  # no code for Python, and no text to be sent back to the frontend
            parent["content"]["code"] = _Unreadable(code, error)
        with self._interrupts.noted():
            await super().execute_request(stream, ident, parent)

    async def do_execute(self, code: str, silent: bool, store_history: bool = True, *args: Any, **options: Any) -> Any:
        """As ipykernel's; a declared cell is awaited, so that comms are served while it runs."""
        if isinstance(code, _Unreadable):
            return self._failed(code.error)
        try:
            with self._interrupts.raised():
                awaited = None if silent else self._awaited(code, store_history, options.get("cell_meta") or {})
                self.cells.awaited = awaited
                if awaited is not None:
                    self._tell_of_the_debugger()
                reply = await super().do_execute(code, silent, store_history, *args, **options)
                if awaited is None and not silent and reply["status"] == "ok" and self.isolate == "training":
                    after_plain(self.cells.session, self.shell, code, KernelFrontend(self.shell))
                return reply
        except KeyboardInterrupt:  # just before or after the cell, where nothing of IPython's catches it
            return self._failed(KeyboardInterrupt())
        finally:
            self._warn_of_frameworks()
            self.cells.awaited = None
            self._let.discard(threading.get_ident())
            # Again, here: a cell that awaits runs in a copy of the context, and numpy keeps its print options in one.
            given, self.cells.session.given = self.cells.session.given, {}
            carried.give(given, streams=False)

    def _failed(self, error: BaseException) -> dict[str, Any]:
        """The reply to a cell that never began; without one the frontend would wait for ever."""
        name, told = type(error).__name__, str(error)
        content = {"ename": name, "evalue": told, "traceback": [f"{name}: {told}"]}
        self.send_response(self.iopub_socket, "error", content)
        count = max(self.shell.execution_count - 1, 1)
        return {"status": "error", **content, "execution_count": count, "user_expressions": {}, "payload": []}

    def _warn_of_frameworks(self) -> None:
        """After the first cell that was tagged to run here and has imported a framework."""
        found = [name for name in self.frameworks if name in sys.modules]
        if found and threading.get_ident() in self._let and not self._warned:
            self._warned = True
            say(
                KernelFrontend(self.shell),
                f"{', '.join(found)} is in the notebook's own process now, as the tag not-isolated asks; the memory "
                "that it takes there, the GPU's too, comes back only when you restart the kernel",
            )

    def _tell_of_the_debugger(self) -> None:
        """Once in a session of the frontend's debugger, which looks into this process."""
        active = getattr(getattr(self, "debugger", None), "is_started", False)
        if active and not self._debugging:
            say(
                KernelFrontend(self.shell),
                "breakpoints work in cells that run in the notebook itself; tag the cell `not-isolated`, or use "
                "breakpoint() or --pdb",
            )
        self._debugging = active

    def _refused(self) -> Collection[str]:
        """Frameworks that may not be imported now."""
        return self.frameworks if self.isolate != "declared" and not self._let and not self.allow_load else ()

    def _awaited(self, code: str, store_history: bool, metadata: dict[str, Any]) -> str | Undeclared | None:
        first = code.lstrip().partition("\n")[0]
        if first.startswith(("%%isolated", "%%prelude")) or comment_magic(first) is not None:
            return code
        if not store_history:
            return None  # a tool of the frontend's, which asks about the notebook's own variables
        tags = metadata.get("tags")
        tags = tags if isinstance(tags, list) else []
        if "not-isolated" in tags:
            self._let.add(threading.get_ident())
            return None
        if self.isolate == "all" or "isolated" in tags:
            return Undeclared(code) if _runs(code) else None
        return Undeclared(code) if self.isolate == "training" and self._is_training(code) else None

    def _is_training(self, code: str) -> bool:
        try:
            return bool(self._training.touch(code))
        except Exception:  # it would lose the reply, and the frontend would wait for ever
            self.log.exception("isokernel could not tell whether a cell is a training cell; it runs in the notebook")
            return False

    async def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """As ipykernel's; on a declaration's line the names that make sense there; of frameworks, what they have."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        found = complete(code, cursor, self.shell.user_ns, self.shell.transform_cell)
        if found is not None:
            return {
                "matches": list(found.matches),
                "cursor_start": found.start,
                "cursor_end": found.end,
                "metadata": {},
                "status": "ok",
            }
        names = self.shell.user_ns
        if is_elsewhere(subject(code, cursor), names) or module(code, cursor) in self._refused():
            return await self._elsewhere("complete", code, cursor) or super().do_complete(code, cursor_pos)
        own = super().do_complete(code, cursor_pos)
        if is_elsewhere(called_around(code, cursor), names) and subject(code, cursor) is None:
            return with_arguments(own, await self._elsewhere("complete", code, cursor))
        return own

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Collection[str] = ()
    ) -> dict[str, Any]:
        """As ipykernel's, also of what only another process has."""
        root = token_at_cursor(code, cursor_pos).partition(".")[0]
        if is_elsewhere(root, self.shell.user_ns):
            told = {"detail_level": detail_level, "omit_sections": list(omit_sections)}
            found = await self._elsewhere("inspect", code, cursor_pos, **told)
            if found is not None:
                return found
        return super().do_inspect(code, cursor_pos, detail_level, omit_sections)

    async def _elsewhere(self, what: str, code: str, cursor: int, **options: Any) -> dict[str, Any] | None:
        asked = asyncio.wrap_future(self._inquirer.ask(what, code, cursor, **options))
        try:
            answer = await asyncio.wait_for(asked, PATIENCE)
        except TimeoutError:
            return None
        return answer.content if answer is not None else None

    def _send_interrupt_children(self) -> None:
        """Interrupt the running cells, on whatever thread they wait; else the kernel's own code, as ipykernel does."""
        session, requests, main = self.cells.session, self._interrupts.requests, threading.main_thread().ident
        reached = session.interrupt()
        plain = main in requests and main not in reached  # a cell of the notebook's own, beside those of subshells
        if plain or not (reached or (not requests and session.let_all_go())):
            super()._send_interrupt_children()

    async def do_shutdown(self, restart: bool) -> Any:
        """As ipykernel's, after all processes of ours have ended: it would wait for them for seconds."""
        self.cells.session.close()
        answer = super().do_shutdown(restart)
        return await answer if inspect.isawaitable(answer) else answer
