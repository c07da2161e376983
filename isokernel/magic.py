"""The magics: ``%%isolated``, ``%keep``, ``%%prelude``, ``%prelude`` and ``%isolated_report``."""

from __future__ import annotations

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from .cells import IsolatedCells
from .declaration import OPTIONS
from .preludes import listed, parse


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


MAGICS = (("cell", "isolated"), ("line", "keep"), ("cell", "prelude"), ("line", "prelude"), ("line", "isolated_report"))
"""Kind and name of each."""


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

    @line_magic
    def isolated_report(self, line: str) -> None:
        """Where the time of the last isolated run went, what crossed, and what memory it took: ``%isolated_report``.

        ``%isolated_report 3``: of the third from the last. The same as a value: ``isokernel.last_run()``.
        """
        word = line.strip() or "1"
        records = [*self._cells.session.records]
        if not word.isdigit() or not 1 <= int(word) <= len(records):
            has = f"there are {len(records)} runs to tell of" if records else "no cell has run isolated yet"
            raise UsageError(f"%isolated_report [N]: of the N-th run from the last; {has}.")
        display(records[-int(word)])

    @no_var_expand
    @line_cell_magic
    def prelude(self, line: str, cell: str | None = None) -> None:
        """Run this cell now, and at the start of every isolated cell from now on.

        Usage, as a magic or as a first line that is a comment in any other kernel:

          %%prelude [--name NAME]
          # %% prelude [--name NAME]

        For settings of the process, which a fresh process doesn't have: seeds, policies, devices, trackers. It sees the
        notebook as it is now; names that it binds are known to declared cells without a declaration. Defined again, it
        takes the place of the one of its name (or of the one without a name). Its output is shown when it is defined.

          %prelude                         list the preludes, and what undeclared cells are given anyhow
          %prelude --clear [--name NAME]   forget one, or all
        """
        if cell is not None:
            self._cells.define_blocking(line, cell)
        elif line.strip():
            asked = parse(line)
            if not asked.clear:
                raise UsageError("%prelude lists; %%prelude, with the source below it, defines.")
            self._cells.session.preludes.clear(asked.name)
        else:
            print(listed(self._cells.session.preludes))
