"""The free names of code that runs later: bodies of functions and lambdas, with all that is nested in them.

Python decides by the text alone which names of a function are its own, so no paths are followed here.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

from . import magics

# Names that every kernel has, whatever the notebook did. `__class__` is there for super().
_IMPLICIT = (
    "__name__ __doc__ __file__ __builtins__ __builtin__ __package__ __loader__ __spec__ __annotations__ __class__"
    " __module__ __qualname__ __IPYTHON__ get_ipython display"
)
IMPLICIT = frozenset(_IMPLICIT.split())
BUILTINS = frozenset(dir(builtins)) - IMPLICIT

# Reading one of these is reading or binding names that can't be seen.
OPENING = {"exec": "exec", "eval": "eval", "globals": "globals()"}
OPENING_BARE = frozenset({"locals", "vars", "dir"})  # only without arguments, and only at the top level

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Read:
    """A name that is read; `certain` where it is definitely unbound in the cell before.

    `line` counts from 1 in the source that was analysed.
    """

    name: str
    line: int
    certain: bool


@dataclass(slots=True)
class Body:
    """What a function's body does to names that aren't its own."""

    reads: dict[str, int] = field(default_factory=dict)
    global_reads: dict[str, int] = field(default_factory=dict)
    global_binds: set[str] = field(default_factory=set)
    open_ended: list[str] = field(default_factory=list)


def free_names(node: ast.AST) -> Body:
    """The names that the body of `node` (a function, a lambda, or statements to be run as one) has from outside."""
    body = Body()
    scope = _Scope(body)
    scope.enter(node)
    body.reads = {**scope.free(), **body.global_reads}
    return body


def parameters(args: ast.arguments) -> list[ast.arg]:
    """All parameters of a function, stars included."""
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return found + [arg for arg in (args.vararg, args.kwarg) if arg is not None]


def annotations(node: ast.AST) -> list[ast.expr]:
    """The annotations in a function's signature."""
    found = [arg.annotation for arg in parameters(node.args)]
    return [note for note in (*found, getattr(node, "returns", None)) if note is not None]


class _Scope:
    def __init__(self, body: Body, owner: _Scope | None = None, kind: str = "function") -> None:
        self.body, self.owner, self.kind = body, owner, kind
        self.loads: dict[str, int] = {}
        self.stores: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.children: list[_Scope] = []

    def enter(self, node: ast.AST) -> None:
        """Go through what runs in this scope when `node` is called (or executed, for a class)."""
        if isinstance(node, FUNCTIONS):
            self.stores.update(arg.arg for arg in parameters(node.args))
        self.stores.update(parameter.name for parameter in getattr(node, "type_params", ()))
        body = node.body if isinstance(node.body, list) else [node.body]
        for child in body:
            self.visit(child)

    def free(self) -> dict[str, int]:
        """Names, with their lines, that are looked up outside this scope."""
        found = {name: line for name, line in self.loads.items() if self._is_outer(name)}
        for child in self.children:
            for name, line in child.free().items():
                if name in self.globals:
                    self.body.global_reads.setdefault(name, line)
                elif self._is_outer(name):
                    found.setdefault(name, line)
        return found

    def _is_outer(self, name: str) -> bool:
        if self.kind == "class":  # its functions don't see its names; its own reads are sorted out by `load`
            return True
        return name not in self.stores or name in self.nonlocals

    def load(self, name: str, line: int) -> None:
        if name in self.globals:
            self.body.global_reads.setdefault(name, line)
        elif self.kind != "class" or name not in self.stores:
            self.loads.setdefault(name, line)

    def store(self, name: str) -> None:
        if name in self.globals:
            self.body.global_binds.add(name)
        else:
            self.stores.add(name)

    def visit(self, node: ast.AST) -> None:
        visitor = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visitor is None:
            for child in ast.iter_child_nodes(node):
                self.visit(child)
        else:
            visitor(node)

    def _name(self, node: ast.Name) -> None:
        if type(node.ctx) is ast.Load:
            self.load(node.id, node.lineno)
            if node.id in OPENING:
                self.body.open_ended.append(OPENING[node.id])
        else:
            if type(node.ctx) is ast.Del and node.id in self.globals:
                self.load(node.id, node.lineno)
            self.store(node.id)

    def _augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.load(node.target.id, node.lineno)
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _call(self, node: ast.Call) -> None:
        effect = magics.effect(node)
        if effect is not None:
            for name in effect.names:
                self.load(name.name, node.lineno)
            for name in effect.binds:
                self.body.global_binds.add(name)
            if effect.code or effect.open_ended:
                self.body.open_ended.append(effect.label)
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(node.names)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.store((alias.asname or alias.name).partition(".")[0])

    _importfrom = _import

    def _excepthandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.store(node.name)
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _matchas(self, node: ast.AST) -> None:
        captured = getattr(node, "name", None) or getattr(node, "rest", None)
        if captured:
            self.store(captured)
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    _matchstar = _matchmapping = _matchas

    def _annassign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)  # the annotation of a local variable is never evaluated
        if node.value is not None:
            self.visit(node.value)
        if self.kind == "class":
            self.visit(node.annotation)

    def _functiondef(self, node: ast.FunctionDef) -> None:
        for child in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(child)
        signature = self._signature(node)
        for note in annotations(node):
            signature.visit(note)
        self.store(node.name)
        self._nest(node, "function")

    _asyncfunctiondef = _functiondef

    def _lambda(self, node: ast.Lambda) -> None:
        for child in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(child)
        self._nest(node, "function")

    def _classdef(self, node: ast.ClassDef) -> None:
        for child in node.decorator_list:
            self.visit(child)
        signature = self._signature(node)
        for child in (*node.bases, *node.keywords):
            signature.visit(child)
        self.store(node.name)
        self._nest(node, "class")

    def _typealias(self, node: ast.AST) -> None:
        self.store(node.name.id)
        self._signature(node).visit(node.value)

    def _listcomp(self, node: ast.AST) -> None:
        self.visit(node.generators[0].iter)
        inner = _Scope(self.body, self, "comprehension")
        self.children.append(inner)
        for number, generator in enumerate(node.generators):
            inner.visit(generator.target)
            for child in (*([generator.iter] if number else []), *generator.ifs):
                inner.visit(child)
        for child in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            inner.visit(child)

    _setcomp = _dictcomp = _generatorexp = _listcomp

    def _namedexpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self
        while scope.kind == "comprehension" and scope.owner is not None:
            scope = scope.owner
        scope.store(node.target.id)

    def _nest(self, node: ast.AST, kind: str) -> None:
        inner = _Scope(self.body, self, kind)
        self.children.append(inner)
        inner.enter(node)

    def _signature(self, node: ast.AST) -> _Scope:
        """Where the type parameters of `node` are known: this scope, if it has none."""
        if not getattr(node, "type_params", ()):
            return self
        inner = _Scope(self.body, self, "comprehension")
        inner.stores.update(parameter.name for parameter in node.type_params)
        self.children.append(inner)
        return inner
