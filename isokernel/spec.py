"""A cell as it was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from .cell import Cell
from .declaration import Declaration


@dataclass(frozen=True, slots=True)
class Spec:
    """A cell as it was asked for.

    Attributes
    ----------
    source : str
        Its text as the worker runs it.
    python : str
        Its text below the declaration, without magics.
    cell : Cell
        Its analysis.
    declaration : Declaration
    line : str
        The declaration as it was written.
    prelude : str
        The name of the prelude that it is; '' for none.
    configures : bool
        Whether it may set what a framework reads when it starts.
    """

    source: str
    python: str
    cell: Cell
    declaration: Declaration
    line: str
    prelude: str = ""
    configures: bool = True
