"""What the text of a notebook's cells says: the names, files, settings and seeds in each. Nothing is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from ..cell import analyse
from ..declaration import comment_declaration, parse
from ..errors import DeclarationError
from .running import code_cells

_PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%isolated", "%%prun", "%%prelude")
_SETTING = re.compile(r"(set|enable|disable)_\w+|run_functions_eagerly|seterr|filterwarnings|simplefilter|use")
_SEEDS = frozenset("seed set_seed set_random_seed manual_seed".split())
_IN_PLACE = frozenset("append extend insert pop remove".split())


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is run.

    Parameters
    ----------
    index : int
        Its place among all cells of the notebook.
    number : int
        The number that Jupyter shows beside it after "Restart and run all".
    source : str
    count : int or None
        The number that was saved beside it.
    tree : ast.Module
        Its Python; empty where it is none.
    reads, binds : frozenset of str
        Names that it may read before it binds them, and names that it may bind.
    certain : frozenset of str
        Those of `reads` that it surely has from another cell.
    given, left : tuple of str
        What its declaration takes and gives back.
    declared : bool
    seed : bool
        Whether its declaration has one.
    """

    index: int
    number: int
    source: str
    count: int | None
    tree: ast.Module
    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()
    given: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    declared: bool = False
    seed: bool = False

    @property
    def head(self) -> str:
        """Its first line that says something."""
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        telling = [line for line in lines if not line.startswith(("#", "%%", "import ", "from "))]
        return (telling or lines)[0]

    @property
    def calls(self) -> list[str]:
        """What it calls, as it is written, in the order of the text."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        return [ast.unparse(node.func) for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]

    @property
    def settings(self) -> list[str]:
        """Calls that look as if they changed a setting of the process."""
        return [call for call in self.calls if "." in call and _SETTING.fullmatch(call.rpartition(".")[2])]

    @property
    def seeds(self) -> bool:
        """Whether it calls something that seeds a random stream."""
        return any(call.rpartition(".")[2] in _SEEDS for call in self.calls)

    @property
    def draws(self) -> list[str]:
        """Calls that look as if they drew random numbers from a stream that the whole process shares."""
        return [call for call in self.calls if {"random", "default_rng"} & set(call.split(".")) and not self.seeds]

    @property
    def unordered(self) -> bool:
        """Whether it makes a set, or asks for a hash."""
        sets = any(isinstance(node, (ast.Set, ast.SetComp)) for node in ast.walk(self.tree))
        return sets or any(call in ("set", "frozenset", "hash") for call in self.calls)

    @property
    def strings(self) -> set[str]:
        """Its literal texts."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return {node.value for node in nodes if isinstance(node.value, str)}

    @property
    def stored_keys(self) -> set[str]:
        """Literal keys and attributes that it assigns to, as in ``df['ratio'] = …``."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                found.update(n.value for n in ast.walk(node.slice) if isinstance(n, ast.Constant))
        return {key for key in found if isinstance(key, str)}

    @property
    def changes(self) -> list[str]:
        """Names of earlier cells that it changes once more each time it is run: ``X /= 255``, ``log.append(…)``."""
        found = []
        for node in _top(self.tree):
            if isinstance(node, ast.AugAssign) and not isinstance(node.op, (ast.BitOr, ast.BitAnd)):
                target = node.target
                while isinstance(target, (ast.Subscript, ast.Attribute)):
                    target = target.value
                found.append(getattr(target, "id", ""))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                function = node.value.func
                if isinstance(function, ast.Attribute) and function.attr in _IN_PLACE:
                    found.append(getattr(function.value, "id", ""))
        return [name for name in dict.fromkeys(found) if name in self.certain]


def read(notebook: NotebookNode) -> list[Cell]:
    """The cells of a notebook that are run."""
    transform = TransformerManager().transform_cell
    return [_cell(notebook.cells[i], i, n, transform) for n, i in enumerate(code_cells(notebook), 1)]


def _cell(node: NotebookNode, index: int, number: int, transform) -> Cell:
    source, count = node.source, node.get("execution_count")
    first, _, below = source.lstrip().partition("\n")
    given, left, declared, seed = (), (), False, False
    options = first[len("%%isolated") :] if first.startswith("%%isolated") else comment_declaration(first)
    if options is not None:
        declared = True
        try:
            declaration = parse(options)
            given, left = tuple(i.name for i in declaration.inputs), tuple(declaration.outputs)
            declared, seed = not declaration.auto, declaration.seed is not None
        except DeclarationError:
            pass  # isokernel will say so
    python = transform(below if first.startswith(_PYTHON_MAGICS) else source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(python)
        names = analyse(python, transform)
    except SyntaxError:
        return Cell(
            index, number, source, count, ast.Module([], []), given=given, left=left, declared=declared, seed=seed
        )
    return Cell(
        index=index,
        number=number,
        source=source,
        count=count,
        tree=tree,
        reads=frozenset(read.name for read in names.reads),
        binds=names.binds,
        certain=frozenset(read.name for read in names.reads if read.certain),
        given=given,
        left=left,
        declared=declared,
        seed=seed,
    )


def _top(tree: ast.Module) -> list[ast.stmt]:
    """Statements that are run by running the cell, those in loops and branches included."""
    found: list[ast.stmt] = []
    todo: Sequence[ast.AST] = tree.body
    while todo:
        found += [node for node in todo if isinstance(node, ast.stmt)]
        skip = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        todo = [child for node in todo if not isinstance(node, skip) for child in ast.iter_child_nodes(node)]
    return found
