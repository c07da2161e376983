"""Which environment variables a cell sets or deletes, in its functions too.

Some settings are read once, when a library is imported; a cell that sets one of them has to come before the import.
Doubt counts as set: too much of it costs a start, too little a setting that is silently ignored.
"""

from __future__ import annotations

import ast

from .magics import is_shell

_SETTERS = frozenset({"setdefault", "pop", "__setitem__", "__delitem__"})
_OPEN = frozenset({"clear", "popitem", "__ior__"})


def variables(*trees: ast.AST) -> tuple[frozenset[str], bool]:
    """The names of the variables, and whether there are more, whose names aren't literal."""
    finder = _Finder()
    for tree in trees:
        for node in ast.walk(tree):
            finder.alias(node)
    for tree in trees:
        for node in ast.walk(tree):
            finder.look(node)
    return frozenset(finder.names), finder.open


class _Finder:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.open = False
        # What the name is taken for, also where an earlier cell imported it.
        self.modules = {"os"}
        self.environs = {"environ", "environb"}
        self.functions = {"putenv", "unsetenv"}
        self.loaders = {"load_dotenv"}

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
