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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from ..payload.changes import imprint
from .frameworks import OF_FRAMEWORKS
from .later import arrived, when_imported
from .outside import Outside, is_elsewhere, is_key, same, told
from .process import OF_THE_NOTEBOOK, OF_THE_PLACE, note_warnings
from .setting import Setting

__all__ = [
    "OF_FRAMEWORKS",
    "OF_THE_NOTEBOOK",
    "OF_THE_PLACE",
    "Outside",
    "Setting",
    "arrived",
    "changed",
    "give",
    "is_elsewhere",
    "is_key",
    "kept_streams",
    "note_warnings",
    "same",
    "take",
    "told",
    "when_imported",
]

_waiting: dict[str, Any] = {}
"""States that were given before their library was loaded, by name: numpy loads its random module at the first use."""


def take(settings: tuple[Setting, ...]) -> dict[str, Any]:
    """The present state of what is loaded, or waits to be, by name.

    What can't be had, where a cell has broken it, is left out.
    """
    found = {}
    for setting in settings:
        module = sys.modules.get(setting.module)
        if module is None:
            if setting.name in _waiting and setting not in OF_FRAMEWORKS:  # whose last state is kept by who gave it
                found[setting.name] = _waiting[setting.name]
            continue
        with suppress(Exception):  # any: what a library answers with may be the user's
            if (state := setting.get(module)) is not None:
                found[setting.name] = state
    return found


def give(state: dict[str, Any], *, streams: bool | None = None) -> None:
    """Set what was taken: at once where its library is loaded, else as soon as it is.

    Parameters
    ----------
    state : dict
        Of :func:`take` or :func:`changed`.
    streams : bool, optional
        Only random streams, or only the others.
    """
    for setting in (*OF_THE_PLACE, *OF_THE_NOTEBOOK, *OF_FRAMEWORKS):
        if setting.name not in state or streams not in (None, setting.stream):
            continue
        module, held = sys.modules.get(setting.module), state[setting.name]
        if module is None and setting.brings:
            module = importlib.import_module(setting.module)
        if module is not None:
            setting.set(module, held)
            continue
        if setting.name not in _waiting:
            when_imported(setting.module, partial(_arrived, setting))
        _waiting[setting.name] = held


def _arrived(setting: Setting, module: Any) -> None:
    setting.set(module, _waiting.pop(setting.name))


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
