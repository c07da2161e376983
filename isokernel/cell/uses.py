"""What it means to use a value: a packed one touches, a function or class is followed to what its code reads.

The first touch ends the search, so it is raised, from however deep.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from .meanings import Definition, Framework, Instance, Notebook, Packed, Reason
from .scope import OPENING
from .values import DEFINITIONS, PLAIN, Body, Bunch, Scope, Scopes, Thing, Value, thing

Leads = Callable[[str], tuple[str, ...] | None]
Script = Callable[[str], str | None]


FOLLOWS = 2000  # functions and classes followed, for one cell: after that, programs wrote it
AGAIN = 3


class Touches(Exception):
    """A cell touches a framework, for this reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Step:
    """A function that is followed, or a module; `line` is the cell's where it is read, if it is the first."""

    name: str
    line: int
    verb: str = "reads"
    first: str = "uses"
    code: object = None


class Uses(Scopes):
    """Uses values, follows functions and imports, and remembers what it was unsure of."""

    def __init__(self, notebook: Notebook, leads: Leads, script: Script, frameworks: frozenset[str]) -> None:
        super().__init__(notebook)
        self.uncertain: dict[str, None] = {}
        self._leads, self._script, self._frameworks = leads, script, frameworks
        self._through: list[Step] = []  # to where we are
        self._judged: dict[Thing, int] = {}  # how old its scope was; it can do something new in an older one
        self._reached: dict[Thing, list[Step]] = {}
        self._follows = 0
        self._mention = False  # in an annotation or among bases, functions and classes aren't called
        self._shift = 0

    def _doubt(self, construct: str) -> None:
        self.uncertain[construct] = None

    def _touch(self, kind: Literal["import", "framework", "packed"], name: str, line: int, framework: str = "") -> None:
        through = self._through
        steps = [f"{step.verb if number else step.first} {step.name}" for number, step in enumerate(through)]
        steps.append(f"{'imports' if kind == 'import' else 'reads'} {name}")
        if kind == "packed":
            steps.append("is packed")
        elif framework != name:
            steps.append(f"is {framework}")
        first, line = (through[0].name, through[0].line) if through else (name, line + self._shift)
        raise Touches(Reason(kind, first, line, tuple(steps)))

    def _use(self, value: Value, line: int) -> None:
        """Do with `value` what only the thing itself can do."""
        for one in sorted(value, key=_name) if len(value) > 1 else value:
            match one.what:
                case Packed():
                    self._touch("packed", one.name, line)
                case Framework(path):
                    self._touch("framework", one.name, line, path)
                case Bunch(things):
                    self._use(things, line)
                case Instance(definition, parts):
                    self._follow(Thing(one.name, definition), line)
                    self._use(frozenset(thing(one.name, part) for part in parts), line)
                case Definition() | Body():
                    self._follow(one, line)

    def _got(self, value: Value, line: int) -> Value:
        """What is left to be moved of a value that was read: to read a framework or a function is to use it."""
        if not value:
            return PLAIN
        read = {one for one in value if isinstance(one.what, (Framework, *DEFINITIONS))}
        called = {one for one in read if isinstance(one.what, Framework) or not self._mention}
        self._use(frozenset(called), line)
        return value - read

    def _elements(self, value: Value, line: int) -> Value:
        """What iterating over `value`, or an item of it, gives."""
        if not value:
            return PLAIN
        self._use(frozenset(one for one in value if not isinstance(one.what, Bunch)), line)
        return PLAIN.union(*(one.what.things for one in value if isinstance(one.what, Bunch)))

    def _follow(self, one: Thing, line: int) -> None:
        """Go through the code of a function or class, unless nothing has changed since that was done."""
        body = isinstance(one.what, Body)
        scope, code = (one.what.scope, one.what.node) if body else (self._module, one.what)
        if self._judged.get(one) == scope.age() or sum(step.code is code for step in self._through) > 1:
            return
        self._follows += 1
        if self._follows > FOLLOWS:
            self._doubt("deeply nested code")
            return
        self._judged[one] = scope.age()
        self._through.append(Step(one.name, line + self._shift, code=code))
        self._reached.setdefault(one, self._through[:])
        kept = self._scope, self._watching, self._mention
        self._watching, self._mention = [], False
        if isinstance(one.what, Definition):
            self._scope = self._module
            self._definition(one.what, line)
        elif isinstance(one.what.node, ast.ClassDef):
            self._class(one.what.scope, line)
        else:
            self._scope = Scope(one.what.scope, self._free_names(one.what.node))
            self._body(one.what.node)
        self._scope, self._watching, self._mention = kept
        self._through.pop()

    def _definition(self, definition: Definition, line: int) -> None:
        for module in sorted(definition.imports):
            self._import_module(module, line, told=False)
        for name in sorted(definition.reads):
            value = self._lookup(name)
            if value is not None:
                self._use(value, line)
            elif name in OPENING or name == "__import__":
                self._doubt(OPENING.get(name, name))

    def _class(self, scope: Scope, line: int) -> None:
        for value in list(scope.ever.values()):
            self._use(frozenset(one for one in value if isinstance(one.what, DEFINITIONS)), line)

    def _body(self, node: ast.AST) -> None:
        raise NotImplementedError

    def _again(self) -> None:
        """Follow everything once more, with each name of the cell as it ever was: calls may come late."""
        for _ in range(AGAIN):
            done = self._module.age()
            self._scope, self._module.names = self._module, dict(self._module.ever)
            for one in list(self._judged):
                self._through = self._reached[one][:-1]
                self._shift = 0
                self._follow(one, self._reached[one][-1].line)
                self._through = []
            if done == self._module.age():
                return

    def _import_module(self, module: str, line: int, *, told: bool = True) -> bool:
        """Import `module`; False if it can't be told where that leads."""
        if module.partition(".")[0] in self._frameworks:
            self._touch("import", module, line, module)
        chain = self._leads(module)
        if chain:
            self._through += [Step(name, line + self._shift, "imports", "imports") for name in (module, *chain[:-1])]
            self._touch("import", chain[-1], line, chain[-1])
        if chain is None and told:
            self._doubt(f"import {module}")
        return chain is not None

    def _imports(self, modules: Iterable[str], line: int) -> None:
        for module in modules:
            self._import_module(module, line)


def _name(one: Thing) -> str:
    return one.name
