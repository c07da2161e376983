"""What the names of a cell may stand for while it is executed in thought, scope by scope and path by path.

A value is the set of the things that it may be and that are of interest: packed results, what holds them, functions of
the cell. Everything else is `PLAIN`, the empty set. Where paths meet, values are united, so a doubt is a possibility.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .meanings import Definition, Framework, Holding, Instance, Meaning, Module, Notebook, Packed
from .scope import free_names


@dataclass(frozen=True, slots=True)
class Bunch:
    """A container, with what it may hold."""

    things: Value


@dataclass(frozen=True, slots=True)
class Body:
    """A function or lambda of the cell, and the scope in which it was made; for a class, its own."""

    node: ast.AST
    scope: Scope


@dataclass(frozen=True, slots=True)
class Thing:
    """One possible value of interest, with the name that it has in messages."""

    name: str
    what: Framework | Packed | Definition | Instance | Module | Bunch | Body


Value = frozenset[Thing]
State = dict[str, Value] | None  # None: no path leads here
PLAIN: Value = frozenset()
_DEEP = 4  # a list that is put into itself, round after round, has an end
DEFINITIONS = (Definition, Body)


def thing(name: str, meaning: Meaning) -> Thing:
    """What `meaning` is as a thing."""
    if isinstance(meaning, Holding):
        return Thing(name, Bunch(frozenset(thing(name, item) for item in meaning.items)))
    return Thing(name, meaning)


def holding(name: str, *values: Value) -> Value:
    """A container of these values; where it is deeper than anybody's, what is at its bottom."""
    things = PLAIN.union(*values)
    level = things
    for _ in range(_DEEP):
        level = inside(level)
        if not level:
            return frozenset({Thing(name, Bunch(things))})
    return frozenset({Thing(name, Bunch(_bottom(things)))})


def _bottom(value: Value) -> Value:
    return PLAIN.union(*(_bottom(one.what.things) if isinstance(one.what, Bunch) else {one} for one in value))


def inside(value: Value) -> Value:
    """What the containers in `value` hold."""
    return PLAIN.union(*(one.what.things for one in value if isinstance(one.what, Bunch)))


@dataclass(slots=True, eq=False)
class Scope:
    """The names of the cell, or of a function, class or script in it.

    `free` are the names that a function has from outside; `shared` those it binds elsewhere (``global``). `names` is
    what they are on the path that is followed, `ever` what they were on any.
    """

    outer: Scope | None = None
    free: frozenset[str] | None = None
    names: State = field(default_factory=dict)
    ever: dict[str, Value] = field(default_factory=dict)
    shared: dict[str, Scope] = field(default_factory=dict)
    changes: int = 0
    kind: Literal["function", "class", "comprehension"] = "function"

    def age(self) -> int:
        """A number that grows with each change here or around."""
        return self.changes + (self.outer.age() if self.outer else 0)


class Scopes:
    """Looks names up and binds them, in the scope that is being executed and those around it."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._meanings: dict[str, Value | None] = {}
        self._module = self._scope = Scope()
        self._watching: list[tuple[Scope, dict[str, Value]]] = []
        self._free: dict[int, frozenset[str]] = {}

    def _lookup(self, name: str) -> Value | None:
        """What `name` may be here; None if it is nothing's name but perhaps a builtin's."""
        scope: Scope | None = self._scope
        while scope is not None:
            value = (scope.names or {}).get(name)
            if value is not None:
                return value
            if scope.free is not None and name not in scope.free:
                return PLAIN  # a local variable, not bound yet, or a parameter
            scope = scope.outer
        return self._given(name)

    def _given(self, name: str) -> Value | None:
        if name not in self._meanings:
            meaning = self._notebook.meaning(name)
            self._meanings[name] = None if meaning is None else frozenset({thing(name, meaning)})
        return self._meanings[name]

    def _bind(self, name: str, value: Value, scope: Scope | None = None) -> None:
        """Bind `name` here, or in a `scope` around: whenever that happens, it may be what it was as well."""
        scope = scope or self._scope.shared.get(name)
        if scope is None:
            scope = self._scope
        else:
            value |= self._without(scope, name) if name not in (scope.names or {}) else scope.names[name]
        if scope.names is None:
            scope.names = {}
        if scope.names.get(name) != value:
            scope.changes += 1
        scope.names[name] = value
        scope.ever[name] = scope.ever.get(name, PLAIN) | value
        for watched, names in self._watching:
            if watched is scope:
                names[name] = names.get(name, PLAIN) | value

    def _without(self, scope: Scope, name: str) -> Value:
        """What `name` would be if `scope` didn't bind it."""
        kept, self._scope = self._scope, scope
        names, scope.names = scope.names, {}
        value = self._lookup(name)
        self._scope, scope.names = kept, names
        return value or PLAIN

    def _join(self, one: State, other: State) -> State:
        """The state where two paths of this scope meet."""
        if one is None or other is None or one == other:
            return other if one is None else one
        met = dict(one)
        for name, value in other.items():
            met[name] = value | (one[name] if name in one else self._without(self._scope, name))
        for name in one.keys() - other.keys():
            met[name] |= self._without(self._scope, name)
        return met

    def _interrupted(self, before: State, watch: dict[str, Value]) -> State:
        """The state after a block that was left somewhere."""
        if before is None:
            return None
        after = dict(before)
        for name, value in watch.items():
            after[name] = value | (before[name] if name in before else self._without(self._scope, name))
        return after

    def _watched(self, run: Callable[[], None]) -> dict[str, Value]:
        """What `run` bound here at any time."""
        watch: dict[str, Value] = {}
        self._watching.append((self._scope, watch))
        run()
        self._watching.pop()
        return watch

    def _around(self) -> Scope:
        """The scope that what is defined here sees: a class isn't one."""
        scope = self._scope
        while scope.kind == "class":
            scope = scope.outer
        return scope

    def _free_names(self, node: ast.AST) -> frozenset[str]:
        if id(node) not in self._free:
            self._free[id(node)] = frozenset(free_names(node).reads)
        return self._free[id(node)]
