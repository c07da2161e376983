"""What the cell's own statements read and bind, path by path."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .expressions import Expressions, called
from .paths import ANY, BOUND, UNTOUCHED, Findings, State, copied, either, interrupted, then

SWALLOWING = frozenset({"suppress"})


@dataclass(slots=True)
class _Loop:
    """The states in which a loop is left or begun again, and how many `finally` stood around it."""

    finals: int
    breaks: State = None
    continues: State = None


class Flow(Expressions):
    """One walk over a cell."""

    def __init__(self, transform: Callable[[str], str] | None = None) -> None:
        super().__init__(transform)
        self._effects: dict[tuple[str, int], State] = {}
        self._loops: list[_Loop] = []
        self._finals: list[Sequence[ast.stmt]] = []

    def run(self, tree: ast.Module) -> Findings:
        """Follow the whole cell."""
        watch: dict[str, int] = {}
        self._watching.append(watch)
        self._block(tree.body)
        end = either({}, watch) if self._state is None else self._state
        for name, line, reported in self._later:
            first = end.get(name, UNTOUCHED)
            if first & UNTOUCHED or reported:
                self.findings.read(name, line, not (first | end.get(ANY, UNTOUCHED)) & BOUND)
        return self.findings

    def _assign(self, node: ast.Assign) -> None:
        self._visit(node.value)
        self._all(node.targets)

    def _augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.lineno)
        self._visit(node.value)
        self._visit(node.target)

    def _annassign(self, node: ast.AnnAssign) -> None:
        self._all([node.value])
        if node.value is not None or not isinstance(node.target, ast.Name):
            self._visit(node.target)
        self._annotation(node.annotation)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._visit(target)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0])
            if alias.name == "__main__":
                self._open("import __main__")

    def _importfrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._open(f"from {module} import *")
            else:
                self._bind(alias.asname or alias.name)
                if module == "__future__" and alias.name == "annotations":
                    self._annotated = False

    def _global(self, node: ast.Global) -> None:
        if self._class:
            self._class_globals.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        pass

    def _if(self, node: ast.If) -> None:
        self._visit(node.test)
        truth = _constant(node.test)
        before = self._state
        self._state = None if truth is False else copied(before)
        self._block(node.body)
        after = self._state
        self._state = None if truth is True else before
        self._block(node.orelse)
        self._state = either(after, self._state)

    def _while(self, node: ast.While) -> None:
        self._enter_loop(node, [node.test, *node.body])
        loop = _Loop(len(self._finals))
        self._visit(node.test)
        exhausted = None if _constant(node.test) is True else copied(self._state)
        self._loops.append(loop)
        self._block(node.body)
        self._loops.pop()
        self._state = exhausted
        self._block(node.orelse)
        self._state = either(self._state, loop.breaks)

    def _for(self, node: ast.For) -> None:
        self._visit(node.iter)
        self._enter_loop(node, [node.target, *node.body])
        exhausted = copied(self._state)
        loop = _Loop(len(self._finals))
        self._loops.append(loop)
        self._visit(node.target)
        self._block(node.body)
        self._loops.pop()
        if _runs_once(node.iter):
            exhausted = either(self._state, loop.continues)
        self._state = exhausted
        self._block(node.orelse)
        self._state = either(self._state, loop.breaks)

    _asyncfor = _for

    def _enter_loop(self, node: ast.AST, body: Sequence[ast.AST]) -> None:
        """Make the state that of the loop's beginning: as it comes in, or as one round after another leaves it."""
        if self._state is None:
            return
        for name, first in (self._effect(("loop", id(node)), body) or {}).items():
            before = self._state.get(name, UNTOUCHED)
            if before & UNTOUCHED:
                self._state[name] = before | first

    def _effect(self, key: tuple[str, int], body: Sequence[ast.AST]) -> State:
        """What one pass over `body` makes of an untouched state, a `continue` included."""
        if key not in self._effects:
            kept = self._state, self._watching, self._loops, self._finals
            loop = _Loop(0)
            self._state, self._watching, self._loops, self._finals = {}, [], [loop], []
            self._quiet += 1
            self._block(body)
            self._quiet -= 1
            self._effects[key] = either(self._state, loop.continues)
            self._state, self._watching, self._loops, self._finals = kept
        return self._effects[key]

    def _leave(self, loop: _Loop) -> State:
        """The state after the `finally` blocks between here and the loop."""
        state = copied(self._state)
        for final in reversed(self._finals[loop.finals :]):
            state = then(state, self._effect(("finally", id(final)), final))
        self._state = None
        return state

    def _break(self, node: ast.Break) -> None:
        loop = self._loops[-1]
        loop.breaks = either(loop.breaks, self._leave(loop))

    def _continue(self, node: ast.Continue) -> None:
        loop = self._loops[-1]
        loop.continues = either(loop.continues, self._leave(loop))

    def _raise(self, node: ast.Raise) -> None:
        self._all([node.exc, node.cause])
        self._state = None

    def _assert(self, node: ast.Assert) -> None:
        self._visit(node.test)
        if node.msg is not None:
            before = copied(self._state)
            self._visit(node.msg)
            self._state = before

    def _try(self, node: ast.Try) -> None:
        before = copied(self._state)
        whole: dict[str, int] = {}
        if node.finalbody:
            self._watching.append(whole)
            self._finals.append(node.finalbody)
        body: dict[str, int] = {}
        self._watching.append(body)
        self._block(node.body)
        self._watching.pop()
        self._block(node.orelse)
        after = self._state
        for handler in node.handlers:
            self._state = interrupted(before, body)
            self._visit(handler)
            after = either(after, self._state)
        self._state = after
        if node.finalbody:
            self._watching.pop()
            self._finals.pop()
            self._state = either(after, interrupted(before, whole))
            self._block(node.finalbody)
            self._state = then(after, self._effect(("finally", id(node.finalbody)), node.finalbody))

    _trystar = _try

    def _excepthandler(self, node: ast.ExceptHandler) -> None:
        self._all([node.type])
        if node.name:
            self._bind(node.name)
            self.findings.deletes.add(node.name)  # at the end of the handler
        self._block(node.body)

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            self._visit(item.context_expr)
            self._all([item.optional_vars])
        before = copied(self._state)
        watch: dict[str, int] = {}
        self._watching.append(watch)
        self._block(node.body)
        self._watching.pop()
        if any(called(item.context_expr) in SWALLOWING for item in node.items):
            self._state = either(self._state, interrupted(before, watch))

    _asyncwith = _with

    def _match(self, node: ast.Match) -> None:
        self._visit(node.subject)
        outcome: State = None
        for case in node.cases:
            missed = copied(self._state)
            self._visit(case.pattern)
            self._all([case.guard])
            # A pattern that fails half way may have bound names.
            missed = None if _irrefutable(case) else either(missed, self._state)
            self._block(case.body)
            outcome = either(outcome, self._state)
            self._state = missed
        self._state = either(outcome, self._state)

    def _matchas(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        captured = getattr(node, "name", None) or getattr(node, "rest", None)
        if captured:
            self._bind(captured)

    _matchstar = _matchmapping = _matchas


def _constant(test: ast.expr) -> bool | None:
    return bool(test.value) if isinstance(test, ast.Constant) else None


def _irrefutable(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _runs_once(iterable: ast.expr) -> bool:
    """Whether a loop over it surely runs: a literal with items, or ``range(3)``."""
    if isinstance(iterable, (ast.List, ast.Tuple, ast.Set)):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Call) and called(iterable) == "range" and len(iterable.args) == 1:
        stop = iterable.args[0]
        return isinstance(stop, ast.Constant) and isinstance(stop.value, int) and stop.value > 0
    return False
