"""Code that a cell has in strings, and imports by name: magics, ``%run``, exec, eval, ``import_module``."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterable

from . import magics
from .calls import Calls
from .meanings import Notebook, Nothing
from .moves import text
from .scope import OPENING
from .uses import Leads, Script, Step
from .values import DEFINITIONS, PLAIN, Value

_OURS = frozenset({"isolated", "keep", "prelude"})
_NAME = re.compile(r"[^\W\d]\w*")
_RUN_OPTIONS = "Nm"  # of %run, that take a value

Transform = Callable[[str], str]


class Embedded(Calls):
    """Executes what is in strings, where they are literal."""

    def __init__(
        self, notebook: Notebook, leads: Leads, script: Script, frameworks: frozenset[str], transform: Transform | None
    ) -> None:
        super().__init__(notebook, leads, script, frameworks)
        self._transform = transform
        self._trees: list[ast.AST] = []  # kept, so that no two nodes have one id

    def run(self, tree: ast.Module) -> None:
        """Execute all of it; `Touches` where it touches a framework."""
        self._trees.append(tree)
        self._block(tree.body)
        self._again()

    def _block(self, statements: Iterable[ast.stmt]) -> None:
        raise NotImplementedError

    def _magic(self, node: ast.Call, effect: magics.Effect) -> None:
        texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        self._spend(*(argument for argument in node.args if not isinstance(argument, ast.Constant)))
        for mention in effect.names if effect.label[1:] not in _OURS else ():
            value = self._lookup(mention.name) or PLAIN
            about = effect.label[1:] in magics.ABOUT
            self._use(frozenset(one for one in value if not (about and isinstance(one.what, DEFINITIONS))), node.lineno)
        for code in effect.code:
            kept = dict(self._scope.names)
            self._source(code.source, code.shift, effect.label)
            if code.own:
                self._scope.names = kept
        for name in effect.binds:
            self._bind(name, PLAIN)
        if effect.label == "%aimport" and texts[1:]:
            for word in str(texts[1]).split(","):
                self._import_module(word.strip().lstrip("-"), node.lineno)
        elif effect.label == "%run" and texts[1:]:
            self._run_magic(str(texts[1]), node.lineno)
        elif effect.open_ended and effect.label.lstrip("%") not in _OURS:
            self._doubt(effect.label)
            if effect.label.startswith("%"):
                self._unknown_magic(effect.label, texts[1:], node.lineno)

    def _unknown_magic(self, label: str, texts: list[object], lineno: int) -> None:
        """The notebook's own, or a library's: it is its function, uses what its line names, and runs its body."""
        self._use(self._lookup(label) or PLAIN, lineno)
        line, body = [*(text for text in texts if isinstance(text, str)), "", ""][:2]
        for word in dict.fromkeys(_NAME.findall(line)):
            self._use(self._lookup(word) or PLAIN, lineno)
        tree = self._parse(body)
        if tree is not None:
            self._shift += lineno
            self._block(tree.body)
            self._shift -= lineno

    def _run_magic(self, line: str, lineno: int) -> None:
        try:
            words = shlex.split(line)
        except ValueError:
            words = []
        if "-m" in words[:-1]:
            self._import_module(words[words.index("-m") + 1], lineno)
            return
        rest = magics.without_options(line, _RUN_OPTIONS)
        words = words[-len(rest.split()) :] if rest else []
        source = self._script(words[0]) if words else None
        tree = None if source is None else self._parse(source)
        if tree is None:
            self._doubt("%run")
            return
        notebook = self._notebook if "-i" in line.split() else Nothing()
        script = type(self)(notebook, self._leads, self._script, self._frameworks, self._transform)
        script._through = [*self._through, Step(words[0], lineno + self._shift, "runs", "runs")]
        script.run(tree)
        self.uncertain.update(script.uncertain)

    def _source(self, source: str, shift: int, construct: str) -> None:
        tree = self._parse(source)
        if tree is None:
            self._doubt(construct)
            return
        self._shift += shift
        self._block(tree.body)
        self._shift -= shift

    def _parse(self, source: str) -> ast.Module | None:
        try:
            tree = ast.parse(self._transform(source) if self._transform else source)
        except (SyntaxError, ValueError):
            return None
        self._trees.append(tree)
        return tree

    def _open(self, node: ast.Call, path: str) -> Value:
        """exec, eval, globals(): what can be seen of them is looked at."""
        source = text(node.args[0]) if node.args else None
        if path in ("exec", "eval") and source:
            self._spend(*node.args[1:], *node.keywords)
            self._source(source, node.lineno - 1, path)
        elif path in OPENING or (not node.args and self._around() is self._module):
            self._doubt(OPENING.get(path, f"{path}()"))
        self._use(self._arguments(node), node.lineno)
        return PLAIN

    def _import_call(self, node: ast.Call) -> Value:
        module = text(node.args[0]) if node.args else None
        if module and not module.startswith("."):
            self._import_module(module, node.lineno)
        else:
            self._doubt("import_module")
        self._use(self._arguments(node), node.lineno)
        return PLAIN
