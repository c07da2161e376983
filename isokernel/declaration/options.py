"""The options of a declaration, each documented here and nowhere else, and how their values are read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..cgroup import parse_memory
from ..devices import parse_gpus
from ..errors import BadOption

_LARGEST_SEED = 2**32 - 1  # numpy.random.seed's
HIDDEN = "…"  # in the place of a variable's value
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the declaration, and its only documentation."""

    flags: tuple[str, ...]
    metavar: str
    help: str


OPTIONS = (
    Option(("-i", "--input"), "NAMES", "what goes in: names, or name=expression; may be repeated"),
    Option(("-o", "--output"), "NAMES", "what comes back: names that the cell assigns; may be repeated"),
    Option(("--auto",), "", "find out what goes in and what comes back, as if the cell ran in the notebook"),
    Option(("--cold",), "", "start a fresh interpreter instead of a copy that has the frameworks imported"),
    Option(("--env",), "NAME=VALUE", "set an environment variable for this run; may be repeated"),
    Option(("--seed",), "N", "seed random, numpy and the framework before the cell"),
    Option(("--gpus",), "GPUS", "wait for this many GPUs (2), or for these (0,3 or device=3); or all, or none"),
    Option(("--timeout",), "TIME", "stop the cell after this time: 90s, 10m, 2h"),
    Option(("--memory",), "SIZE", "stop the cell where it holds more memory, with all that it starts: 8G, 80%"),
    Option(("--keep-children",), "", "let the processes that the cell starts live on after it"),
    Option(("--pdb",), "", "open the debugger where the cell fails, as %pdb does"),
    Option(("--linger",), "TIME", "keep the process for its widgets after the cell has ended: 10m, 90s"),
    Option(("--packed",), "", "leave the results packed, to be passed on or opened later by .load()"),
)

EXAMPLES = {
    "--env": "TF_CPP_MIN_LOG_LEVEL=3",
    "--seed": "42",
    "--linger": "10m",
    "--timeout": "2h",
    "--memory": "8G",
    "--gpus": "2",
}
"""A value of each option that takes one."""


def variable(text: str) -> tuple[str, str]:
    """The name and the text of ``NAME=VALUE``."""
    name, given, value = text.partition("=")
    if not given or not name:
        raise BadOption(f"--env {name}", reason=f"write NAME=VALUE, as in --env {EXAMPLES['--env']}")
    if value == HIDDEN:
        raise BadOption(f"--env {name}", reason=f"the {HIDDEN} stands for a value that isn't shown; write it there")
    return name, value


def seed(text: str) -> int:
    """0 to 2**32 - 1."""
    if not re.fullmatch(r"[0-9]+", text) or int(text) > _LARGEST_SEED:
        raise BadOption(f"--seed {text}", reason=f"a seed is a whole number from 0 to {_LARGEST_SEED}")
    return int(text)


def duration(flag: str, text: str) -> float:
    """Seconds, from ``10m``, ``1.5h``, ``90s`` or ``90``; more than none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if seconds <= 0:
        raise BadOption(f"{flag} {text}", reason=f"a time is a number with s, m or h, as in {flag} {EXAMPLES[flag]}")
    return seconds


def gpus(text: str) -> str:
    """Which GPUs, checked: ``2``, ``0,3``, ``device=3``, ``all``, ``none``."""
    try:
        parse_gpus(text)
    except ValueError as error:
        raise BadOption(f"--gpus {text}", reason=str(error)) from None
    return text


def memory(text: str) -> str:
    """An amount of memory, checked: ``8G``, ``80%``."""
    try:
        parse_memory(text)
    except ValueError:
        reason = f"a size is a number with K, M, G or %, as in --memory {EXAMPLES['--memory']}"
        raise BadOption(f"--memory {text}", reason=reason) from None
    return text
