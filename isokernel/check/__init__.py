"""``isokernel check``: can a notebook be trusted?

It is run from top to bottom on the ordinary kernel, on isokernel and on isokernel again, each time in its own folder
on a fresh kernel, and its file is never written. :mod:`.running` runs it, :mod:`.printed` and :mod:`.volatile` say
whether two runs printed the same, :mod:`.cells` reads the cells' text, and :mod:`.verdict`, with :mod:`.failures` and
:mod:`.causes`, says what follows; :mod:`.report` shows it. All but the running is pure.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from . import cells, report
from .finding import Finding, Runs, Verdict
from .running import ISOLATED, ORDINARY, Executed, Progress, execute
from .verdict import FRESH_NAMES, Judge

__all__ = ["check", "main"]

MANY = 10_000  # files beside a notebook beyond which nobody looks which of them it wrote
FRAMEWORKS = ("tensorflow", "keras")
INTERRUPTED = 130  # as a shell says of a command that SIGINT ended


def main(paths: Sequence[Path], *, timeout: int, report_to: str | None) -> int:
    """Check notebooks, and tell.

    Parameters
    ----------
    paths : sequence of Path
    timeout : int
        Seconds for one cell; 0 for no limit.
    report_to : str or None
        A file for the report in JSON, or '-' for standard output, which then has nothing else.

    Returns
    -------
    int
        0 if all can be trusted, 1 if one has a flaw, 2 if one couldn't be judged, 130 on an interrupt.
    """
    if report_to not in (None, "-") and not Path(report_to).parent.is_dir():
        print(f"isokernel: the report can't be written: there is no folder {Path(report_to).parent}", file=sys.stderr)
        return 2
    verdicts: list[Verdict] = []
    for path in paths:
        try:
            verdict = check(path, timeout=timeout, progress=_progress(path))
        except KeyboardInterrupt:
            print(f"isokernel: interrupted in {path}; no process of it is left", file=sys.stderr)
            return INTERRUPTED
        verdicts.append(verdict)
        if report_to != "-":
            print(("\n" if len(verdicts) > 1 else "") + report.text(path, verdict), flush=True)
    if report_to is not None:
        document = report.document([report.record(path, verdict) for path, verdict in zip(paths, verdicts)])
        told = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        if report_to == "-":
            sys.stdout.write(told)
        else:
            Path(report_to).write_text(told, encoding="utf-8")
    return report.status(verdicts)


def check(path: Path, *, timeout: int = 0, progress: Progress = lambda kernel, done, count: None) -> Verdict:
    """Whether one notebook can be trusted.

    Parameters
    ----------
    path : Path
    timeout : int
        Seconds for one cell; 0 for no limit.
    progress : callable
        As of :func:`isokernel.check.running.execute`.
    """
    notebook = _read(path)
    if isinstance(notebook, Finding):
        return Verdict(unjudged=notebook)
    told = cells.read(notebook)
    if not told:
        return Verdict()
    judge = Judge(told, {cell.index: list(notebook.cells[cell.index].outputs) for cell in told})
    folder = path.resolve().parent

    def run(kernel: str, end: int | None = None, between: str = "") -> Executed:
        # A notebook that names no framework has no use for a process that has imported one.
        plain = kernel == ISOLATED and not any(name in cell.source for cell in told for name in FRAMEWORKS)
        options = ["--IsoKernel.preload=[]"] if plain else []
        return execute(
            notebook, kernel, folder,
            timeout=timeout, end=end, options=options, between=between, progress=progress,
        )  # fmt: skip

    before = _files(folder)
    ordinary = run(ORDINARY)
    written = tuple(sorted(name for name, seen in _files(folder).items() if before.get(name) != seen))
    end = judge.end(ordinary)
    if end is not None and end <= told[0].index:
        return judge.judge(Runs(ordinary, files=written))
    runs = Runs(ordinary, run(ISOLATED, end), run(ISOLATED, end), files=written)
    if judge.undecided(runs):
        runs = replace(runs, ordinary_again=run(ORDINARY, end))
    if judge.counted(ordinary):
        runs = replace(runs, renamed=run(ORDINARY, end, FRESH_NAMES))
    return judge.judge(runs)


def _read(path: Path) -> NotebookNode | Finding:
    """The notebook, or why it can't be judged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without ids, which nothing here needs
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
    except OSError as error:
        return Finding("unreadable", None, f"It can't be read: {error.strerror}.")
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError):
        # nbformat raises what it comes to when a file is JSON and no notebook.
        return Finding("unreadable", None, "The file isn't a Jupyter notebook.")
    metadata = notebook.metadata
    language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    if language and language.lower() not in ("python", "ipython"):
        return Finding("language", None, f"Its cells are {language}; only Python can be checked.")
    return notebook


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Files in a folder and below it, with what changes when they are written; none where they are too many."""
    found: dict[str, tuple[int, int]] = {}
    for home, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        for name in names:
            try:
                about = os.stat(os.path.join(home, name))
            except OSError:
                continue  # it has gone meanwhile
            found[os.path.relpath(os.path.join(home, name), folder)] = (about.st_mtime_ns, about.st_size)
        if len(found) > MANY:
            return {}
    return found


def _progress(path: Path) -> Progress:
    """A line on a terminal that says how far it is, and goes when it is done."""
    if not sys.stderr.isatty():
        return lambda kernel, done, count: None

    def show(kernel: str, done: int, count: int) -> None:
        line = "" if done == count else f"{path.name}: {kernel} {done + 1}/{count}"
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    return show
