"""``python -m tests.conformance [--quick]``: 1 if isokernel fails what ipykernel passes; all suites make docs' page."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from . import suites
from .suites import PLAIN, ROOT, Suite

PAGE = ROOT / "docs" / "conformance.md"
AGAIN = 2  # times that tests are run alone whose outcome differed; one that fails once in all is one that passes
OUTCOMES = ("passed", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a suite came to, by test.

    Parameters
    ----------
    suite : Suite
    there, here : dict
        On ipykernel, and on isokernel.
    unsteady : dict
        What was run again because of a difference, and how often each kernel failed it.
    """

    suite: Suite
    there: dict[str, str]
    here: dict[str, str]
    unsteady: dict[str, str]

    def worse(self) -> list[str]:
        """Tests that ipykernel passes and isokernel doesn't."""
        return [test for test, outcome in self.there.items() if outcome == "passed" and self.here.get(test) != outcome]

    def row(self) -> str:
        """Of the table."""
        counts = [", ".join(f"{list(o.values()).count(k)} {k}" for k in OUTCOMES) for o in (self.there, self.here)]
        return f"| {self.suite.title} | {counts[0]} | {counts[1]} |"


def compared(suite: Suite, folder: Path) -> Comparison:
    """Run a suite on both; what differs, alone again on both, because many of these tests watch the clock."""
    sides = [(kernel, suites.run(suite, kernel, folder)) for kernel in (PLAIN, suite.kernel)]
    (_, there), (_, here) = sides
    differing = [test for test in there if here.get(test) != there[test]]
    failures = {test: [int(outcomes.get(test) != "passed") for _, outcomes in sides] for test in differing}
    for _ in range(AGAIN if differing else 0):
        for side, (kernel, _) in enumerate(sides):
            again = suites.run(suite, kernel, folder, differing)
            for test in differing:
                failures[test][side] += again.get(test) != "passed"
    for side, (_, outcomes) in enumerate(sides):
        outcomes.update({test: "passed" for test in differing if failures[test][side] <= 1})
    told = {
        test: f"failed {m} of {AGAIN + 1} times on ipykernel, {n} on isokernel" for test, (m, n) in failures.items()
    }
    return Comparison(suite, there, here, told)


def page(found: list[Comparison]) -> str:
    """The counts, and what was not as it should be."""
    here = [f"- {each.suite.title}: `{test}`" for each in found for test in each.worse()]
    unsteady = [f"- `{test}` {told}" for each in found for test, told in each.unsteady.items()]
    both = [f"- `{test}`" for each in found for test, outcome in each.there.items() if outcome == "failed"]
    names = ("ipykernel", "jupyter_kernel_test", "nbclient", "nbconvert", "papermill")
    lines = [
        "# Conformance",
        "",
        "Test suites of other projects, unmodified, on ipykernel and on isokernel, on the same machine. Made by",
        "`uv run --extra demo --group conformance python -m tests.conformance`.",
        "",
        "| suite | ipykernel | isokernel |",
        "| --- | --- | --- |",
        *(each.row() for each in found),
        "",
        "One cell of the demo is meant to raise on isokernel, and tagged so. papermill, too, executes the notebook",
        "to its end, and tells of that cell by its exit status, because it knows no such tag.",
        "",
        f"With {', '.join(f'{name} {version(name)}' for name in names)}.",
        "",
        "Passed on ipykernel and not on isokernel:" if here else "Nothing that passes on ipykernel fails on isokernel.",
        *here,
        *(["", "Run again alone, because the first run differed:", *unsteady] if unsteady else []),
        *(["", "Fail on ipykernel itself on that machine:", *both] if both else []),
    ]
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> int:
    """Run, compare, tell."""
    quick = words == ["--quick"]
    if words and not quick:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="isokernel-conformance-") as name:
        folder = Path(name)
        suites.kernels(folder)
        found = []
        for suite in suites.suites(folder, quick):
            found.append(compared(suite, folder))
            print(found[-1].row(), flush=True)
    told = page(found)
    print(told)
    if not quick:
        PAGE.write_text(told, encoding="utf-8")
    return int(any(each.worse() for each in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
