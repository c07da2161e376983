"""What a cell printed, and whether that is the same as what it printed another time: pure.

Printed is what goes to standard output, results, and the plain text of displays; of an exception that a cell is allowed
to raise, its name. Not standard error (warnings, logs and progress bars come there, once in a process or with the
time) and not pictures, but that there is one.

What changes from run to run by nature is taken out before anything is compared: addresses, times of day, durations
and rates, paths of temporary folders, the counters in how Keras' summaries and reprs name layers. Words are then
compared exactly, but for the space between them, and numbers nearly (:data:`NEARLY`).
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..frontend import OURS

NEARLY = 1e-4
"""Relative difference up to which two numbers with a point are one: float32 sums taken in another order, which threads
do, differ by 1e-7, and some epochs of training make 1e-5 of that. Another seed, rate or input differs by far more."""

NOTHING = 1e-7
"""Up to here a number is what float32 leaves of a zero."""

_NUMBER = r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w])"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})|\w+|[^\w\s]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\].*?(?:\x07|\x1b\\)")
_DECORATION = re.compile(r"[\u2500-\u259f]+|([-=_*#.~])\1{3,}")
_REPR = re.compile(r"<[^<>]*>")
_STAND_IN = re.compile(r"<packed [\w.]+|<lost: |, imported where isolated cells run>")
_COUNTER = re.compile(r"(?<=[a-z\d])_\d+\b")
_SET = re.compile(r"\{([^{}:\[\]()]*)\}")
_VERSION = re.compile(r"\bv?\d+\.\d+\.\d+[\w.+-]*")

_UNIT = r"(?:ms|us|µs|μs|ns|s|secs?|seconds?|mins|minutes?|hrs|hours?)"
_NATURE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"0x[0-9a-f]{4,}",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"(?:/private)?/(?:tmp|var/folders|var/tmp)/[^\s'\",;:)\]>]*",
        r"\b(?:mon|tue|wed|thu|fri|sat|sun)\w*,? +(?:\w{3} +\d+|\d+ \w{3})[ \d]* \d+:\d\d:\d\d(?: \w+)?(?: \d{4})?",
        r"\b\d{4}-\d\d-\d\d[ T_]\d\d[:-]\d\d(?:[:-]\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
        r"\b\d{8}[-_]\d{6}\b",
        r"\b\d+:\d\d:\d\d(?:[.,]\d+)?\b",
        r"\[\d+:\d\d<[^\]]*\]|\[[\d:]+, [^\]]*/s\]|\beta:? [\d:]+\b",  # tqdm, and Keras' older bars
        r"\bcell in ?\[\d+\]",
        r"\bpid\W{0,3}\d+",
        r"\d+(?:\.\d+)?(?:e[-+]?\d+)?[ \t]*[\w-]*/s(?:ec|econd)?\b",
        rf"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?[ \t]*{_UNIT}\b(?:/\w+)?",
        # "Training time (total): 3.25", "elapsed 3.1", "took: 12"
        r"\b(?:time|took|elapsed|duration|runtime|wall|latency|throughput|seconds|secs)\b"
        r"(?:[\s:=~'\"]|\(.{0,20}?\)|\b(?:taken|spent|in|for|of|is|was|total|training|per|epoch|step|seconds|secs?|ms|s)\b)*"
        r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?",
        r"^(?:debug|info|warning|error|critical):[\w.]+:.*$",  # a log, on either stream as its library likes
        r"^.*\bloops? each\b.*$",  # %timeit chooses how many
        r"^(?:downloading|extracting|unpacking|using cached|requirement already) .*$",
        r"^\s*\d+/\d+ [\u2500-\u257f]+ \S+ \S+/step\s*$",  # Keras' bar of a download, shown the first time only
    )
]
_BAR = re.compile(r"^\s*\d+/\d+ .*/step|^\s*\d+/\d+ [━=>.\[\]-]+ ")
_ELIDED = "~"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two texts differ first: a line of each, '' where there is none."""

    one: str
    other: str


def printed(outputs: Iterable[Mapping[str, Any]]) -> str:
    """The text of a cell's outputs as a reader sees it: colours gone, lines that were written over as they are at last.

    Parameters
    ----------
    outputs : iterable of mapping
        A code cell's ``outputs``.
    """
    text = ""
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            if output.get("name") == "stdout":
                text += _joined(output.get("text", ""))
        elif kind == "error":
            text = f"{_line_end(text)}{output.get('ename', '')}\n"
        elif kind in ("execute_result", "display_data"):
            data = output.get("data", {})
            shown = _joined(data.get("text/plain", ""))
            if OURS not in output.get("metadata", {}) and "application/vnd.jupyter.widget-view+json" not in data:
                text = f"{_line_end(text)}{shown}\n"
    return "\n".join(_as_shown(line) for line in _ANSI.sub("", text).split("\n")).strip("\n")


def difference(one: str, other: str, *, any_order: bool = False, elsewhere: bool = False) -> Difference | None:
    """Where two printed texts differ first; None where they don't.

    Parameters
    ----------
    one, other : str
        As :func:`printed` gives them.
    any_order : bool
        Whether the same words in another order are the same, as those of a set are in another process.
    elsewhere : bool
        Whether one may come from another installation, so that versions don't count.
    """
    if one == other:
        return None
    if _STAND_IN.search(one) or _STAND_IN.search(other):  # what stands in brackets there is no value, but a name of it
        one, other = (_REPR.sub(_ELIDED, text) for text in (one, other))
    if elsewhere:
        one, other = (_VERSION.sub(_ELIDED, text) for text in (one, other))
    first, second = _comparable(one), _comparable(other)
    tokens, others = ([token for _, line in lines for token in line] for lines in (first, second))
    if _same(tokens, others) or (any_order and _same(sorted(tokens), sorted(others))):
        return None
    return _first(first, second)


def counted_names(text: str) -> set[str]:
    """Names that end in a counter, as Keras gives them (``dense_1``), where they would be compared."""
    words = {token for _, line in _comparable(text) for token in line}
    return {word for word in words if _COUNTER.search(word) and not word[0].isdigit()}


def without_counters(line: str) -> str:
    """A line whose names end in no counter."""
    return _COUNTER.sub("", line)


def _first(one: list[_Line], other: list[_Line]) -> Difference:
    """The first lines that differ, aligned."""
    numbers: dict[tuple[str, ...], int] = {}
    ids: list[list[int]] = [[], []]
    for found, lines in zip(ids, (one, other), strict=True):
        for _, tokens in lines:
            key = tuple(tokens)
            same = (
                next((k for k in numbers if len(k) == len(key) and _same(k, key)), key) if key not in numbers else key
            )
            found.append(numbers.setdefault(same, len(numbers)))
    for tag, i, j, k, m in difflib.SequenceMatcher(None, *ids, autojunk=False).get_opcodes():
        if tag != "equal":
            return Difference(one[i][0] if i < j else "", other[k][0] if k < m else "")
    return Difference(one[0][0] if one else "", other[0][0] if other else "")  # the same lines, wrapped differently


_Line = tuple[str, list[str]]


def _comparable(text: str) -> list[_Line]:
    """Each line that has something to compare, as it was printed and as its tokens."""
    today = datetime.date.today()
    days = [str(today + datetime.timedelta(days=d)) for d in (-1, 0, 1)]
    for pattern in (re.compile("|".join(map(re.escape, days))), *_NATURE):
        text = re.sub(pattern.pattern, _ELIDED, text, flags=pattern.flags | re.MULTILINE)
    text = _REPR.sub(lambda found: _COUNTER.sub("", found[0]), text)
    text = _SET.sub(lambda found: "{" + ", ".join(sorted(map(str.strip, found[1].split(",")))) + "}", text)
    found, table = [], False
    for line in text.split("\n"):
        shown = " ".join(line.split())
        table = table or line.startswith('Model: "')
        if table and "params" in line:
            table = False
        if table and line[:1] in "│┃":
            line = " ".join(line.replace("┃", "│").split("│")[2:4])  # not the columns with names, whose width counts
        elif table or _BAR.match(line):
            line = _COUNTER.sub("", line)
        tokens = [token[0] for token in _TOKEN.finditer(_DECORATION.sub(" ", line)) if token[0] != _ELIDED]
        if tokens:
            found.append((shown, tokens))
    return found


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and all(a == b or _near(a, b) for a, b in zip(one, other))


def _near(one: str, other: str) -> bool:
    """Whether two numbers are one; whole numbers only if they are the same."""
    try:
        first, second = float(one), float(other)
    except ValueError:
        return False
    if not any(mark in one + other for mark in ".eE"):
        return first == second
    apart = abs(first - second)
    if apart <= max(NEARLY * max(abs(first), abs(second)), NOTHING):
        return True
    places, digits = _places(one), len(re.sub(r"\D", "", one).lstrip("0"))
    # 0.34565 may be printed as 0.3456 or 0.3457; of fewer digits the last one is worth more than noise.
    return places == _places(other) and digits >= 4 and apart <= 1.01 * 10**-places


def _places(number: str) -> int:
    return 0 if "e" in number.lower() else len(number.partition(".")[2])


def _as_shown(line: str) -> str:
    r"""A line after its \r and \b, each of which writes over what is there."""
    if "\r" not in line and "\b" not in line:
        return line
    shown: list[str] = []
    at = 0
    for character in line:
        if character == "\r":
            at = 0
        elif character == "\b":
            at = max(0, at - 1)
        else:
            shown[at : at + 1] = character
            at += 1
    return "".join(shown).rstrip()


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _line_end(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
