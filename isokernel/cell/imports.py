"""Where importing a module leads, found in source files: nothing is imported here.

A module's file is parsed for the imports that its top level executes, and those are followed: without a limit in the
project's own modules, a few steps in installed packages, whose files are many and whose frameworks are near the top.
The standard library leads nowhere. What was read is kept until the file changes.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import sysconfig
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder

from ..quiet import quiet
from .moves import truth

DEPTH = 3  # of imports between installed modules
FILES = 200  # of installed packages, for one question
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_LAZY = re.compile(rb"__getattr__|lazy", re.IGNORECASE)  # in a package that loads its parts as they are asked for
_LIBRARY = tuple(os.path.join(sysconfig.get_path(kind), "") for kind in ("stdlib", "platstdlib"))

# Known to lead to no framework by themselves, as a test of theirs keeps true: searched, they take 0.1 to 0.8 s each.
KNOWN = frozenset(
    "IPython PIL h5py ipywidgets joblib matplotlib mpl_toolkits numpy pandas plotly pyarrow requests scipy seaborn"
    " sklearn tqdm yaml".split()
)

# Whatever a module's top level holds, but not what only runs when it is called.
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class _File:
    """A module's source: where it is, and whether it is a package's, and an installed one's."""

    module: str
    path: str
    package: bool
    installed: bool


class Imports:
    """Answers where imports lead.

    Parameters
    ----------
    path : sequence of str
        Where modules are searched, as ``sys.path``; it is read at each question.
    frameworks : iterable of str
        Top-level modules.
    depth, files : int
        How far installed packages are followed.
    known : frozenset of str
        Installed packages that needn't be.
    """

    def __init__(
        self,
        path: Sequence[str],
        frameworks: Iterable[str],
        *,
        depth: int = DEPTH,
        files: int = FILES,
        known: frozenset[str] = KNOWN,
    ) -> None:
        self._path, self._frameworks, self._harmless = path, frozenset(frameworks), known
        self._depth, self._files = depth, files
        self._known: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {}
        self._installed: dict[str, tuple[str, ...]] = {}  # what doesn't change while a kernel runs

    def leads(self, module: str) -> tuple[str, ...] | None:
        """The modules through which importing `module` leads to a framework.

        Parameters
        ----------
        module : str
            Its full name.

        Returns
        -------
        tuple of str or None
            The modules after `module` itself, the framework last; empty if there is none. None if `module` isn't
            found, or is the project's own and has no source.
        """
        if self._is_framework(module):
            return (module,)
        if module in self._installed:
            return self._installed[module]
        if self._is_standard(module):
            return ()
        start = list(self._files_of(module)) or self._looked_again(module)
        if not start:
            return None if self._is_unseen(module) else ()
        if not start[0].installed:
            return self._search(module, start)
        place = start[-1].path  # of `from package import name`, which may be no module
        if place not in self._installed:
            self._installed[place] = self._search(module, start)
        self._installed[module] = self._installed[place]
        return self._installed[module]

    def _looked_again(self, module: str) -> list[_File]:
        """A file may be younger than what the import system remembers of its folder."""
        PathFinder.invalidate_caches()
        return list(self._files_of(module))

    def _search(self, module: str, start: list[_File]) -> tuple[str, ...]:
        """Breadth first, so that the chain is the shortest."""
        todo = deque((file, 0, ()) for file in start)
        seen = {file.path for file in start}
        installed = 0
        while todo:
            file, depth, chain = todo.popleft()
            if file.installed:
                installed += 1
                if installed > self._files:
                    continue
            chain = chain if file.module == module else (*chain, file.module)
            harmless = file.installed and file.module.partition(".")[0] in self._harmless
            if harmless and (file.module != module or "." not in module):
                continue
            imported = self._imported(file)
            for name in imported:
                if self._is_framework(name):
                    return (*chain, name)
            if harmless or file.installed and depth >= self._depth:  # of tqdm.keras its own imports count
                continue
            for name in imported:
                for found in self._files_of(name):
                    if found.path not in seen:
                        seen.add(found.path)
                        todo.append((found, depth + 1 if found.installed else 0, chain))
        return ()

    def _imported(self, file: _File) -> tuple[str, ...]:
        """What importing `file` itself imports, in its order."""
        try:
            status = os.stat(file.path)
            stamp = status.st_mtime_ns, status.st_size
            known = self._known.get(file.path)
            if known is None or known[0] != stamp:
                with open(file.path, "rb") as stream:
                    source = stream.read()
                found = dict.fromkeys(executed(source, file.module, file.package))
                if file.package and file.installed and _LAZY.search(source):
                    found |= dict.fromkeys(filter(self._is_framework, later(source)))
                known = self._known[file.path] = stamp, tuple(found)
        except (OSError, SyntaxError, ValueError, RecursionError):  # whoever imports it will be told
            return ()
        return known[1]

    def _files_of(self, module: str) -> Iterator[_File]:
        """The files that are executed to import `module`, those of the packages around it first."""
        if self._is_standard(module):
            return
        parts, search = module.split("."), None
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            spec = self._spec(name, search)
            if spec is None:
                return
            if spec.origin and spec.has_location and spec.origin.endswith(".py"):
                package = spec.submodule_search_locations is not None
                yield _File(name, spec.origin, package, is_installed(spec.origin))
            if spec.submodule_search_locations is None:
                return
            search = list(spec.submodule_search_locations)

    def _spec(self, name: str, search: Sequence[str] | None = None) -> ModuleSpec | None:
        # By its last name only: a namespace package looks for its parent among what is loaded, and nothing is.
        last = name.rpartition(".")[2]
        try:
            return PathFinder.find_spec(last, list(self._path) if search is None else search)
        except (ImportError, ValueError, OSError):
            return None

    def _is_unseen(self, module: str) -> bool:
        """Whether `module` isn't found, or is the project's own without a source."""
        spec = self._spec(module.partition(".")[0])
        return spec is None or bool(spec.has_location and spec.origin and not is_installed(spec.origin))

    def _is_framework(self, module: str) -> bool:
        return module.partition(".")[0] in self._frameworks

    def _is_standard(self, module: str) -> bool:
        """Whether `module` is the standard library's, and not a file of the project's in front of it."""
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names:
            return False
        if top in sys.builtin_module_names:
            return True
        spec = self._spec(top)
        return spec is None or not spec.origin or spec.origin.startswith(_LIBRARY) or not spec.has_location


def is_installed(path: str) -> bool:
    """Whether a file belongs to an installed package or to the standard library."""
    return not _INSTALLED.isdisjoint(path.split(os.sep)) or path.startswith(_LIBRARY)


def executed(source: bytes | str, module: str, package: bool) -> Iterator[str]:
    """The modules that the top level of `source` imports, by their full names.

    Parameters
    ----------
    source : bytes or str
        A module's.
    module : str
        Its full name, for relative imports.
    package : bool
        Whether it is a package's ``__init__``.

    Yields
    ------
    str
        A module; after ``from a import b``, both ``a`` and ``a.b``, which may be none.

    Raises
    ------
    SyntaxError, ValueError
    """
    with quiet():
        tree = ast.parse(source)
    home = module.split(".") if package else module.split(".")[:-1]
    for node in _top_level(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = home[: len(home) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            if origin:
                yield origin
                yield from (f"{origin}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            literal = getattr(node.args[0], "value", None)
            if name in ("import_module", "__import__") and isinstance(literal, str) and not literal.startswith("."):
                yield literal


def later(source: bytes) -> Iterator[str]:
    """The modules that functions of `source` import, by absolute names."""
    with quiet():
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, _LATER):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import):
                    yield from (alias.name for alias in inner.names)
                elif isinstance(inner, ast.ImportFrom) and inner.module and not inner.level:
                    yield inner.module


def _top_level(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that are executed when the module is imported."""
    todo = deque(nodes)
    while todo:
        node = todo.popleft()
        if isinstance(node, _LATER):
            continue
        if isinstance(node, ast.If):
            expected = _when_imported(node.test)
            branches = ([] if expected is False else node.body) + ([] if expected is True else node.orelse)
            todo.extendleft(reversed([node.test, *branches]))
            continue
        yield node
        todo.extendleft(reversed(list(ast.iter_child_nodes(node))))


def _when_imported(test: ast.expr) -> bool | None:
    """What `test` is in a module that is imported."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _when_imported(test.operand)
        return None if inner is None else not inner
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq) and len(test.ops) == 1:
        sides = [test.left, *test.comparators]
        names = {getattr(side, "id", None) for side in sides}
        texts = {getattr(side, "value", None) for side in sides}
        if "__name__" in names and "__main__" in texts:
            return False
    return truth(test)
