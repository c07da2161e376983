"""What expressions and definitions read and bind, in the order in which Python evaluates them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence

from . import magics
from .paths import BOUND, Names, State, copied, either
from .scope import OPENING, OPENING_BARE, Body, annotations, free_names

# Called with a generator expression, they use it up at once.
_EAGER = frozenset(["all", "any", "bytes", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"])


class Expressions(Names):
    """Follows expressions; what isn't told apart here is gone through in the order of its parts."""

    def __init__(self, transform: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.bodies: list[ast.Module] = []  # Python that magics run
        self._transform = transform
        self._parsed: dict[int, list[tuple[magics.Code, ast.Module | None]]] = {}
        self._annotated = sys.version_info < (3, 14)

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._visit(statement)

    def _visit(self, node: ast.AST) -> None:
        visitor = getattr(self, f"_{type(node).__name__.lower()}", None)
        if visitor is None:
            for child in ast.iter_child_nodes(node):
                self._visit(child)
        else:
            visitor(node)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node)

    def _name(self, node: ast.Name) -> None:
        context = type(node.ctx)
        if context is ast.Store:
            if any(node.id in names for names in self._hidden):
                return
            self._bind(node.id)
            return
        self._read(node.id, node.lineno)
        if context is ast.Del:
            if not self._class:
                self.findings.deletes.add(node.id)
        elif node.id in OPENING:
            self._open(OPENING[node.id], binds=node.id != "eval")

    def _constant(self, node: ast.Constant) -> None:
        pass

    def _attribute(self, node: ast.Attribute) -> None:
        self._visit(node.value)
        if magics.reaches(node):
            self._open(f"get_ipython().{node.attr}")

    def _binop(self, node: ast.BinOp) -> None:
        rights = []
        while isinstance(node, ast.BinOp):  # not by recursion: sums of a thousand strings exist
            rights.append(node.right)
            node = node.left
        self._visit(node)
        self._all(reversed(rights))

    def _boolop(self, node: ast.BoolOp) -> None:
        self._visit(node.values[0])
        self._maybe(node.values[1:])

    def _compare(self, node: ast.Compare) -> None:
        self._visit(node.left)
        self._visit(node.comparators[0])
        self._maybe(node.comparators[1:])

    def _maybe(self, nodes: Sequence[ast.AST]) -> None:
        """Each of `nodes` is evaluated or the rest is left out."""
        left: State = None
        for node in nodes:
            left = either(left, self._state)
            self._state = copied(self._state)
            self._visit(node)
        self._state = either(left, self._state)

    def _ifexp(self, node: ast.IfExp) -> None:
        self._visit(node.test)
        before = copied(self._state)
        self._visit(node.body)
        after, self._state = self._state, before
        self._visit(node.orelse)
        self._state = either(after, self._state)

    def _namedexpr(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        self._bind(node.target.id)

    def _comprehension(self, node: ast.AST) -> None:
        first, *others = node.generators
        self._visit(first.iter)
        kept = self._class, self._hidden
        targets = {name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)}
        self._class, self._hidden = "", (*self._hidden, frozenset(targets))
        empty = copied(self._state)
        self._visit(first.target)
        self._all(first.ifs)
        for part in others:
            self._all([part.iter, part.target, *part.ifs])
        self._all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._class, self._hidden = kept
        self._state = either(empty, self._state)

    _listcomp = _setcomp = _dictcomp = _comprehension

    def _generatorexp(self, node: ast.GeneratorExp, lazy: bool = True) -> None:
        self._lazy += lazy
        self._comprehension(node)
        self._lazy -= lazy

    def _call(self, node: ast.Call) -> None:
        effect = magics.effect(node)
        if effect is not None:
            self._magic(node, effect)
            return
        function = node.func
        bare = type(function) is ast.Name and not node.args and not node.keywords
        if bare and function.id in OPENING_BARE and not self._class:
            self._open(f"{function.id}()")
        last = type(function) is ast.Name and function.id in OPENING  # what exec binds isn't there before
        if not last:
            self._visit(function)
        eager = len(node.args) == 1 and (called(node) in _EAGER or getattr(function, "attr", "") == "join")
        for argument in node.args:
            if eager and type(argument) is ast.GeneratorExp:
                self._generatorexp(argument, lazy=False)
            else:
                self._visit(argument)
        self._all(node.keywords)
        if last:
            self._visit(function)

    def _magic(self, node: ast.Call, effect: magics.Effect) -> None:
        self._all([argument for argument in node.args if type(argument) is not ast.Constant])
        for mention in effect.names:
            self._read(mention.name, node.lineno, mention.needed)
        if id(node) not in self._parsed:
            self._parsed[id(node)] = [(code, self._parse(code.source)) for code in effect.code]
        for code, tree in self._parsed[id(node)]:
            if tree is None:
                self._open(effect.label)
                continue
            self._shift += code.shift
            if code.own:
                body = free_names(tree)
                for name, line in body.reads.items():
                    self._read(name, line)
                self._reach_out(body)
            else:
                self._block(tree.body)
            self._shift -= code.shift
        for name in effect.binds:
            self.findings.binds.add(name)
            self._happen(name, BOUND)
        if effect.open_ended:
            self._open(effect.label)

    def _parse(self, source: str) -> ast.Module | None:
        try:
            tree = ast.parse(self._transform(source) if self._transform else source)
        except (SyntaxError, ValueError):
            return None
        self.bodies.append(tree)
        return tree

    def _annotation(self, node: ast.expr) -> None:
        if self._annotated:
            self._visit(node)

    def _functiondef(self, node: ast.FunctionDef) -> None:
        self._all(node.decorator_list)
        self._defaults(node.args)
        with_types = frozenset(parameter.name for parameter in getattr(node, "type_params", ()))
        self._hidden += (with_types,)
        for note in annotations(node):
            self._annotation(note)
        self._hidden = self._hidden[:-1]
        self._bind(node.name)
        self._function(node)

    _asyncfunctiondef = _functiondef

    def _lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._function(node)

    def _defaults(self, args: ast.arguments) -> None:
        self._all([*args.defaults, *args.kw_defaults])

    def _function(self, node: ast.AST) -> None:
        body = free_names(node)
        for name, line in body.reads.items():
            self._read_later(name, line)
        self._reach_out(body)

    def _reach_out(self, body: Body) -> None:
        """What a body may bind outside, whenever it runs."""
        for name in sorted(body.global_binds):
            self.findings.binds.add(name)
            self._happen(name, BOUND, surely=False)
        for construct in body.open_ended:
            self._open(construct, binds=construct != "eval")

    def _classdef(self, node: ast.ClassDef) -> None:
        self._all(node.decorator_list)
        with_types = frozenset(parameter.name for parameter in getattr(node, "type_params", ()))
        self._hidden += (with_types,)
        self._all([*node.bases, *node.keywords])
        kept = self._class, self._class_globals
        self._class, self._class_globals = f"{id(node)}.", set()
        if self._state is not None:
            self._state = {name: first for name, first in self._state.items() if not name.startswith(self._class)}
        self._block(node.body)
        self._class, self._class_globals = kept
        self._hidden = self._hidden[:-1]
        self._bind(node.name)

    def _typealias(self, node: ast.AST) -> None:
        self._bind(node.name.id)
        self._function(ast.Lambda(ast.arguments([], [], None, [], [], None, []), node.value))


def called(node: ast.expr) -> str:
    """The last word of the name of what `node` calls; '' if it calls nothing that has one."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", None) or getattr(function, "attr", "")
