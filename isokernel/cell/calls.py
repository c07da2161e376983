"""What calls do with values: a few builtins, and methods of containers, only move them; all others use them."""

from __future__ import annotations

import ast

from . import magics
from .meanings import Module, Packed
from .moves import Moves, text, uncontained
from .scope import OPENING, OPENING_BARE
from .values import PLAIN, Bunch, Value, holding, inside

ASKING = frozenset({"len", "isinstance"})  # of a container, not of what it holds
COPYING = frozenset({"list", "tuple", "dict", "set", "frozenset", "iter", "reversed"})
PAIRING = frozenset({"enumerate", "zip"})
IMPORTING = frozenset({"__import__", "import_module", "importlib.import_module"})
# Methods of containers: what puts in and what takes out, without a look at it.
PUTTING = frozenset({"append", "appendleft", "add", "extend", "insert", "setdefault", "update"})
TAKING = frozenset({"copy", "get", "items", "keys", "pop", "popitem", "popleft", "setdefault", "values"})


class Calls(Moves):
    """Evaluates calls."""

    def _call(self, node: ast.Call) -> Value:
        effect = magics.effect(node)
        if effect is not None:
            self._magic(node, effect)
            return PLAIN
        kept, self._mention = self._mention, False
        value = self._called(node, self._path(node.func))
        self._mention = kept
        return value

    def _magic(self, node: ast.Call, effect: magics.Effect) -> None:
        raise NotImplementedError

    def _open(self, node: ast.Call, path: str) -> Value:
        raise NotImplementedError

    def _import_call(self, node: ast.Call) -> Value:
        raise NotImplementedError

    def _called(self, node: ast.Call, path: str) -> Value:
        if path in OPENING or path in OPENING_BARE:
            return self._open(node, path)
        if path in IMPORTING:
            return self._import_call(node)
        if path.startswith("isokernel."):
            self._arguments(node)
            return PLAIN
        if path in ASKING or path in COPYING or path in PAIRING or path == "next":
            return self._builtin(node, path)
        if type(node.func) is ast.Attribute:
            return self._method(node, node.func)
        self._spend(node.func)
        self._use(self._arguments(node), node.lineno)
        if path == "getattr" and len(node.args) > 1 and not text(node.args[1]):
            self._doubt("getattr")
        return PLAIN

    def _arguments(self, node: ast.Call) -> Value:
        value = PLAIN
        for argument in node.args:
            value |= self._item(argument)
        for keyword in node.keywords:
            found = self._visit(keyword.value)
            value |= found if keyword.arg else inside(found) | uncontained(found)
        return value

    def _builtin(self, node: ast.Call, path: str) -> Value:
        line = node.lineno
        if path in COPYING and node.keywords:  # dict(a=model)
            value = self._arguments(node)
            return holding("the dict", inside(value) | uncontained(value))
        value = self._arguments(node)
        if path in ASKING:
            self._use(uncontained(value), line)
            return PLAIN
        items = self._elements(value, line)
        if path in PAIRING:
            return holding("the pairs", holding("the pair", items))
        return items if path == "next" else holding("the list", items)

    def _method(self, node: ast.Call, function: ast.Attribute) -> Value:
        value, line, name = self._visit(function.value), node.lineno, function.attr
        if magics.reaches(function):
            self._doubt(f"get_ipython().{name}")
        for one in value:
            own = isinstance(one.what, Packed) and name == "load" and not node.args and not node.keywords
            known = isinstance(one.what, Bunch) and (name in PUTTING or name in TAKING)
            if not own and not known and not isinstance(one.what, Module):
                self._use(frozenset({one}), line)
        arguments = self._arguments(node)
        contained = any(isinstance(one.what, Bunch) for one in value)
        if contained and name in PUTTING:
            self._keep_in(function.value, arguments | inside(arguments), line)
        elif not (contained and name in ("get", "pop")):
            self._use(arguments, line)
        items = inside(value)
        if not contained or name not in TAKING or name == "keys":
            return PLAIN
        if name in ("copy", "values"):
            return holding("the list", items)
        if name in ("items", "popitem"):
            pair = holding("the pair", items)
            return holding("the pairs", pair) if name == "items" else pair
        return self._got(items | arguments, line)

    def _keep_in(self, container: ast.expr, value: Value, line: int) -> None:
        """Remember that `container` has got `value`; where it has no name, that can't be followed."""
        while isinstance(container, ast.Subscript):
            container = container.value
        if not value:
            return
        if isinstance(container, ast.Name):
            before = self._lookup(container.id) or PLAIN
            self._bind(container.id, before | holding(container.id, value))
        else:
            self._use(value, line)
