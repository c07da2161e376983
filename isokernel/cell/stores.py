"""What a cell sets that belongs to others: ``np.load = …``, ``config.RATE = 0.5``, ``setattr(Model, "fit", fit)``.

By the text alone, functions and classes included: what is stored by a function counts from where it is defined. What a
name stands for is for whoever has the namespace.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..quiet import quiet

ANY = "*"
"""The last part of a target whose attribute the text doesn't tell."""
_MUTATORS = frozenset(
    "append extend insert update setdefault pop popitem remove clear add discard sort reverse".split()
)
_WORD = re.compile(
    r"\.\s*\w+\s*(?:=(?!=)|[-+*/%&|^@]=|//=|\*\*=|<<=|>>=|,|\[|:)|[sl]etattr|\bdel\b|__dict__|vars\(|\bfor\b|\bas\b|"
    rf"\.(?:{'|'.join(sorted(_MUTATORS))})\("
)


@dataclass(frozen=True, slots=True)
class Stores:
    """What a cell's text stores into.

    Attributes
    ----------
    targets : tuple of str
        Attributes, as dotted names: ``'np.load'``, ``'keras.Model.fit'``; ``'config.*'`` where it isn't told which.
    imports : dict of str to str
        What names stand for by the cell's own imports: ``{'np': 'numpy'}``.
    """

    targets: tuple[str, ...] = ()
    imports: dict[str, str] = field(default_factory=dict)


def stores(source: str) -> Stores:
    """Find what `source`, which is Python, stores into; nothing where it can't be parsed."""
    if not _WORD.search(source):
        return Stores()
    try:
        with quiet():
            tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Stores()
    imports: dict[str, str] = {}
    targets: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(
                {
                    a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                    for a in node.names
                }
            )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imports.update({a.asname or a.name: f"{node.module}:{a.name}" for a in node.names})
        else:
            targets.update(dict.fromkeys(filter(_counts, _targets(node))))
    return Stores(tuple(targets), imports)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield _dotted(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        held = node.value
        if isinstance(held, ast.Call) and _dotted(held.func) == "vars" and len(held.args) == 1:
            yield _join(_dotted(held.args[0]), ANY)
        elif isinstance(held, ast.Attribute) and held.attr == "__dict__":
            yield _join(_dotted(held.value), ANY)
        else:
            yield _dotted(held)
    elif isinstance(node, ast.Call) and _dotted(node.func) in ("setattr", "delattr") and len(node.args) > 1:
        name = node.args[1]
        told = isinstance(name, ast.Constant) and isinstance(name.value, str)
        yield _join(_dotted(node.args[0]), name.value if told else ANY)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
        yield _dotted(node.func.value)


def _dotted(node: ast.expr) -> str:
    """An expression of names and dots; '' for another."""
    if isinstance(node, ast.Name):
        return node.id
    return _join(_dotted(node.value), node.attr) if isinstance(node, ast.Attribute) else ""


def _join(before: str, attribute: str) -> str:
    return before and f"{before}.{attribute}"


def _counts(target: str) -> bool:
    base, dot, _ = target.partition(".")
    return bool(dot) and base not in ("self", "cls")
