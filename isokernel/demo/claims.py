"""What the demo claims, and whether it is so: pure, from what the executed notebooks told.

The same cell, run again, must report the same facts; and where a cell says what was ``asked``, its other facts must be
that. Anything else came from an earlier run, and is a leak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .evidence import ASKED, Example, Run, Told

GOOD = 0.9  # accuracy on the digits' test images; a network that learned nothing has 0.1
UNDECLARED = "undeclared"  # the run of a cell that reads a global and doesn't declare it
REFUSAL = "UndeclaredName"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact through the runs of an example.

    Parameters
    ----------
    name : str
    values : tuple
        As the runs reported it, in order.
    asked : tuple
        What it had to be in each; empty where nothing was asked, and it had only to stay the same.
    """

    name: str
    values: tuple[Any, ...]
    asked: tuple[Any, ...] = ()

    @property
    def leaked(self) -> bool:
        """Whether an earlier run shows in it."""
        expected = self.asked or self.values[:1] * len(self.values)
        return self.values != expected


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the demo, whether it holds, and what shows it."""

    text: str
    holds: bool
    evidence: str


def facts(runs: tuple[Run, ...]) -> tuple[Fact, ...]:
    """The facts of one example, in the order they were first told."""
    values: dict[str, list[Any]] = {}
    asked: dict[str, list[Any]] = {}
    for run in runs:
        for name, value in run.facts.items():
            if name != ASKED:
                values.setdefault(name, []).append(value)
                asked.setdefault(name, []).extend([run.facts[ASKED]] if ASKED in run.facts else [])
    return tuple(Fact(name, tuple(seen), tuple(asked[name])) for name, seen in values.items())


def leaks(runs: tuple[Run, ...]) -> tuple[Fact, ...]:
    """The facts of one example that leaked."""
    return tuple(fact for fact in facts(runs) if fact.leaked)


def accuracy(told: Told) -> float | None:
    """On the test images; None where it wasn't told."""
    return next((run.facts["accuracy"] for run in told.runs if "accuracy" in run.facts), None)


def judge(ordinary: Told, isolated: Told) -> list[Claim]:
    """All claims on what python3 (``ordinary``) and isokernel (``isolated``) told."""
    claims: list[Claim] = []
    for example in ordinary.examples:
        if example.measures == "leaks":
            claims += _leaks(example, ordinary.of(example), isolated.of(example))
    claims.append(_refusal(ordinary, isolated))
    for kernel, told in (("python3", ordinary), ("isokernel", isolated)):
        reached = accuracy(told)
        claims.append(Claim(f"accuracy above {GOOD} on {kernel}", (reached or 0) > GOOD, f"{reached}"))
    return claims


def _leaks(example: Example, ordinary: tuple[Run, ...], isolated: tuple[Run, ...]) -> list[Claim]:
    there, here, count = leaks(ordinary), leaks(isolated), len(facts(ordinary))
    # Silence is no cleanliness: it has to tell as much, and as often.
    as_much = [(f.name, len(f.values)) for f in facts(isolated)] == [(f.name, len(f.values)) for f in facts(ordinary)]
    return [
        Claim(f"{example.title}: leaks on python3", bool(there), f"{len(there)} of {count} facts"),
        Claim(
            f"{example.title}: doesn't on isokernel",
            as_much and not here,
            f"{len(here)} of {count} facts" if as_much else "it told other facts than python3",
        ),
    ]


def _refusal(ordinary: Told, isolated: Told) -> Claim:
    there, here = ([run for run in told.runs if run.run == UNDECLARED] for told in (ordinary, isolated))
    return Claim(
        "a global that isn't declared: read on python3, refused on isokernel",
        bool(there and here) and not any(run.error for run in there) and all(run.error == REFUSAL for run in here),
        f"python3 {came_to(there)}, isokernel {came_to(here)}",
    )


def came_to(runs: list[Run]) -> str:
    """How cells that may raise ended."""
    return ", ".join(f"raised {run.error}" if run.error else "ran" for run in runs) or "told nothing"
