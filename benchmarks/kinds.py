"""Kinds of values: small files that say how one is made, what crosses, and how to tell that it arrived.

A file holds literals only and is read, never imported:

    MAKE      a cell that makes the value, and ``expect``, by which it is judged
    NAMES     what crosses, beside ``expect``
    CHECK     a cell of a fresh process that was given these; sets ``ok``, and ``evidence`` to be read
    EXPECT    'ships' or 'refused'
    REFUSAL   of a refused kind: words that a good refusal holds (the variable, the attribute, the type)
"""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EXPECTATIONS = ("ships", "refused")
CONSTANTS = ("MAKE", "NAMES", "CHECK", "EXPECT", "REFUSAL")


class KindError(Exception):
    """A file that is no kind: what is wrong with it, and where."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value; ``about`` is its file's docstring."""

    name: str
    about: str
    make: str
    names: tuple[str, ...]
    check: str
    expect: str = "ships"
    refusal: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Kind:
        """The kind that a file describes.

        Raises
        ------
        KindError
        """
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            held = dict(_constants(tree))
            kind = cls(
                path.stem,
                (ast.get_docstring(tree) or "").strip(),
                held["MAKE"],
                tuple(held["NAMES"]),
                held["CHECK"],
                held.get("EXPECT", "ships"),
                tuple(held.get("REFUSAL", ())),
            )
        except KeyError as error:
            raise KindError(f"{path}: no {error.args[0]}") from None
        except (SyntaxError, ValueError) as error:
            raise KindError(f"{path}: {error}") from None
        if kind.expect not in EXPECTATIONS:
            raise KindError(f"{path}: EXPECT is {kind.expect!r}, not one of {', '.join(EXPECTATIONS)}")
        return kind


def _constants(tree: ast.Module):
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in CONSTANTS:
            yield node.targets[0].id, ast.literal_eval(node.value)


def read(folder: Path, patterns: Sequence[str] = ()) -> list[Kind]:
    """The kinds of a folder, by name; those that match one of the shell patterns, if any are given.

    Raises
    ------
    KindError
    """
    paths = sorted(path for path in folder.glob("*.py") if not path.name.startswith(("_", "test_", "conftest")))
    wanted = [p for p in paths if not patterns or any(fnmatch.fnmatch(p.stem, pattern) for pattern in patterns)]
    return [Kind.read(path) for path in wanted]
