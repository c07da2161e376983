"""A cell's statements, executed in thought: every path that they may take, with what the names may be there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .embedded import Embedded
from .expressions import called
from .flow import SWALLOWING
from .moves import LAMBDA, known, truth
from .scope import annotations
from .values import PLAIN, Body, Scope, State, Thing, Value, holding

_ROUNDS = 4  # of a loop: what comes round after that has been through four names


@dataclass(slots=True)
class _Loop:
    """The states in which a loop is left or begun again, and how many `finally` stood around it."""

    finals: int
    breaks: State = None
    continues: State = None


class Execution(Embedded):
    """Executes one cell, or script, in thought."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self._annotated = sys.version_info < (3, 14)  # later, annotations wait to be asked for
        self._loops: list[_Loop] = []
        self._finals: list[list[ast.stmt]] = []

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            if self._scope.names is None:
                return
            self._visit(statement)

    # What is bound

    def _put(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            named = (Thing(target.id, one.what) if one.name == LAMBDA else one for one in value)
            self._bind(target.id, frozenset(named) if value else PLAIN)
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = self._elements(value, target.lineno)
            for part in target.elts:
                self._put(part, items)
        elif isinstance(target, ast.Starred):
            self._put(target.value, holding("the list", value))
        elif isinstance(target, ast.Subscript):
            self._elements(self._visit(target.value), target.lineno)
            self._spend(target.slice)
            self._keep_in(target, value, target.lineno)
        else:
            self._spend(target.value)
            self._use(value, target.lineno)

    def _assign(self, node: ast.Assign) -> None:
        given, target = node.value, node.targets[0]
        pairs = isinstance(given, ast.Tuple) and isinstance(target, ast.Tuple) and len(given.elts) == len(target.elts)
        if pairs and len(node.targets) == 1 and not any(isinstance(x, ast.Starred) for x in given.elts + target.elts):
            for part, value in zip(target.elts, [self._visit(item) for item in given.elts]):
                self._put(part, value)
            return
        value = self._visit(given)
        for target in node.targets:
            self._put(target, value)

    def _augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        if isinstance(target, ast.Name):
            before = self._got(self._lookup(target.id) or PLAIN, node.lineno)
            value = self._visit(node.value)
            self._bind(target.id, self._sum(before, node.op, value, node.lineno))
        else:
            self._spend(target, node.value)

    def _annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._put(node.target, self._visit(node.value))
        if self._scope is self._module or self._scope.kind == "class":  # a local variable's is never evaluated
            self._annotation(node.annotation)

    def _annotation(self, node: ast.expr) -> None:
        if self._annotated:
            self._mentioned(node)

    def _mentioned(self, node: ast.expr) -> Value:
        kept, self._mention = self._mention, True
        value = self._visit(node)
        self._mention = kept
        return value

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, PLAIN)
            elif isinstance(target, ast.Subscript):
                self._elements(self._visit(target.value), target.lineno)
                self._spend(target.slice)
            elif isinstance(target, ast.Attribute):
                self._spend(target.value)
            else:
                self._delete(ast.Delete(target.elts))

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import_module(alias.name, node.lineno)
            top = alias.name.partition(".")[0]
            self._bind(alias.asname or top, known(alias.name if alias.asname else top))

    def _importfrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if module == "__future__":
            self._annotated = self._annotated and all(alias.name != "annotations" for alias in node.names)
        elif not node.level:  # a notebook is in no package
            found = self._import_module(module, node.lineno, told=node.names[0].name != "*")
            if node.names[0].name == "*" and not found:
                self._doubt(f"from {module} import *")
        for alias in node.names:
            if alias.name == "*":
                continue
            if module and not node.level:
                self._import_module(f"{module}.{alias.name}", node.lineno, told=False)
            self._bind(alias.asname or alias.name, known(f"{module}.{alias.name}"))

    def _global(self, node: ast.Global) -> None:
        if self._scope is not self._module:
            self._scope.shared.update(dict.fromkeys(node.names, self._module))

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self._scope.shared.update(dict.fromkeys(node.names, self._scope.outer))

    # Paths

    def _expr(self, node: ast.Expr) -> None:
        self._spend(node.value)  # the cell shows it, and shall show the value, not that it is packed

    def _if(self, node: ast.If) -> None:
        self._test(node.test)
        expected, before = truth(node.test), self._scope.names
        self._scope.names = None if expected is False else dict(before)
        self._block(node.body)
        after, self._scope.names = self._scope.names, None if expected is True else before
        self._block(node.orelse)
        self._scope.names = self._join(after, self._scope.names)

    def _rounds(self, once: Callable[[], None]) -> State:
        """Go through the body of a loop until nothing new comes round; the states in which it is broken off."""
        broken: State = None
        for _ in range(_ROUNDS):
            before = dict(self._scope.names)
            loop = _Loop(len(self._finals))
            self._loops.append(loop)
            once()
            self._loops.pop()
            broken = self._join(broken, loop.breaks)
            self._scope.names = self._join(before, self._join(self._scope.names, loop.continues))
            if self._scope.names == before:
                break
        return broken

    def _while(self, node: ast.While) -> None:
        expected = truth(node.test)

        def once() -> None:
            self._test(node.test)
            self._block(node.body if expected is not False else ())

        broken = self._rounds(once)
        if expected is True:
            self._scope.names = None
        self._block(node.orelse)
        self._scope.names = self._join(self._scope.names, broken)

    def _for(self, node: ast.For) -> None:
        items = self._elements(self._visit(node.iter), node.iter.lineno)

        def once() -> None:
            self._put(node.target, items)
            self._block(node.body)

        broken = self._rounds(once)
        self._block(node.orelse)
        self._scope.names = self._join(self._scope.names, broken)

    _asyncfor = _for

    def _break(self, node: ast.Break) -> None:
        for loop in self._loops[-1:]:  # without one, it will not be compiled
            self._leave(loop)
            loop.breaks = self._join(loop.breaks, self._scope.names)
        self._scope.names = None

    def _continue(self, node: ast.Continue) -> None:
        for loop in self._loops[-1:]:
            self._leave(loop)
            loop.continues = self._join(loop.continues, self._scope.names)
        self._scope.names = None

    def _leave(self, loop: _Loop) -> None:
        """Go through the `finally` blocks between here and the loop."""
        kept = self._finals
        for number in range(len(kept) - 1, loop.finals - 1, -1):
            self._finals = kept[:number]
            self._block(kept[number])
        self._finals = kept

    def _return(self, node: ast.Return) -> None:
        self._spend(node.value)
        self._scope.names = None

    def _raise(self, node: ast.Raise) -> None:
        self._spend(node.exc, node.cause)
        self._scope.names = None

    def _assert(self, node: ast.Assert) -> None:
        self._test(node.test)
        self._spend(node.msg)

    def _try(self, node: ast.Try) -> None:
        before = dict(self._scope.names)
        if not node.finalbody:
            self._handled(node, before)
            return
        self._finals.append(node.finalbody)
        whole = self._watched(lambda: self._handled(node, before))
        self._finals.pop()
        after, self._scope.names = self._scope.names, self._interrupted(before, whole)
        self._block(node.finalbody)  # for whatever was raised, and goes on
        self._scope.names = after
        self._block(node.finalbody)

    _trystar = _try

    def _handled(self, node: ast.Try, before: State) -> None:
        body = self._watched(lambda: self._block(node.body))
        self._block(node.orelse)
        after = self._scope.names
        for handler in node.handlers:
            self._scope.names = self._interrupted(before, body)
            self._spend(handler.type)
            if handler.name:
                self._bind(handler.name, PLAIN)
            self._block(handler.body)
            after = self._join(after, self._scope.names)
        self._scope.names = after

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            self._spend(item.context_expr)
            if item.optional_vars is not None:
                self._put(item.optional_vars, PLAIN)
        before = dict(self._scope.names)
        watch = self._watched(lambda: self._block(node.body))
        if any(called(item.context_expr) in SWALLOWING for item in node.items):
            self._scope.names = self._join(self._scope.names, self._interrupted(before, watch))

    _asyncwith = _with

    def _match(self, node: ast.Match) -> None:
        items = self._elements(self._visit(node.subject), node.lineno)
        outcome: State = None
        for case in node.cases:
            missed = dict(self._scope.names)
            self._pattern(case.pattern, items)
            self._spend(case.guard)
            missed = self._join(missed, self._scope.names)
            self._block(case.body)
            outcome = self._join(outcome, self._scope.names)
            self._scope.names = dict(missed)
            if case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
                self._scope.names = None
                break
        self._scope.names = self._join(outcome, self._scope.names)

    def _pattern(self, pattern: ast.pattern, items: Value) -> None:
        for node in ast.walk(pattern):
            if isinstance(node, ast.expr):
                self._spend(node)
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if name:
                self._bind(name, items | holding(name, items) if items else PLAIN)

    # Definitions

    def _functiondef(self, node: ast.FunctionDef) -> None:
        self._spend(*node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
        for note in annotations(node):
            self._annotation(note)
        self._bind(node.name, frozenset({Thing(node.name, Body(node, self._around()))}))

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef) -> None:
        self._spend(*node.decorator_list, *(keyword.value for keyword in node.keywords))
        for base in node.bases:
            self._use(self._mentioned(base), base.lineno)
        kept, scope = self._scope, Scope(self._around(), kind="class")
        self._scope = scope
        self._block(node.body)
        self._scope = kept
        if scope.names is None:  # it raises
            kept.names = None
            return
        bases = (self._lookup(base.id) or PLAIN for base in node.bases if isinstance(base, ast.Name))
        scope.ever[""] = PLAIN.union(*bases)  # to use the class is to use them
        self._bind(node.name, frozenset({Thing(node.name, Body(node, scope))}))

    def _typealias(self, node: ast.AST) -> None:
        self._bind(node.name.id, PLAIN)  # evaluated when it is asked for

    def _body(self, node: ast.AST) -> None:
        kept = self._loops, self._finals
        self._loops, self._finals = [], []
        if isinstance(node, ast.Lambda):
            self._spend(node.body)
        else:
            self._block(node.body)
        self._loops, self._finals = kept
