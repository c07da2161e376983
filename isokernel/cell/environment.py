"""Which environment variables a cell sets or deletes, in its functions too.

Some settings are read once, when a library is imported; a cell that sets one of them has to come before the import.
Doubt counts as set: too much of it costs a start, too little a setting that is silently ignored.

What a cell sets before all else is known with its value: a process can be made that has it from its start.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .magics import is_shell

_SETTERS = frozenset({"setdefault", "pop", "__setitem__", "__delitem__"})
_OPEN = frozenset({"clear", "popitem", "__ior__"})


_APART = frozenset("numpy pandas scipy sklearn matplotlib seaborn plotly PIL h5py tqdm IPython".split())
_OF_FRAMEWORKS = ("TF_", "KERAS_")
"""Packages that import no training framework, and what begins the names of variables that none of them reads."""
_QUIET = frozenset({"warnings", "logging", "print"})  # that set or show something, and import nothing
_DOES = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


@dataclass(frozen=True, slots=True)
class Given:
    """A variable that is set to a value, or, with None, removed; with `default` only where it isn't set yet."""

    name: str
    value: str | None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Variables:
    """The environment variables that a cell may set or delete.

    Attributes
    ----------
    names : frozenset of str
    open : bool
        Whether there are more, whose names aren't literal.
    first : tuple of Given
        What it sets in its first statements, above all that might read it, and nowhere else.
    """

    names: frozenset[str] = frozenset()
    open: bool = False
    first: tuple[Given, ...] = ()

    def after_first(self, environment: Mapping[str, str]) -> dict[str, str | None]:
        """What the variables of `first` are in an environment when it has run; None for one that isn't set."""
        found = {given.name: environment.get(given.name) for given in self.first}
        for given in self.first:
            if not given.default or found[given.name] is None:
                found[given.name] = given.value
        return found


NO_VARIABLES = Variables()


def variables(tree: ast.Module, bodies: Iterable[ast.AST] = ()) -> Variables:
    """The variables that a cell sets, in its own statements and in the code of its magics."""
    finder, bodies = _Finder(), [*bodies]
    for each in (tree, *bodies):
        for node in ast.walk(each):
            finder.alias(node)
    first = []
    while len(first) < len(tree.body) and (given := finder.first(tree.body[len(first)])) is not None:
        first.append(given)
    for each in (*tree.body[len(first) :], *bodies):
        for node in ast.walk(each):
            finder.look(node)
    settled = tuple(each for given in first for each in given if each.name not in finder.names)
    names = finder.names.union(each.name for given in first for each in given)
    return Variables(frozenset(names), finder.open, settled)


class _Finder:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.open = False
        # What the name is taken for, also where an earlier cell imported it.
        self.modules = {"os"}
        self.environs = {"environ", "environb"}
        self.functions = {"putenv", "unsetenv"}
        self.loaders = {"load_dotenv"}
        self.apart = True  # no package was imported yet, but for Python's own

    def alias(self, node: ast.AST) -> None:
        """Take note of another name for one of them."""
        if isinstance(node, ast.Import):
            self.modules.update(alias.asname for alias in node.names if alias.name == "os" and alias.asname)
        elif isinstance(node, ast.ImportFrom):
            for known in (self.environs, self.functions, self.loaders):
                known.update(alias.asname for alias in node.names if alias.name in known and alias.asname)
        elif isinstance(node, (ast.Assign, ast.NamedExpr)) and self._is_environ(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self.environs.update(target.id for target in targets if isinstance(target, ast.Name))

    def first(self, node: ast.stmt) -> tuple[Given, ...] | None:
        """What a statement sets that stands above all that may read it; None for any other, and those below it."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            packages = {name.partition(".")[0] for name in _imported(node)}
            self.apart = self.apart and packages <= sys.stdlib_module_names
            return () if packages <= sys.stdlib_module_names | _APART else None
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and _are_names(node.targets):
            return ()
        given = tuple(self._given(node))
        if given and (self.apart or all(each.name.startswith(_OF_FRAMEWORKS) for each in given)):
            return given
        return () if not given and isinstance(node, ast.Expr) and _is_quiet(node) else None

    def _given(self, node: ast.stmt) -> Iterator[Given]:
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=environ, slice=ast.Constant(value=str(name)))],
                value=ast.Constant(value=str(value)),
            ) if self._is_environ(environ):
                yield Given(name, value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr=attr), args=args, keywords=keywords)):
                texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in args]
                match attr, texts:
                    case "setdefault", [str(name), str(value)] if self._is_environ(of):
                        yield Given(name, value, default=True)
                    case "pop", [str(name), *_] if self._is_environ(of):
                        yield Given(name, None)
                    case "update", _ if self._is_environ(of):
                        pairs = [*zip(args[0].keys, args[0].values, strict=True)] if _is_dict(args) else []
                        pairs += [(ast.Constant(keyword.arg), keyword.value) for keyword in keywords]
                        if (_is_dict(args) or not args) and all(_is_text(each) for pair in pairs for each in pair):
                            yield from (Given(name.value, value.value) for name, value in pairs)
                    case "run_line_magic", ["env" | "set_env", str(line)] if is_shell(of):
                        name, _, value = line.strip().partition("=" if "=" in line else " ")
                        if value.strip() and not {"{", "$"} & {*line}:
                            yield Given(name.strip(), value.strip())

    def look(self, node: ast.AST) -> None:
        """Take note of what `node` sets."""
        if isinstance(node, ast.Subscript):
            if not isinstance(node.ctx, ast.Load) and self._is_environ(node.value):
                self._name(node.slice)
        elif isinstance(node, ast.AugAssign):
            if self._is_environ(node.target):
                self._mapping(node.value)
        elif isinstance(node, ast.Assign):
            exchanged = (isinstance(target, ast.Attribute) and self._is_environ(target) for target in node.targets)
            self.open = self.open or any(exchanged)
        elif isinstance(node, ast.Call):
            self._call(node)

    def _call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in self.functions:
                self._name(*node.args[:1])
            elif function.id in self.loaders:
                self.open = True
        elif isinstance(function, ast.Attribute):
            if self._is_environ(function.value):
                if function.attr in _SETTERS:
                    self._name(*node.args[:1])
                elif function.attr == "update":
                    self._update(node)
                elif function.attr in _OPEN:
                    self.open = True
            elif function.attr in ("putenv", "unsetenv") and self._is_os(function.value):
                self._name(*node.args[:1])
            elif function.attr in self.loaders:
                self.open = True
            elif function.attr == "run_line_magic" and is_shell(function.value):
                self._magic([getattr(argument, "value", None) for argument in node.args])

    def _magic(self, texts: list[object]) -> None:
        match texts:
            case ["env" | "set_env", str(line)]:
                name, given, _ = line.strip().partition("=" if "=" in line else " ")
                if given:
                    self._literal(name.strip())
            case ["dotenv", *_]:
                self.open = True

    def _update(self, node: ast.Call) -> None:
        for argument in node.args:
            self._mapping(argument)
        for keyword in node.keywords:
            if keyword.arg is None:
                self._mapping(keyword.value)
            else:
                self.names.add(keyword.arg)

    def _mapping(self, node: ast.expr) -> None:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    self._mapping(value)
                else:
                    self._name(key)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
            self._update(node)
        elif isinstance(node, (ast.List, ast.Tuple)) and all(isinstance(pair, ast.Tuple) for pair in node.elts):
            for pair in node.elts:
                self._name(*pair.elts[:1])
        else:
            self.open = True

    def _name(self, *nodes: ast.expr) -> None:
        for node in nodes:
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, bytes):
                value = value.decode("utf-8", "surrogateescape")
            if isinstance(value, str):
                self.names.add(value)
            else:
                self.open = True

    def _literal(self, name: str) -> None:
        if "{" in name or "$" in name:
            self.open = True
        else:
            self.names.add(name)

    def _is_os(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self.modules

    def _is_environ(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.environs
        return isinstance(node, ast.Attribute) and node.attr in ("environ", "environb") and self._is_os(node.value)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "?"] if not node.level else ["?"]


def _are_names(targets: list[ast.expr]) -> bool:
    return all(isinstance(target, ast.Name) for target in targets)


def _is_dict(args: list[ast.expr]) -> bool:
    return len(args) == 1 and isinstance(args[0], ast.Dict)


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_quiet(node: ast.Expr) -> bool:
    """A text, or a call of what shows or silences something, with what is already there."""
    match node.value:
        case ast.Call(func=ast.Attribute(value=of, attr="run_line_magic"), args=[ast.Constant(value="matplotlib"), *_]):
            return is_shell(of)
    nodes = [*ast.walk(node)]
    roots = [_root(each.func) for each in nodes if isinstance(each, ast.Call)]
    quiet = all(isinstance(root, ast.Name) and root.id in _QUIET for root in roots)
    return quiet and not any(isinstance(each, _DOES) for each in nodes)


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node
