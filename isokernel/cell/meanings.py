"""What names stand for, and what a cell was found to do with them: the words in which recognition is asked and answers.

Whoever holds the notebook's namespace puts it into these words; nothing here knows the namespace, or looks into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from .reads import global_imports, global_reads


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework's module, or a member of one; `path` is what to call it: ``'tensorflow.keras'``."""

    path: str


@dataclass(frozen=True, slots=True)
class Packed:
    """A result that stays packed: a `Handle`.

    Attributes
    ----------
    members : frozenset of str
        What it can be asked for without being opened.
    """

    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of the notebook.

    Attributes
    ----------
    reads : frozenset of str
        Globals that its code reads, builtins included. They are looked up where the cell runs.
    imports : frozenset of str
        Modules that its code imports, by their full names.
    """

    reads: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()

    @classmethod
    def of(cls, value: object, namespace: dict[str, object]) -> Definition:
        """What the functions of `value` that read `namespace` do; `value` is a function or class."""
        return cls(global_reads(value, namespace), global_imports(value, namespace))


@dataclass(frozen=True, slots=True)
class Instance:
    """An object that is to be moved freely; to use it is to use its class, if that is the notebook's, and its parts.

    Attributes
    ----------
    definition : Definition
        Its class, which is of the notebook, or nothing.
    parts : tuple of Meaning
        What it leads to: a partial to its function, a pipeline to a step of the notebook's.
    """

    definition: Definition = Definition()
    parts: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A list, tuple, set or dict, with the meanings of its items; empty if they mean nothing."""

    items: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A module that is no framework, or a member of one; importlib's and isokernel's are of interest."""

    path: str


Meaning = Framework | Packed | Definition | Instance | Holding | Module


class Notebook(Protocol):
    """Knows what the notebook's names stand for."""

    def meaning(self, name: str) -> Meaning | None:
        """What a name, or a magic (``%name``, ``%%name``), stands for before the cell; None where it is no meaning."""


class Nothing:
    """A notebook without names."""

    def meaning(self, name: str) -> None:
        """None."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell touches a framework.

    Attributes
    ----------
    kind : str
        What happens in the end: a framework is imported, a name is read that is one, or one that is packed.
    name : str
        What the cell itself reads or imports.
    line : int
        Where, from 1 in the source that was given.
    steps : tuple of str
        How it leads from there to the framework, as in ``('uses train', 'reads model', 'is packed')``.
    """

    kind: Literal["import", "framework", "packed"]
    name: str
    line: int
    steps: tuple[str, ...]

    def __str__(self) -> str:
        """As in ``uses train, which reads model, which is packed (line 3)``."""
        return f"{', which '.join(self.steps)} (line {self.line})"


@dataclass(frozen=True, slots=True)
class Touch:
    """Whether a cell touches a framework.

    Attributes
    ----------
    reason : Reason or None
        The first, in the order in which the cell executes; None if there is none.
    uncertain : tuple of str
        Constructs that were met up to there and can't be judged, as in ``('exec', 'import lib', '%unknown')``.
    """

    reason: Reason | None = None
    uncertain: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.reason is not None
