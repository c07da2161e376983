"""How cells of one shell become runs, in any IPython kernel.

A cell becomes a run in one of two ways. Where the kernel can await it (isokernel's own ``do_execute`` marks such
cells), it does, and comms go on being served meanwhile. Anywhere else, also below ``%%time`` or in a function, the
magic blocks its thread, and an interrupt is passed on to the worker.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.macro import Macro

from . import preludes
from .cell import analyse
from .cell.startup import may_configure, may_lastingly
from .cell.stores import stores
from .completion import complete
from .conclusion import execution_count
from .configuration import Settings
from .custody import custody
from .declaration import Declaration, comment_declaration, comment_magic, parse
from .errors import EmptyCell, IsolationError
from .frontend import frontend, say
from .interrupts import GLANCE
from .quiet import quiet
from .run import run
from .session import Session
from .spec import Spec
from .submodules import imported_by

_AWAITED = "await get_ipython().run_isolated("
_AWAITED_FOR = {
    "get_ipython().run_cell_magic('isolated', ": _AWAITED,
    "get_ipython().run_cell_magic('prelude', ": "await get_ipython().run_prelude(",
}
LONGEST = 1000  # characters of a declaration that are worth carrying with the source; IPython hashes it in Python


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A cell that declares nothing and is to run as ``--auto``."""

    source: str


_about_to_run: ContextVar[str | Undeclared | None] = ContextVar("_about_to_run", default=None)


class IsolatedCells:
    """The extension of one shell: its session, and how its cells become runs.

    Parameters
    ----------
    shell : InteractiveShell
    settings : Settings
    """

    def __init__(self, shell: InteractiveShell, settings: Settings) -> None:
        self.shell = shell
        self.session = Session(settings)
        self._showtraceback, self._debugger = shell.showtraceback, shell.debugger
        self._failed_elsewhere = False  # the last exception that was shown
        self._judged, self._configures = 0, False  # cells that were judged, and what they may have left behind

    @property
    def awaited(self) -> str | Undeclared | None:
        """The cell that the kernel is about to run, and can await; a subshell has one of its own, at the same time."""
        return _about_to_run.get()

    @awaited.setter
    def awaited(self, cell: str | Undeclared | None) -> None:
        _about_to_run.set(cell)
        after = self.shell.input_transformers_post
        if cell is not None and after[-1] != self.await_magic:  # the notebook has added one, which is for its own code
            after.remove(self.await_magic)
            after.append(self.await_magic)

    def attach(self) -> None:
        """Put the comment forms and the display of a worker's traceback into the shell."""
        shell = self.shell
        shell.input_transformers_cleanup.insert(0, comment_to_magic)
        shell.input_transformers_post.append(self.await_magic)
        shell.run_isolated, shell.run_prelude = self.run_awaited, self.define_awaited
        shell.showtraceback, shell.debugger = self.showtraceback, self.debugger
        shell.configurables.append(self.session.settings)
        shell.events.register("pre_execute", self.session.outside.settle)
        shell.events.register("pre_run_cell", self._before_cell)
        self._transform_ast, shell.transform_ast = shell.transform_ast, self.transform_ast
        shell.events.register("post_run_cell", self._after_cell)
        self.session.outside.attributes.watch_imports()
        shell.set_hook("complete_command", self.complete, str_key="%%isolated")

    def detach(self) -> None:
        """Undo :meth:`attach`, and end the session's processes."""
        shell = self.shell
        shell.input_transformers_cleanup.remove(comment_to_magic)
        shell.input_transformers_post.remove(self.await_magic)
        shell.configurables.remove(self.session.settings)
        shell.events.unregister("pre_execute", self.session.outside.settle)
        shell.events.unregister("pre_run_cell", self._before_cell)
        shell.events.unregister("post_run_cell", self._after_cell)
        self.session.outside.attributes.unwatch()
        del shell.transform_ast, shell.run_isolated, shell.run_prelude, shell.showtraceback, shell.debugger
        self.session.close()

    def _before_cell(self, info: Any) -> None:
        source = getattr(info, "transformed_cell", None) or ""
        found = stores("" if source.startswith(_AWAITED) else source)
        self.session.outside.attributes.note(found.targets, found.imports, self.shell.user_ns)

    def _after_cell(self, result: object) -> None:
        self.session.reuse.prune(self.shell.user_ns)
        source = getattr(getattr(result, "info", None), "raw_cell", None) or ""
        self.session.submodules.update(dict.fromkeys(imported_by(source)))
        self.session.refresh_soon()

    def complete(self, _: InteractiveShell, event: Any) -> list[str]:
        """IPython's hook for the completion of the magic's line, which is all that it tells us."""
        found = complete(event.line, len(event.line), self.shell.user_ns, self.shell.transform_cell)
        return list(found.matches) if found else []

    def await_magic(self, lines: list[str]) -> list[str]:
        """An input transformation: the magic of a cell that the kernel can await becomes an await."""
        cell, self.awaited = self.awaited, None  # for the cell itself, not for what it may transform while it runs
        if isinstance(cell, Undeclared):
            return [f"{_AWAITED}None, {cell.source!r})\n"]
        if cell is not None and len(lines) == 1:
            for magic, awaited in _AWAITED_FOR.items():
                if lines[0].startswith(magic):
                    return [awaited + lines[0][len(magic) :]]
        return lines

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """IPython's, but that the notebook's transformers are for its own code, where that runs."""
        try:
            called = node.body[0].value.value.func.attr
        except (AttributeError, IndexError):
            called = ""
        return node if called in ("run_isolated", "run_prelude") else self._transform_ast(node)

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **options: Any) -> None:
        """IPython's, but that what a worker has rendered is shown as it was."""
        try:
            etype, value, _ = self.shell._get_exc_info(exc_tuple)
        except ValueError:
            etype = value = None
        lines = getattr(value, "__isokernel_traceback__", None)
        self._failed_elsewhere = lines is not None
        if lines is None:
            self._showtraceback(exc_tuple, *args, **options)
        elif getattr(value, "__isokernel_shown__", 0):
            self.shell._last_traceback = lines  # what the reply says
            for line in lines[value.__isokernel_shown__ :]:
                say(frontend(self.shell), line)
            value.__isokernel_shown__ = 0  # %tb shows it again
        elif lines:
            self.shell._showtraceback(etype, value, lines)
        else:
            self.shell._last_traceback = None

    def debugger(self, force: bool = False) -> None:
        """IPython's, which has nothing to look at where the failed cell's process has ended."""
        if force and self._failed_elsewhere:
            raise UsageError(
                "%debug: the process of that cell has ended. Run the cell again with --pdb, or after %pdb on."
            )
        if not self._failed_elsewhere:
            self._debugger(force)

    def spec(self, line: str | None, body: str) -> Spec:
        """A cell as the recipe takes it; without a line it is one that declares nothing.

        Raises
        ------
        DeclarationError
        SyntaxError
            As IPython would show it, had it compiled the cell itself.
        """
        if line is None:
            return self._spec(Declaration(auto=True), body, body, "")
        return self._spec(parse(line), self._source(line, body), body, line)

    def _prelude(self, line: str, body: str) -> Spec | None:
        """The cell of a prelude; None if all that is asked for is to forget one."""
        asked = preludes.parse(line)
        if asked.clear:
            self.session.preludes.clear(asked.name)
            if not body.strip():
                return None
        spec = self._spec(Declaration(auto=True), _headed(f"# %% prelude {line}", body), body, "")
        return replace(spec, prelude=asked.name or preludes.UNNAMED)

    def _spec(self, declaration: Declaration, source: str, body: str, line: str) -> Spec:
        shell = self.shell
        try:
            # Not with the declaration itself, which the shell would transform into the magic again.
            python = shell.transform_cell(body)
            if source is not body:
                python = "#\n" + python
            elif isinstance(shell.user_ns.get(body.strip()), Macro):
                source = python
            if shell.history_manager.input_hist_parsed[-1].startswith(_AWAITED):  # to `In` it is the notebook's code
                shell.history_manager.input_hist_parsed[-1] = python.rstrip("\n")
            name = shell.compile.cache(python, execution_count(shell), raw_code=source)
            with quiet():  # whoever runs it will warn
                tree = shell.compile.ast_parse(python, filename=name)
            cell = analyse(python, shell.transform_cell, name, whole=not declaration.auto)
        except SyntaxError as error:
            error.__isokernel_traceback__ = shell.SyntaxTB.structured_traceback(type(error), error, [])
            raise
        if not tree.body:
            raise EmptyCell()
        return Spec(source, python, cell, declaration, self._as_written(line), configures=self._may_configure(body))

    def _may_configure(self, body: str) -> bool:
        cells = self.shell.history_manager.input_hist_raw
        if len(cells) < self._judged:  # %reset
            self._judged = 0
        self._configures |= may_lastingly(cells[self._judged :])
        self._judged = len(cells)
        return self._configures or may_configure(body)

    def _source(self, line: str, body: str) -> str:
        """The cell with its declaration as a comment, as written where that is what it has: its text names its file."""
        written = self.shell.history_manager.input_hist_raw[-1]
        if comment_declaration(written) is not None and written.endswith(body.rstrip()) and len(line) <= LONGEST:
            return written
        return _headed(f"# %% isolated {line if len(line) <= LONGEST else ''}", body)

    def _as_written(self, line: str) -> str:
        """The declaration in the form that the cell has, for the corrected one to be pasted over it."""
        first = self.shell.history_manager.input_hist_raw[-1].partition("\n")[0]
        magic = f"%%isolated {line}".rstrip()
        return first if comment_declaration(first) is not None else magic

    async def run_awaited(self, line: str | None, body: str) -> None:
        """Run a cell on the kernel's event loop."""
        await self._run_awaited(lambda: self.spec(line, body))

    async def define_awaited(self, line: str, body: str) -> None:
        """Run a prelude on the kernel's event loop, and keep it."""
        await self._run_awaited(lambda: self._prelude(line, body))

    async def _run_awaited(self, make: Callable[[], Spec | None]) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            with custody(self.session) as mine:

                async def wait(future: Future) -> Any:
                    mine.look()
                    if future.done():
                        return future.result()  # not by way of the loop, which would serve others first
                    while True:
                        mine.waiting = True
                        try:
                            return await asyncio.shield(asyncio.wrap_future(future))
                        except asyncio.CancelledError:
                            task.uncancel()
                            mine.look(cancelled=True)
                        finally:
                            mine.waiting = False

                # In code of ours or the user's an interrupt raises; in the event loop, which an exception would end and
                # the kernel with it, it must not. By then the recipe may have gone on.
                mine.cancel = lambda: loop.call_soon_threadsafe(lambda: mine.waiting and task.cancel())
                spec = make()
                if spec is not None:
                    await run(mine, self.shell, spec, frontend(self.shell), wait)
        except BaseException as error:
            _drop_frames(error)
            raise

    def run_blocking(self, line: str, body: str) -> None:
        """Run a cell, and block the calling thread until it has ended."""
        self._run_blocking(self.spec(line, body))

    def define_blocking(self, line: str, body: str) -> None:
        """Run a prelude, block the calling thread until it has ended, and keep it."""
        spec = self._prelude(line, body)
        if spec is not None:
            self._run_blocking(spec)

    def _run_blocking(self, spec: Spec) -> None:
        try:
            with custody(self.session) as mine:

                async def wait(future: Future) -> Any:
                    while True:
                        mine.look()
                        if wait_for([future], timeout=GLANCE).done:
                            return future.result()

                recipe = run(mine, self.shell, spec, frontend(self.shell), wait)
                with suppress(StopIteration):  # it waits without suspending
                    recipe.send(None)
        except BaseException as error:
            original = getattr(error, "__isokernel_original__", None)
            if original is None:
                _drop_frames(error)
                raise
            original.__isokernel_traceback__ = error.__isokernel_traceback__
            raise original from None


def _drop_frames(error: BaseException) -> None:
    """Take the recipe's frames out of what is shown, where they say nothing."""
    if isinstance(error, IsolationError) or hasattr(error, "__isokernel_traceback__"):
        error.__traceback__ = None


def comment_to_magic(lines: list[str]) -> list[str]:
    """An input transformation: ``# %% isolated -i X`` in the first line that isn't blank is the magic."""
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    magic = comment_magic(lines[first].lstrip()) if lines else None
    return lines if magic is None else [f"{magic}\n", *lines[first + 1 :]]


def _headed(head: str, body: str) -> str:
    # With its first line, as a comment, so that line numbers are the notebook's; but IPython knows a cell magic only in
    # the first line.
    return body if body.lstrip().startswith("%%") else f"{head.rstrip()}\n{body}"
