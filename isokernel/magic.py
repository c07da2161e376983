"""``%%isolated`` and ``%keep``, in any IPython kernel; the isokernel kernel loads the same extension.

A cell becomes a run in one of two ways. Where the kernel can await it (isokernel's own ``do_execute`` marks such
cells), it does, and comms go on being served meanwhile. Anywhere else, also below ``%%time`` or in a function, the
magic blocks its thread, and an interrupt is passed on to the worker.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Bool
from traitlets.config import Configurable

from .cell import analyse
from .completion import complete
from .conclusion import execution_count
from .declaration import OPTIONS, Declaration, comment_declaration, parse
from .errors import EmptyCell
from .frontend import frontend
from .run import Interruptible, Spec, run
from .session import Session, Settings

_MAGIC = "get_ipython().run_cell_magic('isolated', "
_AWAITED = "await get_ipython().run_isolated("
LONGEST = 1000  # characters of a declaration that are worth carrying with the source; IPython hashes it in Python


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A cell that declares nothing and is to run as ``--auto``."""

    source: str


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
        self.awaited: str | Undeclared | None = None  # the cell that the kernel is about to run, and can await
        self._showtraceback = shell.showtraceback

    def attach(self) -> None:
        """Put the magics, the comment form and the display of a worker's traceback into the shell."""
        shell = self.shell
        shell.register_magics(IsolatedMagics(shell, self))
        shell.input_transformers_cleanup.insert(0, comment_to_magic)
        shell.input_transformers_post.append(self.await_magic)
        shell.run_isolated = self.run_awaited
        shell.showtraceback = self.showtraceback
        shell.configurables.append(self.session.settings)
        shell.events.register("post_run_cell", self._after_cell)
        shell.set_hook("complete_command", self.complete, str_key="%%isolated")

    def detach(self) -> None:
        """Undo :meth:`attach`, and end the session's processes."""
        shell = self.shell
        shell.input_transformers_cleanup.remove(comment_to_magic)
        shell.input_transformers_post.remove(self.await_magic)
        shell.configurables.remove(self.session.settings)
        shell.events.unregister("post_run_cell", self._after_cell)
        del shell.run_isolated, shell.showtraceback
        for kind, name in (("cell", "isolated"), ("line", "keep")):
            shell.magics_manager.magics[kind].pop(name, None)
        self.session.close()

    def _after_cell(self, result: object) -> None:
        self.session.reuse.prune(self.shell.user_ns)

    def complete(self, _: InteractiveShell, event: Any) -> list[str]:
        """IPython's hook for the completion of the magic's line, which is all that it tells us."""
        found = complete(event.line, len(event.line), self.shell.user_ns, self.shell.transform_cell)
        return list(found.matches) if found else []

    def await_magic(self, lines: list[str]) -> list[str]:
        """An input transformation: the magic of a cell that the kernel can await becomes an await."""
        cell, self.awaited = self.awaited, None  # for the cell itself, not for what it may transform while it runs
        if isinstance(cell, Undeclared):
            return [f"{_AWAITED}None, {cell.source!r})\n"]
        if cell is not None and len(lines) == 1 and lines[0].startswith(_MAGIC):
            return [_AWAITED + lines[0][len(_MAGIC) :]]
        return lines

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **options: Any) -> None:
        """IPython's, but that what a worker has rendered is shown as it was."""
        try:
            etype, value, _ = self.shell._get_exc_info(exc_tuple)
        except ValueError:
            etype = value = None
        lines = getattr(value, "__isokernel_traceback__", None)
        if lines is None:
            self._showtraceback(exc_tuple, *args, **options)
        elif lines:
            self.shell._showtraceback(etype, value, lines)

    def spec(self, line: str | None, body: str) -> Spec:
        """A cell as the recipe takes it; without a line it is one that declares nothing.

        Raises
        ------
        DeclarationError
        SyntaxError
            As IPython would show it, had it compiled the cell itself.
        """
        if line is None:
            declaration, source = Declaration(auto=True), body
        else:
            declaration = parse(line)
            # With its first line, as a comment, so that line numbers are the notebook's; but IPython knows a cell magic
            # only in the first line.
            head = f"# %% isolated {line if len(line) <= LONGEST else ''}".rstrip()
            source = body if body.lstrip().startswith("%%") else f"{head}\n{body}"
        shell = self.shell
        try:
            # Not with the declaration itself, which the shell would transform into the magic again.
            python = shell.transform_cell(body)
            python = python if source is body else "#\n" + python
            name = shell.compile.cache(python, execution_count(shell), raw_code=source)
            tree = shell.compile.ast_parse(python, filename=name)
            cell = analyse(python if source is not body else "#\n" + python, shell.transform_cell, name)
        except SyntaxError as error:
            error.__isokernel_traceback__ = shell.SyntaxTB.structured_traceback(type(error), error, [])
            raise
        if not tree.body:
            raise EmptyCell()
        return Spec(source, cell, declaration, self._as_written(line or ""))

    def _as_written(self, line: str) -> str:
        """The declaration in the form that the cell has, for the corrected one to be pasted over it."""
        first = self.shell.history_manager.input_hist_raw[-1].partition("\n")[0]
        magic = f"%%isolated {line}".rstrip()
        return first if comment_declaration(first) is not None else magic

    async def run_awaited(self, line: str | None, body: str) -> None:
        """Run a cell on the kernel's event loop."""
        interruptible = Interruptible()
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        async def wait(future: Future) -> Any:
            while True:
                interruptible.waiting = True
                try:
                    return await asyncio.shield(asyncio.wrap_future(future))
                except asyncio.CancelledError:
                    task.uncancel()
                    if not interruptible.interrupt(self.session):
                        raise KeyboardInterrupt from None
                finally:
                    interruptible.waiting = False

        def interrupted(number: int, frame: Any) -> None:
            # On the main thread, wherever it is: in code of ours or the user's this raises; in the event loop, which
            # an exception would end and the kernel with it, it must not.
            if not interruptible.waiting:
                signal.default_int_handler(number, frame)
            elif not interruptible.interrupt(self.session):
                loop.call_soon_threadsafe(task.cancel)

        on_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, interrupted) if on_main else None
        try:
            spec = self.spec(line, body)
            await run(self.session, self.shell, spec, frontend(self.shell), wait, interruptible)
        finally:
            if on_main:
                signal.signal(signal.SIGINT, before)

    def run_blocking(self, line: str, body: str) -> None:
        """Run a cell, and block the calling thread until it has ended."""
        interruptible = Interruptible()

        async def wait(future: Future) -> Any:
            while True:
                interruptible.waiting = True
                try:
                    return future.result()
                except KeyboardInterrupt:
                    if not interruptible.interrupt(self.session):
                        raise
                finally:
                    interruptible.waiting = False

        recipe = run(self.session, self.shell, self.spec(line, body), frontend(self.shell), wait, interruptible)
        try:
            recipe.send(None)
        except StopIteration:
            return
        except Exception as error:
            original = getattr(error, "__isokernel_original__", None)
            if original is None:
                raise
            original.__isokernel_traceback__ = error.__isokernel_traceback__
            raise original from None
        raise RuntimeError("a blocking run suspended")  # pragma: no cover (wait() never yields)


def _help() -> str:
    """``%%isolated?``: one screen, its options from where they are defined."""
    rows = [(", ".join(o.flags) + (f" {o.metavar}" if o.metavar else ""), o.help) for o in OPTIONS]
    width = max(len(flags) for flags, _ in rows)
    options = "\n".join(f"  {flags:{width}}  {text}" for flags, text in rows)
    return f"""Run this cell in a fresh process: only declared inputs go in, only declared outputs come back.

Usage, as a magic or as a first line that is a comment in any other kernel:

  %%isolated -i X,y -i lr=0.01 -o model,history
  # %% isolated -i X,y -i lr=0.01 -o model,history

{options}

Names are separated by commas or blanks. Modules, and what can be imported from them, need no declaration. Outputs
enter the notebook together, after success; what a failed run had bound is kept until the next: %keep NAME.

Examples
  %%isolated -i X,y,make_model -o model          train, and take the model
  %%isolated -i model -i n=len(X) -o scores      evaluate; n is computed in the notebook first
  %%isolated --seed 42 --env KERAS_BACKEND=jax   reproducible, on another backend
"""


@magics_class
class IsolatedMagics(Magics):
    """The magics."""

    def __init__(self, shell: InteractiveShell, cells: IsolatedCells) -> None:
        super().__init__(shell)
        self._cells = cells

    @no_var_expand
    @cell_magic
    def isolated(self, line: str, cell: str) -> None:
        self._cells.run_blocking(line, cell)

    isolated.__doc__ = _help()

    @line_magic
    def keep(self, line: str) -> None:
        """Take results of the last run, which failed, into the notebook: ``%keep model history``."""
        record = self._cells.session.records.last
        names = line.replace(",", " ").split()
        kept = record.partial if record else {}
        for name in names:
            if name not in kept:
                has = f"it has {', '.join(kept)}" if kept else "it left nothing"
                raise UsageError(f"%keep {name}: the last run has no {name}; {has}.")
        if not names:
            raise UsageError(f"%keep NAME: the last run kept {', '.join(kept) or 'nothing'}.")
        self.shell.user_ns.update({name: kept.take(name) for name in names})


def comment_to_magic(lines: list[str]) -> list[str]:
    """An input transformation: ``# %% isolated -i X`` in the first line that isn't blank is the magic."""
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    declared = comment_declaration(lines[first].lstrip()) if lines else None
    if declared is None:
        return lines
    return [f"%%isolated {declared}\n", *lines[first + 1 :]]


_loaded: dict[int, IsolatedCells] = {}


def load(shell: InteractiveShell, settings: Settings | None = None) -> IsolatedCells:
    """Load the extension into a shell, once."""
    found = _loaded.get(id(shell))
    if found is None:
        if settings is None:
            settings = _OwnSettings(parent=shell)
        found = _loaded[id(shell)] = IsolatedCells(shell, settings)
        found.attach()
    return found


def unload(shell: InteractiveShell) -> None:
    """Take it out again."""
    found = _loaded.pop(id(shell), None)
    if found is not None:
        found.detach()


def loaded() -> IsolatedCells | None:
    """The extension of this process's shell; the newest, where a test made several."""
    return next(reversed(_loaded.values()), None)


class _OwnSettings(Settings, Configurable):
    """The settings where the kernel is not ours to hold them, and not ours to keep frameworks out of."""

    allow_load = Bool(True, help=Settings.allow_load.help).tag(config=True)


# Configuration goes by class name, and is the same in every kernel: c.IsoKernel.preload = […]
_OwnSettings.__name__ = "IsoKernel"
