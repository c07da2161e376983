"""What an executed notebook tells: the facts that its cells ended with, their errors, and their seconds.

A cell that belongs to an example says so in its metadata, ``{"isokernel": {"example": …, "run": …}}``; a heading with
``{"isokernel": {"example": …, "measures": …}}`` gives the example its title. Facts are a cell's result, a dict, read
from its plain text, as anybody else could read it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbformat import NotebookNode

ASKED = "asked"  # the fact that says what the others of its cell have to be


@dataclass(frozen=True, slots=True)
class Example:
    """A part of the notebook.

    Parameters
    ----------
    name : str
    title : str
    measures : {'leaks', 'accuracy'}
        What is judged of it.
    """

    name: str
    title: str
    measures: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one cell told.

    Parameters
    ----------
    example : str
        The example's name.
    run : int or str
        Which time the cell was run; a word for a cell that stands alone in its example.
    facts : dict
        By name; empty where the cell has no dict as its result.
    error : str
        The class of its exception; '' for a cell that went well.
    seconds : float
        From the kernel's busy to its idle.
    """

    example: str
    run: int | str
    facts: dict[str, Any]
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Told:
    """All that one executed notebook tells, in its order."""

    examples: tuple[Example, ...]
    runs: tuple[Run, ...]

    def of(self, example: Example) -> tuple[Run, ...]:
        """The runs of one example."""
        return tuple(run for run in self.runs if run.example == example.name)


def read(notebook: NotebookNode) -> Told:
    """Read an executed notebook."""
    examples, runs = [], []
    for cell in notebook.cells:
        place = cell.metadata.get("isokernel")
        if place is None:
            continue
        if cell.cell_type == "markdown":
            title = cell.source.partition("\n")[0].lstrip("# ")
            examples.append(Example(place["example"], title, place["measures"]))
        else:
            runs.append(Run(place["example"], place["run"], _facts(cell), _error(cell), _seconds(cell)))
    return Told(tuple(examples), tuple(runs))


def about(cell: NotebookNode) -> str:
    """What a cell is, in a few words: its example and run, or else its first line."""
    place = cell.metadata.get("isokernel")
    if place is None:
        return cell.source.partition("\n")[0]
    run = place["run"]
    return f"{place['example']}: {f'run {run}' if isinstance(run, int) else run}"


def _facts(cell: NotebookNode) -> dict[str, Any]:
    for output in cell.outputs:
        if output.output_type == "execute_result":
            try:
                value = ast.literal_eval(output.data.get("text/plain", ""))
            except (ValueError, SyntaxError):
                continue  # some other result: a model, a figure
            if isinstance(value, dict):
                return value
    return {}


def _error(cell: NotebookNode) -> str:
    return next((output.ename for output in cell.outputs if output.output_type == "error"), "")


def _seconds(cell: NotebookNode) -> float:
    times = cell.metadata.get("execution", {})
    try:
        busy, idle = times["iopub.status.busy"], times["iopub.status.idle"]
    except KeyError:
        return 0.0  # it wasn't executed
    return (datetime.fromisoformat(idle) - datetime.fromisoformat(busy)).total_seconds()
