"""One secret of Python's hash() for all processes of a kernel: what was hashed in one cell is so in all of them.

Python draws it when a process starts, unless PYTHONHASHSEED gives it (Python's documentation, "Environment variables").
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

VARIABLE = "PYTHONHASHSEED"
OURS = "ISOKERNEL_HASHSEED"
"""Says that the other one is ours, and no wish of the user's: whoever is started by it takes both away."""

_seed = ""


def settle() -> None:
    """Begin this process anew with a secret that others can be given; once, and not where the user has given one."""
    if os.environ.get(OURS):
        forget()
    elif os.environ.get(VARIABLE, "random") == "random" and not sys.flags.ignore_environment:
        seed = str(int.from_bytes(os.urandom(4), "little"))
        os.execve(sys.executable, sys.orig_argv, {**os.environ, VARIABLE: seed, OURS: seed})


def forget() -> None:
    """Take the variables away that started this process; its own children draw their own, as ever."""
    global _seed
    if seed := os.environ.pop(OURS, ""):
        _seed = seed
        os.environ.pop(VARIABLE, None)


def same(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for a process that is to have this one's secret, beside those of `environment`, which go before."""
    if not _seed or environment.get(VARIABLE, "random") != "random":
        return {}
    return {VARIABLE: _seed, OURS: _seed}
