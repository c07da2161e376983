"""The kernel "Python 3 (isokernel)": ipykernel's, with isolated cells that it awaits."""

from __future__ import annotations

import inspect
from typing import Any

from ipykernel.ipkernel import IPythonKernel

from . import __version__, carried
from .completion import complete
from .declaration import comment_declaration
from .magic import IsolatedCells, load
from .session import Settings


class IsoKernel(Settings, IPythonKernel):
    """An IPython kernel whose declared cells run in processes of their own."""

    implementation = "isokernel"
    implementation_version = __version__

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cells: IsolatedCells = load(self.shell, settings=self)

    def start(self) -> None:
        """As ipykernel's; the template starts now, when the application has set the environment it is to have."""
        super().start()
        self.cells.session.warm()

    @property
    def banner(self) -> str:  # type: ignore[override]
        """As IPython's, with a line of ours."""
        return f"isokernel {__version__}: training cells in processes of their own\n{super().banner}"

    async def do_execute(self, code: str, silent: bool, store_history: bool = True, *args: Any, **options: Any) -> Any:
        """As ipykernel's; a declared cell is awaited, so that comms are served while it runs."""
        first = code.lstrip().partition("\n")[0]
        declared = first.startswith("%%isolated") or comment_declaration(first) is not None
        self.cells.awaited = code if declared and not silent else None
        try:
            return await super().do_execute(code, silent, store_history, *args, **options)
        finally:
            self.cells.awaited = None
            # Again, here: a cell that awaits runs in a copy of the context, and numpy keeps its print options in one.
            given, self.cells.session.given = self.cells.session.given, {}
            carried.give(given, streams=False)

    def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """As ipykernel's; on a declaration's line the names that make sense there."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        found = complete(code, cursor, self.shell.user_ns, self.shell.transform_cell)
        if found is None:
            return super().do_complete(code, cursor_pos)
        return {
            "matches": list(found.matches),
            "cursor_start": found.start,
            "cursor_end": found.end,
            "metadata": {},
            "status": "ok",
        }

    def _send_interrupt_children(self) -> None:
        """Interrupt the running cells, on whatever thread they wait; else the kernel's own code, as ipykernel does."""
        if not self.cells.session.interrupt():
            super()._send_interrupt_children()

    async def do_shutdown(self, restart: bool) -> Any:
        """As ipykernel's, after all processes of ours have ended: it would wait for them for seconds."""
        self.cells.session.close()
        answer = super().do_shutdown(restart)
        return await answer if inspect.isawaitable(answer) else answer
