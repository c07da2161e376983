"""``python -m benchmarks [--only start,ship] [--quick] [--json FILE] [--plots FOLDER]``: ask, and tell."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from . import QUESTIONS, plots
from .harness import Bench
from .machine import facts
from .report import about


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 0 where every goal was met, or with ``--quick``, which shows none."""
    options = parser().parse_args(arguments)
    bench = Bench(options.quick, options.kinds)
    machine = facts()
    print(about(machine), flush=True)
    if options.plots and importlib.util.find_spec("matplotlib") is None:
        sys.exit("--plots needs matplotlib: pip install isokernel[bench]")
    answers = {}
    for name in options.only:
        answers[name] = answer = importlib.import_module(f".{name}", __package__).measure(bench)
        bench.progress.clear()
        print(f"\n{answer.text()}", flush=True)
        if options.json:  # after each: what was measured for an hour must not be lost with the last question
            told = {"machine": machine, "quick": options.quick, "answers": {n: a.json() for n, a in answers.items()}}
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(told, indent=1) + "\n")
        if options.plots:
            plots.draw({name: json.loads(json.dumps(answer.json()))}, options.plots)
    missed = sum(not goal.met for answer in answers.values() for goal in answer.goals)
    return 1 if missed and not options.quick else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What isolation costs on this machine.")
    parser.add_argument("--only", type=questions, default=QUESTIONS, help=f"some of: {','.join(QUESTIONS)}")
    parser.add_argument("--quick", action="store_true", help="small and few: whether it works, not what it costs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all samples and the machine's facts")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw them, as SVG and PNG; needs matplotlib")
    parser.add_argument("--kinds", type=Path, metavar="FOLDER", help="kinds of values; else those of tests/values")
    return parser


def questions(text: str) -> tuple[str, ...]:
    """The names in a list with commas.

    Raises
    ------
    argparse.ArgumentTypeError
    """
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    unknown = [name for name in names if name not in QUESTIONS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: there are {', '.join(QUESTIONS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
