"""The counters behind Keras' automatic names ("dense", "dense_1", ...), which are one table for the whole process.

A fresh process counts from zero, so the first ``Dense`` made beside a carried model would be called "dense" like the
model's own, and ``model.add`` refuses two layers of one name. So a carried object that has a name takes its place in
the receiver's table when it arrives: the counter of its name is raised just past it, never lowered. That is where the
counter stood, at least, in the process it comes from. Names that nothing carried has are not touched: a cell that makes
a model from scratch gets the same names in every run.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Mapping

from keras.src.backend.common import global_state

NUMBERED = re.compile(r"(.+)_(\d+)\Z")


def counters() -> dict[str, int]:
    """The process' counters: how many names were given for each prefix."""
    return dict(_table())


def raise_counters(counters: Mapping[str, int]) -> None:
    """Raise the process' counters to at least `counters`; none is lowered.

    For a receiver that is to name what it makes as the sender would have named it next. A single carried object needs
    no call: it claims its own name.
    """
    table = _table()
    for prefix, count in counters.items():
        if table.get(prefix, 0) < count:
            table[prefix] = count


def claim(name: object) -> None:
    """Keep automatic naming in this process from giving `name` a second time."""
    if type(name) is str and name:
        numbered = NUMBERED.match(name)
        raise_counters({name: 1})
        if numbered:
            raise_counters({numbered[1]: int(numbered[2]) + 1})


def _table() -> dict[str, int]:
    return global_state.get_global_attribute(
        "object_name_uids", default=collections.defaultdict(int), set_to_default=True
    )
