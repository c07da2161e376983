"""Does a cell touch a training framework, by what it executes?

It does if executing it imports a framework, or reads a name that is one, a member of one, or a function or class
whose code does so, or uses a packed result, be it only to show it. To define functions and classes isn't to execute
them, and to move a Handle (into another name, a list, a dict) isn't to use it.

A pure function: what names stand for, where imports lead and what scripts hold is asked of whoever calls. The cell is
executed in thought. `values` has what its names may be by then, and `uses` what it means to use that; `moves` has the
expressions, `calls` the calls, `embedded` code in strings, and `execution` the statements.

The invariant: whatever may happen on some path counts, so a doubt about paths is a touch. What can't be seen (``exec``
of a variable, an unknown magic, a module that isn't found) is no touch, and is named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..quiet import quiet
from .embedded import Transform
from .execution import Execution
from .meanings import Definition, Framework, Holding, Instance, Module, Notebook, Nothing, Packed, Reason, Touch
from .moves import OUTPUTS
from .scope import OPENING, OPENING_BARE
from .uses import Leads, Script, Touches

__all__ = [
    "FRAMEWORKS", "Definition", "Framework", "Holding", "Instance", "Module", "Notebook", "Nothing", "Packed",
    "Reason", "Touch", "recognise", "roots",
]  # fmt: skip

FRAMEWORKS = frozenset({"tensorflow", "keras"})

# Without one of these words, or a name that stands for something, a cell touches nothing.
_WORDS = frozenset({"import", "__import__", "import_module", "getattr", "modules", "get_ipython"})
_TELLING = _WORDS | OUTPUTS | OPENING.keys() | OPENING_BARE
_WORD = re.compile(r"\w+")


def recognise(
    cell: str | ast.Module,
    notebook: Notebook,
    *,
    leads: Leads | None = None,
    script: Script | None = None,
    frameworks: Iterable[str] = FRAMEWORKS,
    transform: Transform | None = None,
) -> Touch:
    """Find whether, and why, executing `cell` touches a framework.

    Parameters
    ----------
    cell : str or ast.Module
        The cell, as IPython transformed it. What isn't Python touches nothing: whoever compiles it will say so.
    notebook : Notebook
        Knows what names stand for before the cell.
    leads : callable
        From a module's full name to the modules through which importing it leads to a framework, the framework last;
        ``()`` if it doesn't, None if that can't be told. Without it, only frameworks themselves are known.
    script : callable
        From the path that ``%run`` is given to the script's source, None if there is none.
    frameworks : iterable of str
        Top-level modules.
    transform : callable
        IPython's ``transform_cell``, for the Python in the body of ``%%time`` and its like.

    Returns
    -------
    Touch
        With the first reason, and what couldn't be judged up to there.
    """
    tree = _tree(cell, notebook)
    if tree is None:
        return Touch()
    execution = Execution(notebook, leads or _nowhere, script or _nothing, roots(frameworks), transform)
    try:
        with quiet():  # of what magics run; whoever runs it will warn
            execution.run(tree)
    except Touches as touches:
        return Touch(touches.reason, tuple(execution.uncertain))
    except RecursionError:  # code that a program wrote, nested deeper than Python lets us follow
        return Touch(None, (*execution.uncertain, "deeply nested code"))
    return Touch(None, tuple(execution.uncertain))


def roots(frameworks: Iterable[str]) -> frozenset[str]:
    """The top-level modules that count as `frameworks`: TensorFlow's legacy Keras is TensorFlow's."""
    chosen = frozenset(frameworks)
    return chosen | {"tf_keras"} if "tensorflow" in chosen else chosen


def _tree(cell: str | ast.Module, notebook: Notebook) -> ast.Module | None:
    """What is to be executed, None if that needn't be done."""
    if not isinstance(cell, str):
        return cell
    if cell.isascii():  # Python normalises other names
        words = set(_WORD.findall(cell))
        if words.isdisjoint(_TELLING) and all(notebook.meaning(word) is None for word in words):
            return None
    try:
        with quiet():
            return compile(cell, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _nowhere(module: str) -> tuple[str, ...]:
    return ()


def _nothing(path: str) -> None:
    return None
