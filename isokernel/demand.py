"""Which GPUs does a run need? Found before it is started, by its text and by what it is given.

A run that touches no framework, and whose inputs need none to be opened, is left alone. One that only imports, defines
and looks is given none, so that what it opens is opened by the processor. All others have one, and those that reach a
strategy for many devices all. ``--gpus`` and ``IsoKernel.gpus`` say otherwise.
"""

from __future__ import annotations

import ast
import re
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Literal

from .cell.computing import computes
from .cell.imports import Imports, is_installed
from .cell.reads import code_names
from .cell.recognition import recognise, roots
from .devices import Wanted, parse_gpus
from .handles import Handle
from .payload import Parcel
from .quiet import quiet
from .training import Names, script

FRAMEWORKS = frozenset("torch jax jaxlib flax cupy cudf cuml numba paddle mxnet xgboost catboost tinygrad".split())
"""What may use a GPU, beside the frameworks that are configured."""

MANY = frozenset(
    "distribute MirroredStrategy MultiWorkerMirroredStrategy set_distribution DataParallel ModelParallel"
    " DistributedDataParallel pmap".split()
)
STRATEGY = b"make_mirrored"  # in the bytes of whatever was made under one
_NAMED = re.compile(r"""['"](cuda|gpu)\b""", re.IGNORECASE)  # a device, as other libraries are told it


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run needs.

    Attributes
    ----------
    wanted : Wanted or None
        None for a run that is left alone.
    asked : str
        How the user asked for it, as in ``--gpus 2``; '' if he didn't.
    """

    wanted: Wanted | None
    asked: str = ""


class Demands:
    """Judges the runs of one shell.

    Parameters
    ----------
    transform : callable
        IPython's ``transform_cell``.
    namespace : dict
        The notebook's.
    frameworks : sequence of str
        Those that are configured.
    """

    def __init__(self, transform: Callable[[str], str], namespace: dict[str, Any], frameworks: Sequence[str]) -> None:
        self._transform, self._namespace = transform, namespace
        self._roots = roots(frameworks) | FRAMEWORKS
        self._names = Names(namespace, self._roots)
        self._imports = Imports(list(sys.path), self._roots)

    def of(self, sources: Iterable[str], parcels: Iterable[Parcel], *, option: str, trait: str) -> Demand:
        """What a run needs that executes these sources (of preludes, and its own) with these inputs.

        Parameters
        ----------
        sources : iterable of str
            Python, as IPython transformed it.
        parcels : iterable of Parcel
        option, trait : str
            What ``--gpus`` and ``IsoKernel.gpus`` say, or ''.
        """
        if option:
            return Demand(parse_gpus(option), f"--gpus {option}")
        sources, parcels = list(sources), list(parcels)
        needs: set[Literal["nothing", "look", "one", "all"]] = {self._text(source) for source in sources}
        opened = [parcel for parcel in parcels if not self._roots.isdisjoint(parcel.roots)]
        if needs == {"nothing"} and not opened:
            return Demand(None)
        if needs <= {"nothing", "look"}:
            return Demand(Wanted(0))
        if trait:
            return Demand(parse_gpus(trait), f"IsoKernel.gpus = {trait!r}")
        many = "all" in needs or any(parcel.mentions(STRATEGY) for parcel in opened)
        return Demand(Wanted(None) if many else Wanted())

    def _text(self, source: str) -> Literal["nothing", "look", "one", "all"]:
        touch = recognise(
            source, self._names, leads=self._imports.leads, script=script, frameworks=self._roots,
            transform=self._transform,
        )  # fmt: skip
        tree = _parsed(source)
        if tree is None or (not touch and not touch.uncertain and not _NAMED.search(source)):
            return "nothing"
        if not computes(tree, self._names, own=_own, transform=self._transform):
            return "look" if touch else "nothing"
        return "all" if self._is_for_many(tree, source) else "one"

    def _is_for_many(self, tree: ast.Module, source: str) -> bool:
        """Whether it, a function of the notebook that it reads, or a module of the project, names a strategy."""
        words, seen = _words(tree), set()
        todo = [*words & self._namespace.keys()]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            value = self._namespace[name]
            if isinstance(value, Handle) and ".distribute." in value.type:
                return True
            if isinstance(value, (types.FunctionType, type)):
                read = code_names(value, self._namespace)
                words |= read
                todo += read & self._namespace.keys()
        for module in _modules(tree):
            own = _own(module)
            if own is not None:
                words |= _words(own)
        return not words.isdisjoint(MANY)


def _words(tree: ast.AST) -> set[str]:
    words: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                words.add(name)
            case ast.alias(name=name):
                words.update(name.split("."))
            case ast.Constant(value=str(text)) if "Strategy" in text:  # the body of a magic
                words.update(re.findall(r"\w+", text))
    return words


def _modules(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _own(module: str) -> ast.Module | None:
    """The source of a module of the project's own."""
    path: list[str] | None = None
    spec = None
    for part in module.split("."):
        try:
            spec = PathFinder.find_spec(part, path)
        except (ImportError, ValueError, OSError):
            return None
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    if spec is None or not spec.has_location or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return None if is_installed(spec.origin) else _parsed(Path(spec.origin))


def _parsed(source: str | Path) -> ast.Module | None:
    try:
        text = source if isinstance(source, str) else source.read_bytes()
        with quiet():
            return compile(text, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
