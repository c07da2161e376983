"""What the cell's own statements read and bind, path by path.

For each name, only what happens to it *first* on a path counts: nothing yet (UNTOUCHED), it was BOUND by the cell, or
it was READ from outside. After that its story on this path is over: what the cell bound, or deleted, is the cell's own;
what it read from outside must have been there. The state is the set of what may have come first, over all paths; a
name that isn't in it is UNTOUCHED. A read is from outside where some path is UNTOUCHED, and certainly so where none is
BOUND. Because names don't influence each other, the effect of a block on an untouched state says all about it: a loop
is gone through once for its effect and once for its reads, however deep.

Code that runs later (bodies of functions, generator expressions) is judged by the state at the end of the cell.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from . import magics
from .scope import BUILTINS, IMPLICIT, OPENING, OPENING_BARE, Read, annotations, free_names

UNTOUCHED, BOUND, READ = 1, 2, 4
ANY = "*"  # stands in a state for the names that can't be seen

State = dict[str, int] | None  # None: no path leads here

_EAGER = frozenset("all any bytes dict frozenset list max min set sorted sum tuple".split())
_SWALLOWING = frozenset({"suppress"})


@dataclass(slots=True)
class Findings:
    """What was found so far."""

    found: dict[str, Read] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    open_ended: dict[str, None] = field(default_factory=dict)

    def read(self, name: str, line: int, certain: bool) -> None:
        """Keep the first read of each name; of a certain and an uncertain one, the certain."""
        before = self.found.get(name)
        if before is None or (certain, -line) > (before.certain, -before.line):
            self.found[name] = Read(name, line, certain)

    def reads(self, builtin: bool) -> tuple[Read, ...]:
        """The reads in the order of their lines, of builtins or of other names."""
        chosen = (read for read in self.found.values() if (read.name in BUILTINS) is builtin)
        return tuple(sorted(chosen, key=lambda read: read.line))


@dataclass(slots=True)
class _Loop:
    """The states in which a loop is left or begun again, and how many `finally` stood around it."""

    finals: int
    breaks: State = None
    continues: State = None


class Flow:
    """One walk over a cell."""

    def __init__(self, transform: Callable[[str], str] | None = None) -> None:
        self.findings = Findings()
        self.bodies: list[ast.Module] = []  # Python that magics run
        self._transform = transform
        self._parsed: dict[int, list[tuple[magics.Code, ast.Module | None]]] = {}
        self._effects: dict[tuple[str, int], State] = {}
        self._state: State = {}
        self._watching: list[dict[str, int]] = []  # what has happened inside each `try` that may be left anywhere
        self._loops: list[_Loop] = []
        self._finals: list[Sequence[ast.stmt]] = []
        self._hidden: tuple[frozenset[str], ...] = ()  # names of comprehensions around
        self._class: str = ""  # what the names of the class body we are in begin with in the state
        self._class_globals: set[str] = set()
        self._later: list[tuple[str, int, bool]] = []
        self._quiet = 0
        self._lazy = 0
        self._shift = 0
        self._annotated = sys.version_info < (3, 14)

    def run(self, tree: ast.Module) -> Findings:
        """Follow the whole cell."""
        watch: dict[str, int] = {}
        self._watching.append(watch)
        self._block(tree.body)
        end = _either({}, watch) if self._state is None else self._state
        for name, line, reported in self._later:
            first = end.get(name, UNTOUCHED)
            if first & UNTOUCHED or reported:
                self.findings.read(name, line, not (first | end.get(ANY, UNTOUCHED)) & BOUND)
        return self.findings

    # What happens to names

    def _happen(self, name: str, event: int) -> None:
        if self._state is None:
            return
        first = self._state.get(name, UNTOUCHED)
        if first & UNTOUCHED:
            self._state[name] = first & ~UNTOUCHED | event
            for watch in self._watching:
                watch[name] = watch.get(name, 0) | event

    def _maybe_bind(self, name: str) -> None:
        if self._state is None:
            return
        first = self._state.get(name, UNTOUCHED)
        if first & UNTOUCHED:
            self._state[name] = first | BOUND
            for watch in self._watching:
                watch[name] = watch.get(name, 0) | BOUND

    def _bind(self, name: str) -> None:
        if self._class and name not in self._class_globals:
            self._happen(self._class + name, BOUND)
            return
        self.findings.binds.add(name)
        self._happen(name, BOUND)

    def _open(self, construct: str, binds: bool = True) -> None:
        self.findings.open_ended[construct] = None
        if binds:
            self._maybe_bind(ANY)

    def _read(self, name: str, line: int, needed: bool = True) -> None:
        if self._state is None or name in IMPLICIT or any(name in names for names in self._hidden):
            return
        certain = needed
        if self._class and name not in self._class_globals:
            own = self._state.get(self._class + name, UNTOUCHED)
            if not own & UNTOUCHED:
                return
            certain = certain and own == UNTOUCHED
        first = self._state.get(name, UNTOUCHED)
        if not first & UNTOUCHED:
            return
        certain = certain and not (first | self._state.get(ANY, UNTOUCHED)) & BOUND
        if certain and self._lazy:
            self._read_later(name, line, reported=True)
            return
        if not self._quiet:
            self.findings.read(name, line + self._shift, certain)
        if certain or first & BOUND:
            self._happen(name, READ)

    def _read_later(self, name: str, line: int, reported: bool = False) -> None:
        if not self._quiet and name not in IMPLICIT and not any(name in names for names in self._hidden):
            self._later.append((name, line + self._shift, reported))

    # Statements

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._visit(statement)

    def _visit(self, node: ast.AST) -> None:
        visitor = getattr(self, f"_{type(node).__name__}", None)
        if visitor is None:
            for child in ast.iter_child_nodes(node):
                self._visit(child)
        else:
            visitor(node)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node)

    def _Assign(self, node: ast.Assign) -> None:
        self._visit(node.value)
        self._all(node.targets)

    def _AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.lineno)
        self._visit(node.value)
        self._visit(node.target)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        self._all([node.value])
        if node.value is not None or not isinstance(node.target, ast.Name):
            self._visit(node.target)
        self._annotation(node.annotation)

    def _annotation(self, node: ast.expr) -> None:
        if self._annotated:
            self._visit(node)

    def _Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._visit(target)

    def _Name(self, node: ast.Name) -> None:
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
            self._open(node.id if node.id != "globals" else "globals()", binds=node.id != "eval")

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0])
            if alias.name == "__main__":
                self._open("import __main__")

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._open(f"from {module} import *")
            else:
                self._bind(alias.asname or alias.name)
                if module == "__future__" and alias.name == "annotations":
                    self._annotated = False

    def _Global(self, node: ast.Global) -> None:
        if self._class:
            self._class_globals.update(node.names)

    def _Nonlocal(self, node: ast.Nonlocal) -> None:
        pass

    def _If(self, node: ast.If) -> None:
        self._visit(node.test)
        truth = _constant(node.test)
        before = self._state
        self._state = None if truth is False else _copy(before)
        self._block(node.body)
        after = self._state
        self._state = None if truth is True else before
        self._block(node.orelse)
        self._state = _either(after, self._state)

    def _While(self, node: ast.While) -> None:
        self._enter_loop(node, [node.test, *node.body])
        loop = _Loop(len(self._finals))
        self._visit(node.test)
        exhausted = None if _constant(node.test) is True else _copy(self._state)
        self._loops.append(loop)
        self._block(node.body)
        self._loops.pop()
        self._state = exhausted
        self._block(node.orelse)
        self._state = _either(self._state, loop.breaks)

    def _For(self, node: ast.For) -> None:
        self._visit(node.iter)
        self._enter_loop(node, [node.target, *node.body])
        exhausted = _copy(self._state)
        loop = _Loop(len(self._finals))
        self._loops.append(loop)
        self._visit(node.target)
        self._block(node.body)
        self._loops.pop()
        if _runs_once(node.iter):
            exhausted = _either(self._state, loop.continues)
        self._state = exhausted
        self._block(node.orelse)
        self._state = _either(self._state, loop.breaks)

    _AsyncFor = _For

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
            self._effects[key] = _either(self._state, loop.continues)
            self._state, self._watching, self._loops, self._finals = kept
        return self._effects[key]

    def _leave(self, loop: _Loop) -> State:
        """The state after the `finally` blocks between here and the loop."""
        state = _copy(self._state)
        for final in reversed(self._finals[loop.finals :]):
            state = _then(state, self._effect(("finally", id(final)), final))
        self._state = None
        return state

    def _Break(self, node: ast.Break) -> None:
        loop = self._loops[-1]
        loop.breaks = _either(loop.breaks, self._leave(loop))

    def _Continue(self, node: ast.Continue) -> None:
        loop = self._loops[-1]
        loop.continues = _either(loop.continues, self._leave(loop))

    def _Raise(self, node: ast.Raise) -> None:
        self._all([node.exc, node.cause])
        self._state = None

    def _Assert(self, node: ast.Assert) -> None:
        self._visit(node.test)
        if node.msg is not None:
            before = _copy(self._state)
            self._visit(node.msg)
            self._state = before

    def _Try(self, node: ast.Try) -> None:
        before = _copy(self._state)
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
            self._state = _interrupted(before, body)
            self._visit(handler)
            after = _either(after, self._state)
        self._state = after
        if node.finalbody:
            self._watching.pop()
            self._finals.pop()
            self._state = _either(after, _interrupted(before, whole))
            self._block(node.finalbody)
            self._state = _then(after, self._effect(("finally", id(node.finalbody)), node.finalbody))

    _TryStar = _Try

    def _ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._all([node.type])
        if node.name:
            self._bind(node.name)
        self._block(node.body)

    def _With(self, node: ast.With) -> None:
        for item in node.items:
            self._visit(item.context_expr)
            self._all([item.optional_vars])
        before = _copy(self._state)
        watch: dict[str, int] = {}
        self._watching.append(watch)
        self._block(node.body)
        self._watching.pop()
        if any(_called(item.context_expr) in _SWALLOWING for item in node.items):
            self._state = _either(self._state, _interrupted(before, watch))

    _AsyncWith = _With

    def _Match(self, node: ast.Match) -> None:
        self._visit(node.subject)
        outcome: State = None
        for case in node.cases:
            missed = _copy(self._state)
            self._visit(case.pattern)
            self._all([case.guard])
            # A pattern that fails half way may have bound names.
            missed = None if _irrefutable(case) else _either(missed, self._state)
            self._block(case.body)
            outcome = _either(outcome, self._state)
            self._state = missed
        self._state = _either(outcome, self._state)

    def _MatchAs(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        captured = getattr(node, "name", None) or getattr(node, "rest", None)
        if captured:
            self._bind(captured)

    _MatchStar = _MatchMapping = _MatchAs

    # Definitions

    def _FunctionDef(self, node: ast.FunctionDef) -> None:
        self._all(node.decorator_list)
        self._defaults(node.args)
        with_types = frozenset(parameter.name for parameter in getattr(node, "type_params", ()))
        self._hidden += (with_types,)
        for note in annotations(node):
            self._annotation(note)
        self._hidden = self._hidden[:-1]
        self._bind(node.name)
        self._function(node)

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._function(node)

    def _defaults(self, args: ast.arguments) -> None:
        self._all([*args.defaults, *args.kw_defaults])

    def _function(self, node: ast.AST) -> None:
        body = free_names(node)
        for name, line in body.reads.items():
            self._read_later(name, line)
        for name in sorted(body.global_binds):
            self.findings.binds.add(name)
            self._maybe_bind(name)
        for construct in body.open_ended:
            self._open(construct if construct != "globals" else "globals()", binds=construct != "eval")

    def _ClassDef(self, node: ast.ClassDef) -> None:
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

    def _TypeAlias(self, node: ast.AST) -> None:
        self._bind(node.name.id)
        self._function(ast.Lambda(ast.arguments([], [], None, [], [], None, []), node.value))

    # Expressions

    def _Constant(self, node: ast.Constant) -> None:
        pass

    def _Attribute(self, node: ast.Attribute) -> None:
        self._visit(node.value)
        if magics.reaches(node):
            self._open(f"get_ipython().{node.attr}")

    def _BinOp(self, node: ast.BinOp) -> None:
        rights = []
        while isinstance(node, ast.BinOp):  # not by recursion: sums of a thousand strings exist
            rights.append(node.right)
            node = node.left
        self._visit(node)
        self._all(reversed(rights))

    def _BoolOp(self, node: ast.BoolOp) -> None:
        self._visit(node.values[0])
        self._maybe(node.values[1:])

    def _Compare(self, node: ast.Compare) -> None:
        self._visit(node.left)
        self._visit(node.comparators[0])
        self._maybe(node.comparators[1:])

    def _maybe(self, nodes: Sequence[ast.AST]) -> None:
        """Each of `nodes` is evaluated or the rest is left out."""
        left: State = None
        for node in nodes:
            left = _either(left, self._state)
            self._state = _copy(self._state)
            self._visit(node)
        self._state = _either(left, self._state)

    def _IfExp(self, node: ast.IfExp) -> None:
        self._visit(node.test)
        before = _copy(self._state)
        self._visit(node.body)
        after, self._state = self._state, before
        self._visit(node.orelse)
        self._state = _either(after, self._state)

    def _NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        self._bind(node.target.id)

    def _comprehension(self, node: ast.AST) -> None:
        first, *others = node.generators
        self._visit(first.iter)
        kept = self._class, self._hidden
        targets = {name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)}
        self._class, self._hidden = "", (*self._hidden, frozenset(targets))
        empty = _copy(self._state)
        self._visit(first.target)
        self._all(first.ifs)
        for part in others:
            self._all([part.iter, part.target, *part.ifs])
        self._all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._class, self._hidden = kept
        self._state = _either(empty, self._state)

    _ListComp = _SetComp = _DictComp = _comprehension

    def _GeneratorExp(self, node: ast.GeneratorExp, lazy: bool = True) -> None:
        self._lazy += lazy
        self._comprehension(node)
        self._lazy -= lazy

    def _Call(self, node: ast.Call) -> None:
        effect = magics.effect(node)
        if effect is not None:
            self._magic(node, effect)
            return
        function = node.func
        bare = type(function) is ast.Name and not node.args and not node.keywords
        if bare and function.id in OPENING_BARE and not self._class:
            self._open(f"{function.id}()")
        self._visit(function)
        eager = len(node.args) == 1 and (_called(node) in _EAGER or getattr(function, "attr", "") == "join")
        for argument in node.args:
            if eager and type(argument) is ast.GeneratorExp:
                self._GeneratorExp(argument, lazy=False)
            else:
                self._visit(argument)
        self._all(node.keywords)

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


# States


def _copy(state: State) -> State:
    return None if state is None else dict(state)


def _either(one: State, other: State) -> State:
    """The state where two paths meet."""
    if one is None or other is None:
        return other if one is None else one
    met = dict(one)
    for name, first in other.items():
        met[name] = met.get(name, UNTOUCHED) | first
    for name in one.keys() - other.keys():
        met[name] |= UNTOUCHED
    return met


def _then(state: State, effect: State) -> State:
    """The state after a block that has this effect on an untouched one."""
    if state is None or effect is None:
        return None
    after = dict(state)
    for name, first in effect.items():
        before = after.get(name, UNTOUCHED)
        if before & UNTOUCHED:
            after[name] = before & ~UNTOUCHED | first
    return after


def _interrupted(before: State, watch: dict[str, int]) -> State:
    """The state after a block that was left somewhere."""
    if before is None:
        return None
    after = dict(before)
    for name, first in watch.items():
        after[name] = after.get(name, UNTOUCHED) | first
    return after


# Shapes of code


def _constant(test: ast.expr) -> bool | None:
    return bool(test.value) if isinstance(test, ast.Constant) else None


def _called(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", None) or getattr(function, "attr", "")


def _irrefutable(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _runs_once(iterable: ast.expr) -> bool:
    """Whether a loop over it surely runs: a literal with items, or ``range(3)``."""
    if isinstance(iterable, (ast.List, ast.Tuple, ast.Set)):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Call) and _called(iterable) == "range" and len(iterable.args) == 1:
        stop = iterable.args[0]
        return isinstance(stop, ast.Constant) and isinstance(stop.value, int) and stop.value > 0
    return False
