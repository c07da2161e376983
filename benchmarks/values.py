"""Which kinds of values cross from one cell to the next as if nothing had happened? ``python -m benchmarks.values``

Each kind (see :mod:`.kinds`) is made in one isolated cell and checked in another, of one kernel. Beside it plain
cloudpickle between two processes: the same two cells, but that the first dumps the value to bytes and the second loads
them, so that both ways have the same processes, namespaces and imports, and differ in the road only.
"""

from __future__ import annotations

import argparse
import ast
import json
import queue
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .harness import Bench
from .kernels import ROOT, Cell, Kernel, started
from .kinds import Kind, read
from .machine import facts
from .report import Answer, Table, about

FOLDERS = (ROOT / "tests" / "values" / "kinds", ROOT / "tests" / "values")
LIMIT = 120  # seconds for a cell of a kind
LONG = 300  # characters of a reason

GOOD = ("ok", "refused")
"""Verdicts that are as they should be; the others say what went wrong, and ``wrong`` that nobody would have known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a kind one way.

    ``what`` is 'ok', 'wrong' (it arrived, and is not what it was), 'not sent', 'not opened', 'refused' (as it should
    be, and named), 'unnamed' (refused, without saying what), 'shipped' (it should not have), 'lost' (refused, and the
    rest with it), 'not made', 'no answer'.
    """

    what: str
    why: str = ""
    seconds: float = 0.0


class Kernels:
    """A kernel for all kinds, and another where one takes it along.

    Parameters
    ----------
    start : callable
        Gives a context in which there is a kernel.
    """

    def __init__(self, start: Callable[[], AbstractContextManager[Kernel]] = started) -> None:
        self._start = start
        self._context: AbstractContextManager[Kernel] | None = None
        self._kernel: Kernel | None = None

    def judged(self, way: Callable[[Kernel, Kind], Verdict], kind: Kind) -> Verdict:
        """What becomes of a kind; a kernel that doesn't answer is a verdict, and is replaced."""
        if self._context is None:
            self._context = self._start()
            self._kernel = self._context.__enter__()
        try:
            return way(self._kernel, kind)
        except (queue.Empty, TimeoutError, RuntimeError) as error:
            self.close()
            return Verdict("no answer", f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """End the kernel there is."""
        context, self._context, self._kernel = self._context, None, None
        if context is not None:
            context.__exit__(None, None, None)


@contextmanager
def kernels() -> Iterator[Kernels]:
    """Kernels, all ended afterwards."""
    found = Kernels()
    try:
        yield found
    finally:
        found.close()


def by_isokernel(kernel: Kernel, kind: Kind) -> Verdict:
    """Declared as output of one cell and as input of the next."""
    names = ",".join(kind.names)
    made = kernel.tell(f"%%isolated -o {names},expect\nexpect = None\n{kind.make}", LIMIT)
    if kind.expect == "refused":
        return _refusal(kernel, kind, made)
    if made.error:
        return Verdict("not sent", made.error[:LONG], made.seconds)
    checked = kernel.tell(f"%%isolated -i {names},expect -o ok,evidence\n{kind.check}", LIMIT)
    return _checked(kernel, checked, made.seconds)


def _refusal(kernel: Kernel, kind: Kind, made: Cell) -> Verdict:
    if not made.error:
        return Verdict("shipped", "was not refused", made.seconds)
    missing = [word for word in kind.refusal if word.lower() not in made.error.lower()]
    if missing:
        return Verdict("unnamed", f"{', '.join(missing)} not in: {made.error[:LONG]}", made.seconds)
    kept = kernel.tell("import isokernel; print('expect' in isokernel.last_run().partial)")
    return Verdict("refused" if kept.text.strip() == "True" else "lost", kept.error, made.seconds)


def by_cloudpickle(kernel: Kernel, kind: Kind) -> Verdict:
    """Dumped to bytes by plain cloudpickle in one cell, loaded in the next. The bytes cross, and ``expect``."""
    made = kernel.tell(f"%%isolated -o dumped,failed,expect\nexpect = None\n{kind.make}\n{_dump(kind)}", LIMIT)
    if made.error:
        return Verdict("not made", made.error[:LONG], made.seconds)
    failed = ast.literal_eval(kernel.tell("print(repr(failed))").text)
    if failed:
        named = kind.expect == "refused" and all(word.lower() in failed.lower() for word in kind.refusal)
        bad = "unnamed" if kind.expect == "refused" else "not sent"
        return Verdict("refused" if named else bad, failed[:LONG], made.seconds)
    if kind.expect == "refused":
        return Verdict("shipped", "was not refused", made.seconds)
    checked = kernel.tell(f"%%isolated -i dumped,expect -o ok,evidence\n{LOAD}\n{kind.check}", LIMIT)
    if checked.error.startswith("NotOpened"):
        return Verdict("not opened", checked.error[:LONG], made.seconds + checked.seconds)
    return _checked(kernel, checked, made.seconds)


def _dump(kind: Kind) -> str:
    values = ", ".join(f"{name!r}: {name}" for name in kind.names)
    return f"""
import cloudpickle
dumped, failed = b'', ''
try:
    dumped = cloudpickle.dumps({{{values}}}, protocol=5)
except Exception as error:
    failed = f'{{type(error).__name__}}: {{error}}'
"""


LOAD = """
import cloudpickle
class NotOpened(Exception):
    pass
try:
    globals().update(cloudpickle.loads(dumped))
except Exception as error:
    raise NotOpened(f'{type(error).__name__}: {error}') from None
"""


def _checked(kernel: Kernel, checked: Cell, before: float) -> Verdict:
    seconds = before + checked.seconds
    if checked.error:
        return Verdict("wrong", checked.error[:LONG], seconds)
    told = kernel.tell(f"print(repr((bool(ok), str(evidence)[:{LONG}])))")
    if told.error:
        return Verdict("no answer", told.error, seconds)
    ok, evidence = ast.literal_eval(told.text)
    return Verdict("ok", "", seconds) if ok else Verdict("wrong", evidence, seconds)


WAYS = {"cloudpickle": by_cloudpickle, "isokernel": by_isokernel}


def judge(kinds: Sequence[Kind], bench: Bench, ways: Sequence[str] = tuple(WAYS)) -> dict[str, dict[str, Verdict]]:
    """Verdicts by kind and way."""
    found: dict[str, dict[str, Verdict]] = {}
    with kernels() as running:
        for number, kind in enumerate(kinds):
            bench.progress(f"values: {kind.name}", number, len(kinds))
            found[kind.name] = {way: running.judged(WAYS[way], kind) for way in ways}
    return found


def measure(bench: Bench, patterns: Sequence[str] = (), ways: Sequence[str] = tuple(WAYS)) -> Answer:
    """Answer the question of this module."""
    answer = Answer("values: which kinds cross from one cell to the next as if nothing had happened")
    folder = bench.kinds or next((f for f in FOLDERS if f.is_dir() and any(f.glob("*.py"))), None)
    if folder is None:
        answer.notes.append("no kinds to judge: name a folder of them with --kinds")
        return answer
    kinds = read(folder, patterns)
    if bench.quick:
        kinds = kinds[:: max(len(kinds) // 4, 1)]
    verdicts = judge(kinds, bench, ways)
    answer.facts["verdicts"] = {name: {way: asdict(v) for way, v in each.items()} for name, each in verdicts.items()}
    answer.tables += [table(kinds, verdicts, ways), totals(kinds, verdicts, ways)]
    for kind in kinds:
        verdict = verdicts[kind.name].get("isokernel")
        if verdict is not None and verdict.what not in GOOD:
            answer.notes.append(f"{kind.name}: {verdict.what}: {' '.join(verdict.why.split())}")
    return answer


def table(kinds: Sequence[Kind], verdicts: dict[str, dict[str, Verdict]], ways: Sequence[str]) -> Table:
    """A row a kind."""
    rows = [(k.name, k.expect, *(verdicts[k.name][way].what for way in ways)) for k in kinds]
    return Table("Kinds of values", ("kind", "should", *ways), tuple(rows))


def totals(kinds: Sequence[Kind], verdicts: dict[str, dict[str, Verdict]], ways: Sequence[str]) -> Table:
    """How many of each verdict, for kinds that should ship and for those that can't."""
    counts = {way: Counter((k.expect, verdicts[k.name][way].what) for k in kinds) for way in ways}
    seen = sorted({key for count in counts.values() for key in count}, key=lambda key: (key[0] != "ships", key[1]))
    rows = [(what, should, *(str(counts[way][should, what]) for way in ways)) for should, what in seen]
    return Table("In all", ("verdict", "should", *ways), tuple(rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """The report alone; 0 where all kinds do by isokernel what they should."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.values", description="Which kinds of values cross.")
    parser.add_argument("patterns", nargs="*", help="names of kinds, or shell patterns; all by default")
    parser.add_argument("--kinds", type=Path, metavar="FOLDER", help="by default those of tests/values")
    parser.add_argument("--only", choices=WAYS, help="one way instead of both beside each other")
    parser.add_argument("--json", type=Path, metavar="FILE", help="verdicts with their reasons")
    options = parser.parse_args(arguments)
    machine: dict[str, Any] = facts()
    print(about(machine), flush=True)
    bench = Bench(kinds=options.kinds)
    answer = measure(bench, options.patterns, (options.only,) if options.only else tuple(WAYS))
    bench.progress.clear()
    print(f"\n{answer.text()}")
    if options.json:
        told = {"machine": machine, "answers": {"values": answer.json()}}
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    verdicts = answer.facts.get("verdicts", {}).values()
    return int(any(each[way]["what"] not in GOOD for each in verdicts for way in each if way == "isokernel"))


if __name__ == "__main__":
    sys.exit(main())
