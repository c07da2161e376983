"""Does a cell compute with a framework, or does it only import, define, and look at what there is?

A cell that only looks needs no device: to open what it is given, a processor will do. Nothing is lost where it is
judged to compute and doesn't (it waits for a device), but a training run without its device would be, so each thing
that is allowed here is one that can't train, and everything else computes: in doubt, it does.

A name is judged by what the cell bound it to, or else by what it stands for in the notebook.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from typing import Literal

from .imports import KNOWN
from .meanings import Definition, Framework, Holding, Module, Notebook
from .scope import parameters

Kind = Literal["plain", "value", "data", "library", "framework", "function", "other"]
# plain     surely data, which the cell made
# value     the notebook's, and of no meaning here: data, or something that calls what it was given once
# data      of a library that takes data and calls nothing
# library   of another one that uses no device
# function  the cell's
# other     anything, a model too
Source = Callable[[str], ast.Module | None]
"""From a module's full name to its source, where it is the project's own: that may compute when it is imported."""
Transform = Callable[[str], str]

DATA = frozenset(
    "IPython PIL collections copy csv cv2 datetime gc glob isokernel json logging math matplotlib numpy os pandas"
    " pathlib pickle platform plotly pprint random re seaborn shutil string sys tempfile textwrap time typing"
    " warnings".split()
)
RUNNERS = frozenset(
    "asyncio atexit builtins code concurrent ctypes doctest importlib multiprocessing pdb runpy sched subprocess"
    " threading timeit unittest".split()
)  # start other code
RUNNING = frozenset({"system", "popen", "fork", "forkpty", "modules"})  # of os and sys, beside spawn and exec
LOOKED_AT = frozenset(
    "__class__ __doc__ __file__ __name__ __version__ dtype epoch history input_shape name names ndim nbytes"
    " output_shape params rank shape size trainable".split()
)
LOOKS = frozenset(
    "as_list count_params endswith format get_config items join keys lower split startswith strip summary to_json"
    " tolist upper values".split()
)
ASKED = frozenset(
    "abs all any bool callable dict display dir enumerate float format frozenset getattr hasattr help id int isinstance"
    " issubclass iter len list max min print range repr reversed round set sorted str sum super tuple type vars"
    " zip".split()
)  # builtins
GONE_THROUGH = frozenset("inputs layers losses metrics outputs trainable_variables variables weights".split())
TOLD = frozenset("format isinstance len print range repr str type".split())  # those that give no part of what they ask
SETTING = frozenset("autoreload config env load_ext matplotlib pip precision reload_ext set_env".split())  # magics
TIMING = frozenset({"capture", "prun", "time"})


class _Computes(Exception):
    """It does."""


def computes(tree: ast.AST, notebook: Notebook, *, own: Source, transform: Transform = str) -> bool:
    """Whether executing `tree` may compute with a framework.

    Parameters
    ----------
    tree : ast.Module
    notebook : Notebook
        Knows what names stand for before it.
    own : callable
        The source of a module of the project's own; None for all others.
    transform : callable
        IPython's, for the Python below ``%%time``.
    """
    try:
        _Looking(notebook, own, transform).block(tree.body)
    except (_Computes, RecursionError):
        return True
    return False


class _Looking:
    """Goes through what is executed, and leaves by `_Computes` at the first thing that is more than a look."""

    def __init__(self, notebook: Notebook, own: Source, transform: Transform) -> None:
        self._notebook, self._own, self._transform = notebook, own, transform
        self._kinds: dict[str, Kind] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        self._gone: set[str] = set()  # modules, and functions that are gone through

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """What these statements do, one after the other."""
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self._module(alias.name)
                    self._bind(alias.asname or alias.name.partition(".")[0], self._imported(alias.name))
            case ast.ImportFrom(names=names):
                self._module(node.module or "")
                for alias in names:
                    running = alias.name in RUNNING or alias.name.startswith(("spawn", "exec"))
                    self._bind(alias.asname or alias.name, "other" if running else self._imported(node.module or ""))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._decorated(node.decorator_list)
                self._look(*node.args.defaults, *node.args.kw_defaults)
                followed = isinstance(node, ast.FunctionDef) and not node.decorator_list
                self._bind(node.name, "function" if followed and node.name not in self._functions else "other")
                self._functions[node.name] = node
            case ast.ClassDef():
                self._decorated(node.decorator_list)
                self._look(*node.bases, *(keyword.value for keyword in node.keywords))
                self.block(node.body)
                self._bind(node.name, "other")
            case ast.Assign(targets=targets):
                kind = self._kind(node.value)
                for target in targets:
                    self._target(target, kind)
            case ast.AnnAssign():
                if node.value is not None:
                    self._target(node.target, self._kind(node.value))
            case ast.AugAssign():
                self._data(node.target, node.value)
            case ast.Expr():
                self._look(node.value)
            case ast.If() | ast.While():
                self._look(node.test)
                self.block([*node.body, *node.orelse])
            case ast.For():
                self._target(node.target, self._item(node.iter))
                self.block([*node.body, *node.orelse])
            case ast.Try():
                handled = (statement for handler in node.handlers for statement in handler.body)
                self.block([*node.body, *handled, *node.orelse, *node.finalbody])
            case ast.Assert() | ast.Raise() | ast.Return() | ast.Delete():
                self._look(*_expressions(node))
            case ast.Pass() | ast.Global() | ast.Nonlocal() | ast.Break() | ast.Continue():
                pass
            case _:
                raise _Computes

    # What is bound

    def _module(self, name: str) -> None:
        tree = self._own(name) if name not in self._gone else None
        self._gone.add(name)
        if tree is not None:
            inside = _Looking(self._notebook, self._own, self._transform)
            inside._gone = self._gone
            inside.block(tree.body)

    def _imported(self, name: str) -> Kind:
        root = name.partition(".")[0]
        if root in RUNNERS or self._own(name) is not None:
            return "other"
        if root in DATA:
            return "data"
        return "library" if root in KNOWN or root in sys.stdlib_module_names else "framework"

    def _bind(self, name: str, kind: Kind) -> None:
        self._kinds[name] = kind if self._kinds.get(name, kind) == kind else "other"  # in one branch, or in the other

    def _target(self, target: ast.expr, kind: Kind) -> None:
        match target:
            case ast.Name():
                self._bind(target.id, kind)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._target(part, kind if kind in ("plain", "value") else "other")
            case ast.Starred():
                self._target(target.value, kind)
            case _:
                self._data(target)

    def _decorated(self, decorators: Iterable[ast.expr]) -> None:
        for node in decorators:
            called = node.func if isinstance(node, ast.Call) else node
            builtin = isinstance(called, ast.Name) and called.id in ("staticmethod", "classmethod", "property")
            accessor = isinstance(called, ast.Attribute) and called.attr in ("setter", "getter", "deleter")
            if not builtin and not accessor and self._kind(called) not in ("framework", "library"):
                raise _Computes  # it may call what it decorates, as ipywidgets' interact does
            self._look(*(_arguments(node) if isinstance(node, ast.Call) else ()))

    def _of(self, name: str) -> Kind:
        if name in self._kinds:
            return self._kinds[name]
        match self._notebook.meaning(name):
            case None | Holding(items=()):
                return "value"
            case Module(path=path):
                return self._imported(path)
            case Framework():
                return "framework"
            case Definition() as definition if self._is_plain(definition, {name}):
                return "library"
        return "other"

    def _is_plain(self, definition: Definition, seen: set[str]) -> bool:
        """Whether nothing that a function of the notebook reads could compute."""
        if any(self._imported(module) not in ("data", "library") for module in definition.imports):
            return False
        for name in definition.reads - seen:
            seen.add(name)
            meaning = self._notebook.meaning(name)
            if isinstance(meaning, Definition):
                if not self._is_plain(meaning, seen):
                    return False
            elif self._of(name) not in ("value", "data", "library") or name in ("exec", "eval", "__import__"):
                return False
        return True

    # What is evaluated

    def _look(self, *nodes: ast.expr | None) -> None:
        for node in nodes:
            if node is not None:
                self._kind(node)

    def _data(self, *nodes: ast.expr | None, values: bool = True) -> Kind:
        """What is made of them, where all are data."""
        for node in nodes:
            kind = self._kind(node) if node is not None else "plain"
            if kind not in ("plain", "data", "library") and not (values and kind == "value"):
                raise _Computes
        return "plain"

    def _kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Constant():
                return "plain"
            case ast.Lambda():
                return "other"
            case ast.Name():
                return self._of(node.id)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                self._data(node.slice)
                return self._item(node.value)
            case ast.JoinedStr() | ast.FormattedValue():
                self._look(*_expressions(node))
                return "plain"
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.IfExp() | ast.Starred():
                kinds = {self._kind(part) for part in _expressions(node)}
                return "plain" if kinds <= {"plain"} else "value" if kinds <= {"plain", "value"} else "other"
            case ast.NamedExpr():
                self._target(node.target, kind := self._kind(node.value))
                return kind
            case ast.BoolOp() | ast.Compare() | ast.BinOp() | ast.UnaryOp() | ast.Slice():
                return self._data(*_expressions(node))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for part in node.generators:
                    self._target(part.target, self._item(part.iter))
                    self._look(*part.ifs)
                self._look(*((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)))
                return "other"
            case ast.Call():
                return self._call(node)
        raise _Computes

    def _attribute(self, node: ast.Attribute) -> Kind:
        kind = self._kind(node.value)
        if kind in ("data", "library") and (node.attr in RUNNING or node.attr.startswith(("spawn", "exec"))):
            raise _Computes
        if kind in ("data", "library", "framework"):
            return "plain" if node.attr == "__version__" else kind
        return "plain" if node.attr in LOOKED_AT else kind

    def _item(self, node: ast.expr) -> Kind:
        """What an item of something is, or what it is to iterate over it."""
        kind = self._kind(node)
        if kind in ("plain", "value") or (kind == "data" and isinstance(node, ast.Attribute)):  # os.environ["HOME"]
            return kind
        # Of a list that the cell wrote, of a look, of a model's layers; whatever else there is may be a tensor.
        if isinstance(node, (ast.List, ast.Tuple, ast.Call)) or getattr(node, "attr", "") in GONE_THROUGH:
            return "other"
        raise _Computes

    def _call(self, node: ast.Call) -> Kind:
        function, arguments = node.func, _arguments(node)
        if isinstance(function, ast.Name):
            name, kind = function.id, self._of(function.id)
            if kind == "function":
                self._look(*arguments)
                return self._follow(self._functions[name])
            if name in ASKED and kind == "value" and self._notebook.meaning(name) is None:
                if any(keyword.arg == "key" for keyword in node.keywords):
                    raise _Computes  # which is called
                self._look(*arguments)
                return "plain" if name in TOLD else "other"
        elif isinstance(function, ast.Attribute):
            if getattr(getattr(function.value, "func", None), "id", "") == "get_ipython":
                return self._magic(function.attr, [getattr(argument, "value", None) for argument in arguments])
            kind = self._attribute(function)
            if function.attr in LOOKS and kind != "framework":
                self._look(*arguments)
                return "plain"
        else:
            raise _Computes
        # A library without devices may call what it is given, and some do: an optimizer, a map.
        if kind not in ("plain", "data", "library"):
            raise _Computes
        return self._data(*arguments, values=kind != "library")

    def _follow(self, function: ast.FunctionDef) -> Kind:
        if function.name in self._gone:
            raise _Computes  # recursion
        kept, self._kinds = self._kinds, dict(self._kinds)
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and type(node.ctx) is ast.Store}
        self._kinds.update(dict.fromkeys([*names, *(argument.arg for argument in parameters(function.args))], "other"))
        self._gone.add(function.name)
        self.block(function.body)
        self._gone.discard(function.name)
        self._kinds = kept
        return "other"

    def _magic(self, how: str, texts: list[object]) -> Kind:
        match how, texts:
            case "run_line_magic", [str(name), str()] if name in SETTING:
                return "plain"
            case "run_cell_magic" | "run_line_magic", [str(name), str(line), *body] if name in TIMING:
                source = body[0] if body else line
                try:
                    self.block(ast.parse(self._transform(source)).body)
                except (SyntaxError, ValueError):
                    raise _Computes from None
                return "plain"
        raise _Computes


def _expressions(node: ast.AST) -> list[ast.expr]:
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]
