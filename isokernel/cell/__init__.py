"""Which names a cell reads from outside, binds and deletes, and which environment variables it sets.

(Whether it touches a framework is a question of its own: `recognition`, with `imports` for where imports lead.)

A pure function of the source, which is Python by then: IPython has turned magics into calls of ``get_ipython()``.
Nothing is imported, run or looked up here. What a name stands for, and whether it may cross, is for `declaration`.

`flow` follows the cell's own statements, `scope` finds the free names of function bodies, `magics` knows what magics
do with Python, `environment` finds the variables, and `reads` reads functions and classes that exist already.

The invariant: a read is `certain` only where no path through the cell can have bound the name first. What can't be
seen (``exec``, a star import, an unknown magic) is in `open_ended`, and makes no read after it certain.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..quiet import quiet
from .environment import NO_VARIABLES, Variables, variables
from .flow import Flow
from .reads import global_reads, is_code
from .scope import Read

__all__ = ["Cell", "Read", "Variables", "analyse", "global_reads", "is_code"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell does with names.

    Attributes
    ----------
    reads : tuple of Read
        Names read that the cell may not have bound before, each once, by line. Without builtins.
    builtin_reads : tuple of Read
        The same for names of builtins: they count where the notebook gave such a name (``input``, ``iter``) a
        meaning of its own.
    binds : frozenset of str
        Names that the cell may bind at its top level, anywhere.
    deletes : frozenset of str
        Names that it may delete.
    open_ended : tuple of str
        Constructs that may read or bind names unseen, as in ``('from m import *', 'exec', '%run')``.
    environment : Variables
        Environment variables that it may set or delete.
    """

    reads: tuple[Read, ...] = ()
    builtin_reads: tuple[Read, ...] = ()
    binds: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    open_ended: tuple[str, ...] = ()
    environment: Variables = NO_VARIABLES

    @property
    def may_bind_unseen(self) -> bool:
        """Whether a construct in `open_ended` may bind names (``eval`` can, but nobody does)."""
        return any(construct != "eval" for construct in self.open_ended)


def analyse(
    source: str, transform: Callable[[str], str] | None = None, filename: str = "<cell>", *, whole: bool = True
) -> Cell:
    """Find what `source` does with names.

    Parameters
    ----------
    source : str
        The cell, as IPython transformed it.
    transform : callable
        IPython's ``transform_cell``, for the Python in the body of ``%%time`` and its like, which arrives as a
        string and may hold magics of its own.
    filename : str
        What a SyntaxError names.
    whole : bool
        A statement that can be parsed and not compiled (``return`` in no function) is an error. If not, the cell ends
        there, as it does when IPython runs it, statement by statement.

    Raises
    ------
    SyntaxError
        Where compiling the cell would raise one; top-level ``await`` is allowed.
    """
    sets = "env" in source  # os.environ, putenv, %env, load_dotenv
    with quiet():  # whoever compiles the cell to run it will warn
        tree = _parse(source, filename, whole)
        try:
            flow = Flow(transform)
            found = flow.run(tree)
            environment = variables(tree, flow.bodies) if sets else NO_VARIABLES
        except RecursionError:
            # Code that a program wrote, nested deeper than Python lets us follow: it can do anything.
            binds = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and type(node.ctx) is ast.Store}
            return Cell(binds=frozenset(binds), open_ended=("deeply nested code",), environment=Variables(open=sets))
    return Cell(
        reads=found.reads(builtin=False),
        builtin_reads=found.reads(builtin=True),
        binds=frozenset(found.binds),
        deletes=frozenset(found.deletes),
        open_ended=tuple(found.open_ended),
        environment=environment,
    )


def _parse(source: str, filename: str, whole: bool) -> ast.Module:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree = compile(source, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        if whole:
            compile(source, filename, "exec", flags, dont_inherit=True)  # a break outside a loop is found only here
        else:
            tree.body = list(_compilable(tree.body, filename))
    except SyntaxError as error:
        if error.text is None and error.lineno is not None:
            error.text = "".join(source.splitlines()[error.lineno - 1 : error.lineno])
        raise
    except ValueError as error:  # a null byte, a lone surrogate
        raise SyntaxError(str(error), (filename, 1, 1, None)) from None
    except (RecursionError, MemoryError):
        raise SyntaxError("the cell is nested too deeply to be compiled", (filename, 1, 1, None)) from None
    return tree


def _compilable(statements: list[ast.stmt], filename: str) -> Iterator[ast.stmt]:
    for statement in statements:
        try:
            compile(ast.Module([statement], []), filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError:
            return
        yield statement
