"""Settings of a process, and random streams, that travel with undeclared cells.

A cell that declares nothing keeps the semantics of a notebook, where ``np.random.seed(0)`` in one cell is felt by the
next. What is listed here, in `process` and `frameworks`, is carried for it, and nothing else; a declared cell is given
none of it. What a framework holds is carried from one isolated run to the next; the rest is also the notebook's own, in
both directions. ``%prelude`` shows the list.

What is not public of others is in :mod:`isokernel.contracts`.
"""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..payload.changes import imprint
from .frameworks import OF_FRAMEWORKS
from .later import when_imported
from .outside import Outside, is_key, same, told
from .process import OF_THE_NOTEBOOK, OF_THE_PLACE
from .setting import Setting

__all__ = [
    "OF_FRAMEWORKS",
    "OF_THE_NOTEBOOK",
    "OF_THE_PLACE",
    "Outside",
    "Setting",
    "changed",
    "give",
    "is_key",
    "kept_streams",
    "same",
    "take",
    "told",
    "when_imported",
]

Later = Callable[[str, Callable[[Any], None]], None]


def take(settings: tuple[Setting, ...]) -> dict[str, Any]:
    """The present state of what is loaded, by name; what can't be had, where a cell has broken it, is left out."""
    found = {}
    for setting in settings:
        module = sys.modules.get(setting.module)
        with suppress(Exception):  # any: what a library answers with may be the user's
            if module is not None and (state := setting.get(module)) is not None:
                found[setting.name] = state
    return found


def give(state: dict[str, Any], *, streams: bool | None = None, later: Later | None = None) -> None:
    """Set what was taken, where its library is loaded.

    Parameters
    ----------
    state : dict
        Of :func:`take` or :func:`changed`.
    streams : bool, optional
        Only random streams, or only the others.
    later : callable, optional
        ``later(name, set)`` calls ``set(module)`` when that module is imported.
    """
    for setting in (*OF_THE_PLACE, *OF_THE_NOTEBOOK, *OF_FRAMEWORKS):
        if setting.name not in state or streams not in (None, setting.stream):
            continue
        module, held = sys.modules.get(setting.module), state[setting.name]
        if module is None and setting.brings:
            module = importlib.import_module(setting.module)
        if module is not None:
            setting.set(module, held)
        elif later is not None:
            later(setting.module, lambda module, setting=setting, held=held: setting.set(module, held))


def of_the_start(state: dict[str, Any]) -> bool:
    """Whether some of this has to be set before a framework starts."""
    return any(setting.name in state for setting in OF_FRAMEWORKS if setting.start)


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What of `after` is not as in `before`; of environment variables, only those that differ."""
    found = {name: state for name, state in after.items() if not _same(state, before.get(name))}
    variables = "environment variables"
    if variables in found:
        was, now = before.get(variables, {}), after[variables]
        found[variables] = {
            **{name: value for name, value in now.items() if was.get(name) != value},
            **{name: None for name in was if name not in now},
        }
    return found


def _same(one: Any, other: Any) -> bool:
    try:
        return pickle.dumps(one) == pickle.dumps(other)  # states hold arrays, which don't compare
    except Exception:  # noqa: BLE001 (any: they may hold a function or a class of the notebook's)
        found = imprint(one, {})
        return found is not None and found == imprint(other, {})


@contextmanager
def kept_streams() -> Iterator[None]:
    """Leave the random streams as they are, whatever is drawn meanwhile."""
    state = take(tuple(s for s in (*OF_THE_NOTEBOOK, *OF_FRAMEWORKS) if s.stream))
    yield
    give(state)
