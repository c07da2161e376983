"""What a notebook prints of clocks, process ids and the like, by its text: pure.

Such numbers differ in every run and say nothing about the notebook. Words beside them ("took 3.2 s") are known to
:mod:`.printed`; here they are followed from the call that reads a clock through assignments to the ``print`` that
shows them, so that ``print(time.time() - begun)`` needs no words. Scopes aren't told apart: a name that holds a time
in one place is taken for a time everywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

SOURCES = frozenset(
    "time perf_counter perf_counter_ns monotonic monotonic_ns process_time thread_time time_ns now utcnow today ctime "
    "asctime localtime gmtime strftime getpid getppid uuid1 uuid4 mkdtemp mkstemp mktemp NamedTemporaryFile id "
    "TemporaryDirectory default_timer timeit memory_info virtual_memory cpu_percent getrusage get_traced_memory "
    "getloadavg get_ident timestamp getsize_of_process gethostname".split()
)
"""Functions that give another value each time, by the last part of their name."""

NEUTRAL = frozenset(
    "mean median sum min max std var round float int str abs format timedelta sorted array asarray list tuple divmod "
    "join isoformat total_seconds diff cumsum fromtimestamp strip split replace repr f".split()
)
"""Functions whose result is a time if their argument is one."""

_SHOWS = frozenset("print display write info debug warning log".split())
_HOLES = re.compile(r"%[-+# 0]*\d*(?:\.\d+)?[a-zA-Z]|\{[^{}]*\}")
_NUMBERS_ONLY = re.compile(r"^[^A-Za-z\n]*\d[^A-Za-z\n]*$", re.MULTILINE)

# One part of what a print shows: its literal text, or None and whether it is volatile.
_Part = tuple[str | None, bool]


class Volatile:
    """Takes out of cells' printed texts what is volatile.

    Parameters
    ----------
    trees : sequence of ast.Module
        The cells in order, transformed by IPython; an empty module for one that is no Python.
    """

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        self._names: set[str] = set()
        self._functions: set[str] = set()
        for _ in range(3):  # rounds: what is assigned from what, whatever the order
            for tree in trees:
                for node in ast.walk(tree):
                    self._learn(node)
        self._patterns: list[re.Pattern[str]] = []
        self._bare: set[int] = set()  # cells that print such numbers without a word
        self._results: set[int] = set()  # cells whose result is one
        for number, tree in enumerate(trees):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _last(node.func) in _SHOWS:
                    self._shown(number, node.args)
            last = tree.body[-1] if tree.body else None
            if isinstance(last, ast.Expr) and self._is(last.value):
                self._results.add(number)

    def without(self, number: int, text: str) -> str:
        """The printed text of the cell with this number, less what is volatile."""
        for pattern in self._patterns:
            text = pattern.sub(lambda found: " ".join(found.groups()), text)
        if number in self._bare or number in self._results:
            text = _NUMBERS_ONLY.sub("", text)
        if number in self._results:
            text = text.rpartition("\n")[0]
        return text

    def _shown(self, number: int, args: Sequence[ast.expr]) -> None:
        if not any(self._is(arg) for arg in args):
            return
        parts: list[_Part] = []
        for arg in args:
            parts += [*([(" ", False)] if parts else []), *self._parts(arg)]
        literal = "".join(text for text, _ in parts if text)
        if re.search(r"\w", literal):
            pattern = "".join(
                re.escape(text) if text is not None else (".*?" if volatile else "(.*?)") for text, volatile in parts
            )
            self._patterns.append(re.compile(rf"^{pattern.rstrip()}\s*?$", re.MULTILINE))
        else:
            self._bare.add(number)

    def _parts(self, node: ast.expr) -> list[_Part]:
        """What an argument of print shows, part by part."""
        if isinstance(node, ast.Constant):
            return [(str(node.value), False)]
        if isinstance(node, ast.JoinedStr):
            return [part for value in node.values for part in self._parts(value)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self._parts(node.left), *self._parts(node.right)]
        template: ast.expr | None = None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            template = node.left
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            template = node.func.value
        if isinstance(template, ast.Constant) and isinstance(template.value, str):
            texts = _HOLES.split(template.value)
            return [part for text in texts for part in ((text, False), (None, True))][:-1]
        return [(None, self._is(node))]

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            if node.value is not None:
                self._bind(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._bind(node.target, node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, node.context_expr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returned = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
            if any(self._is(value) for value in returned if not isinstance(value, ast.Tuple)):
                self._functions.add(node.name)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("append", "extend")
            and any(self._is(arg) for arg in node.args)
        ):
            self._mark(node.func.value)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its in zip(target.elts, value.elts):
                self._bind(one, its)
        elif self._is(value):
            for one in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                self._mark(one)

    def _mark(self, target: ast.expr) -> None:
        key = _key(target)
        if key:
            self._names.add(key)

    def _is(self, node: ast.AST) -> bool:
        if _key(node) in self._names:
            return True
        if isinstance(node, ast.Call):
            last = _last(node.func)
            if last in SOURCES or last in self._functions or _root(node.func) in ("psutil", "tracemalloc", "tempfile"):
                return True
            if isinstance(node.func, ast.Attribute) and self._is(node.func.value):
                return True
            return last in NEUTRAL and any(self._is(arg) for arg in node.args)
        if isinstance(node, (ast.Lambda, ast.Name, ast.Compare)):
            return False
        return any(self._is(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _key(node: ast.AST) -> str:
    """What is remembered of a place that values are put in: a name, an attribute, a literal key."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"[{node.slice.value!r}]" if isinstance(node.slice.value, str) else ""
    return ""


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _root(function: ast.expr) -> str:
    while isinstance(function, (ast.Attribute, ast.Call)):
        function = function.value if isinstance(function, ast.Attribute) else function.func
    return getattr(function, "id", "")
