"""What a cell's expressions do with values: the few that only move them, and all others, which use them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from . import magics
from .meanings import Module, Packed
from .scope import OPENING
from .uses import Uses
from .values import PLAIN, Body, Bunch, Scope, State, Thing, Value, holding

OUTPUTS = frozenset({"Out", "_oh"})
LAMBDA = "a lambda"  # until it has a name
KNOWN_MODULES = frozenset({"builtins", "importlib", "isokernel", "sys"})


class Moves(Uses):
    """Evaluates expressions."""

    _visitors: dict[type, Callable[[Moves, ast.AST], Value | None]] = {}  # noqa: RUF012 - filled by __init_subclass__

    def __init_subclass__(cls) -> None:
        kinds = (kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST))
        found = ((kind, getattr(cls, f"_{kind.__name__.lower()}", None)) for kind in kinds)
        cls._visitors = {kind: visitor for kind, visitor in found if visitor is not None}

    def _visit(self, node: ast.AST) -> Value:
        visitor = self._visitors.get(type(node))
        if visitor is not None:
            return visitor(self, node) or PLAIN
        for child in ast.iter_child_nodes(node):
            value = self._visit(child)
            if value:
                self._use(value, node.lineno)
        return PLAIN

    def _spend(self, *nodes: ast.AST | None) -> None:
        """Evaluate and use."""
        for node in nodes:
            if node is not None:
                value = self._visit(node)
                if value:
                    self._use(value, node.lineno)

    def _test(self, node: ast.expr) -> None:
        """Ask for its truth; a container answers for itself."""
        value = self._visit(node)
        if value:
            self._use(uncontained(value), node.lineno)

    def _constant(self, node: ast.Constant) -> None:
        pass

    _load = _store = _del = _constant

    def _name(self, node: ast.Name) -> Value:
        value = self._lookup(node.id)
        if value:
            return self._got(value, node.lineno)
        if value is None and node.id in OPENING:
            self._doubt(OPENING[node.id])
        return frozenset({Thing(node.id, Module(node.id))}) if value is None and node.id in KNOWN_MODULES else PLAIN

    def _attribute(self, node: ast.Attribute) -> Value:
        if magics.reaches(node):
            self._doubt(f"get_ipython().{node.attr}")
        value = self._visit(node.value)
        members = set()
        for one in value:
            if isinstance(one.what, Module):
                members.add(Thing(node.attr, Module(f"{one.what.path}.{node.attr}")))
            elif not (isinstance(one.what, Packed) and node.attr in one.what.members):
                self._use(frozenset({one}), node.lineno)
        return frozenset(members) if members else PLAIN

    def _subscript(self, node: ast.Subscript) -> Value:
        key = node.slice.value if type(node.slice) is ast.Constant else None
        if type(key) is str:
            if type(node.value) is ast.Call and not node.value.args and self._path(node.value.func) == "globals":
                return self._got(self._lookup(key) or PLAIN, node.lineno)
            if self._path(node.value) == "sys.modules" and key.partition(".")[0] in self._frameworks:
                self._touch("framework", f"sys.modules[{key!r}]", node.lineno, key)
        if type(key) is int and type(node.value) is ast.Name and node.value.id in OUTPUTS:
            return self._got(self._lookup(f"_{key}") or PLAIN, node.lineno)  # as IPython calls it, too
        value = self._visit(node.value)
        self._spend(node.slice)
        if not value:
            return PLAIN
        if type(node.slice) is ast.Slice:
            self._use(uncontained(value), node.lineno)
            return value
        return self._got(self._elements(value, node.lineno), node.lineno)

    def _binop(self, node: ast.BinOp) -> Value:
        rights: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):  # not by recursion: sums of a thousand strings exist
            rights.append(left)
            left = left.left
        value = self._visit(left)
        for part in reversed(rights):
            value = self._sum(value, part.op, self._visit(part.right), part.lineno)
        return value

    def _sum(self, one: Value, operator: ast.operator, other: Value, line: int) -> Value:
        both = one | other
        if both and not (isinstance(operator, (ast.Add, ast.BitOr)) and not uncontained(both)):
            self._use(both, line)
            return PLAIN
        return both

    def _unaryop(self, node: ast.UnaryOp) -> None:
        (self._test if isinstance(node.op, ast.Not) else self._spend)(node.operand)

    def _boolop(self, node: ast.BoolOp) -> Value:
        *tested, last = node.values
        values = []
        left: State = None
        for operand in (*tested, last):
            if values:
                left = self._join(left, self._scope.names)
                self._scope.names = dict(self._scope.names)
            values.append(self._visit(operand))
            if operand is not last:
                self._use(uncontained(values[-1]), operand.lineno)
        self._scope.names = self._join(left, self._scope.names)
        return PLAIN.union(*values)

    def _compare(self, node: ast.Compare) -> None:
        values = [self._visit(operand) for operand in (node.left, *node.comparators)]
        if not any(values) or all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops):
            return
        if not values[0] and all(isinstance(operator, (ast.In, ast.NotIn)) for operator in node.ops):
            values = [uncontained(value) for value in values]
        self._use(PLAIN.union(*values), node.lineno)

    def _ifexp(self, node: ast.IfExp) -> Value:
        self._test(node.test)
        before = dict(self._scope.names)
        one = self._visit(node.body)
        after, self._scope.names = self._scope.names, before
        other = self._visit(node.orelse)
        self._scope.names = self._join(after, self._scope.names)
        return one | other

    def _namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self._visit(node.value)
        scope = self._scope
        while scope.kind == "comprehension":
            scope = scope.outer
        self._bind(node.target.id, value, None if scope is self._scope else scope)
        return value

    def _formattedvalue(self, node: ast.FormattedValue) -> None:
        self._spend(node.value, *([node.format_spec] if node.format_spec is not None else ()))

    def _list(self, node: ast.List) -> Value:
        values = [self._item(item) for item in node.elts]
        return holding("the list", *values)

    _tuple = _set = _list

    def _item(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Starred):
            return self._elements(self._visit(node.value), node.lineno)
        return self._visit(node)

    def _dict(self, node: ast.Dict) -> Value:
        values = []
        for key, item in zip(node.keys, node.values):
            self._spend(key)
            value = self._visit(item)
            values.append(value if key is not None else self._elements(value, node.lineno))
        return holding("the dict", *values)

    def _lambda(self, node: ast.Lambda) -> Value:
        self._spend(*node.args.defaults, *node.args.kw_defaults)
        return frozenset({Thing(LAMBDA, Body(node, self._around()))})

    def _listcomp(self, node: ast.AST) -> Value:
        items = self._elements(self._visit(node.generators[0].iter), node.lineno)
        kept, self._scope = self._scope, Scope(self._around(), kind="comprehension")
        for number, part in enumerate(node.generators):
            if number:
                items = self._elements(self._visit(part.iter), node.lineno)
            self._put(part.target, items)
            for test in part.ifs:
                self._test(test)
        if isinstance(node, ast.DictComp):
            self._spend(node.key)
        value = self._visit(node.value if isinstance(node, ast.DictComp) else node.elt)
        self._scope = kept
        return holding("the list", value)

    _setcomp = _dictcomp = _generatorexp = _listcomp

    def _put(self, target: ast.expr, value: Value) -> None:
        """Bind `target` to `value`."""
        raise NotImplementedError

    def _path(self, node: ast.expr) -> str:
        """The dotted name of what `node` stands for, if that is a builtin or in a module that is known; else ''."""
        if type(node) is ast.Name:
            value = self._lookup(node.id)
            if value is None:
                return node.id
            return next((one.what.path for one in value if isinstance(one.what, Module)), "")
        if type(node) is ast.Attribute:
            path = self._path(node.value)
            return f"{path}.{node.attr}".removeprefix("builtins.") if path else ""
        return ""


def known(module: str) -> Value:
    """The value of a module, or a member of one, that is of interest."""
    if module.partition(".")[0] not in KNOWN_MODULES:
        return PLAIN
    return frozenset({Thing(module, Module(module))})


def truth(test: ast.expr) -> bool | None:
    """What `test` is, where that can be seen; no checker of types is running."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return False if getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING" else None


def text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def uncontained(value: Value) -> Value:
    """What isn't a container."""
    return frozenset(one for one in value if not isinstance(one.what, Bunch)) if value else PLAIN
