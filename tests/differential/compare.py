"""Notebooks on python3 and on isokernel, cell by cell, and what each leaves.

Many notebooks share a kernel, one after the other: each has names of its own, which are removed behind it. Cells are
sent together, so a notebook costs what its cells cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .notebooks import notebook

HERE = Path(__file__).parent
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LOGS = re.compile(r"^(WARNING: All log messages|[IWE]\d{4} \d\d:).*\n?", re.M)
NOISE = [
    (ANSI, ""), (re.compile(r"0x[0-9a-f]{6,}"), "0x"), (re.compile(r"ipykernel_\d+"), "ipykernel"), (LOGS, ""),
    # Differences that remain, told in docs/crossing.md.
    (re.compile(r"^WARNING:tensorflow:\d+ out of the last .*\n?", re.M), ""), (re.compile(r"\b_\w+Dataset\b"), "_Dataset"),
]  # fmt: skip
SAID = re.compile(r"^(isokernel:|# %% isolated|`# %% prelude`).*\n?", re.M)
TIMEOUT = 120


@dataclass(slots=True)
class Seen:
    """What one cell put out."""

    text: str = ""
    error: str = ""
    said: str = ""


@dataclass(slots=True)
class Difference:
    """A notebook that is not the same on both, with the first cell that differs; its length for what is left.

    Attributes
    ----------
    told : bool
        isokernel said something of it to the user, before or there.
    """

    seed: int
    cell: int
    cells: list[str]
    python3: str
    isokernel: str
    told: bool

    def __str__(self) -> str:
        cells = "\n".join(f"--- [{n}]\n{cell}" for n, cell in enumerate(self.cells))
        return f"seed {self.seed}, cell {self.cell}{' (told)' if self.told else ''}\n{cells}\n=== python3\n{self.python3}\n=== isokernel\n{self.isokernel}\n"


@dataclass(slots=True)
class Player:
    """Plays notebooks in one kernel."""

    client: Any
    _texts: dict[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client.execute(
            f"__import__('sys').path.insert(0, {str(HERE)!r}); __import__('portrait'); del __import__('sys').path[0]",
            silent=True,
        )

    def play(self, cells: list[str], prefix: str) -> tuple[list[Seen], list[str]]:
        """What each cell put out, and the lines of the portrait."""
        sent = [self.client.execute(cell, allow_stdin=False, stop_on_error=False) for cell in cells]
        ask = {"left": f"__import__('json').dumps(__import__('portrait').take(get_ipython().user_ns, {prefix!r}))"}
        last = self.client.execute("", silent=True, user_expressions=ask)
        seen = {message: Seen() for message in sent}
        waiting = {*sent, last}
        while waiting:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            parent, kind, content = message["parent_header"].get("msg_id"), message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                waiting.discard(parent)
            if parent in seen:
                _add(seen[parent], kind, content)
        while (reply := self.client.get_shell_msg(timeout=TIMEOUT))["parent_header"]["msg_id"] != last:
            pass
        left = reply["content"]["user_expressions"]["left"]
        lines = (
            json.loads(eval(left["data"]["text/plain"]))
            if left["status"] == "ok"
            else [f"{left['ename']}: {left['evalue']}"]
        )
        return [seen[message] for message in sent], lines


def _add(seen: Seen, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        text = content["text"]
    elif kind in ("display_data", "execute_result"):
        text = content["data"].get("text/plain", " ".join(sorted(content["data"]))) + "\n"
    elif kind == "error":
        seen.error = _plain(f"{content['ename']}: {content['evalue']}")
        return
    else:
        return
    seen.said += "".join(SAID.findall(text))
    seen.text += _plain(SAID.sub("", text))


def _plain(text: str) -> str:
    for pattern, by in NOISE:
        text = pattern.sub(by, text)
    return text


def differences(ours: Player, theirs: Player, seeds: Iterable[int], training: bool = False) -> Iterator[Difference]:
    """The notebooks that end or print otherwise; of those that train only the names are compared at the end."""
    for seed in seeds:
        cells = notebook(seed, training)
        here, left = ours.play(cells, f"v{seed}_")
        there, expected = theirs.play(cells, f"v{seed}_")
        if training:  # their values are packed
            left, expected = _names(left), _names(expected)
        for n, (mine, python3) in enumerate(zip(here, there, strict=True)):
            if (mine.text, mine.error) != (python3.text, python3.error):
                told = any("isokernel:" in each.said for each in here[: n + 1])
                yield Difference(seed, n, cells, f"{python3.text}{python3.error}", f"{mine.text}{mine.error}", told)
                break
        else:
            if left != expected:
                pairs = [(a, b) for a, b in zip(expected, left) if a != b]
                missing, more = set(_names(expected)) - set(_names(left)), set(_names(left)) - set(_names(expected))
                a, b = pairs[0] if pairs else ("", "")
                told = any("isokernel:" in each.said for each in here)
                yield Difference(
                    seed, len(cells), cells, f"{a}\nmissing: {sorted(missing)}", f"{b}\nmore: {sorted(more)}", told
                )


def _names(lines: list[str]) -> list[str]:
    return [line.partition(" = ")[0] for line in lines]
