"""What a cell's failure says of the notebook: pure.

A name or a key that no cell above makes is a flaw, and so is any other exception; what the notebook lacks from outside
(a package, a file, the network, an answer typed in) is none, but leaves what is below it unjudged.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import PurePath

from .cells import Cell
from .finding import Finding
from .running import ORDINARY, Stop

UNJUDGED = frozenset({"missing", "timeout", "died", "input", "start", "isokernel"})

_PACKAGE = frozenset({"ImportError", "ModuleNotFoundError"})
_FILE = frozenset({"FileNotFoundError", "PermissionError", "NotFoundError"})
_NETWORK = re.compile(
    r"(URL|HTTP|Connection|SSL|Proxy|MaxRetry|NewConnection)\w*Error|gaierror|\w*Connect\w*(Timeout|Error)|ReadTimeout"
    r"|RemoteDisconnected|Connection\w+|OfflineModeIsEnabled|LocalEntryNotFoundError|DownloadError"
)
_UNREACHED = re.compile(
    r"URL fetch failure|Name or service not known|name resolution|Network is unreachable|Connection refused"
    r"|Max retries exceeded|Failed to establish a new connection|urlopen error",
    re.IGNORECASE,
)
_REFUSALS = frozenset(
    "BadOption LostInput UnboundOutput EmptyCell UnpackableInput UnpackableOutput WorkerDied WorkerNotStarted "
    "FrameworkImport ProtocolError".split()
)
_NAME = re.compile(r"name '(\w+)' is not defined")
_KEY = re.compile(r"^['\"](.+)['\"]$|['\"]([^'\"]+)['\"](?: not in index|\] not (?:in|found))|no attribute '(\w+)'")
_QUOTED = re.compile(r"['\"]([^'\"\n]+)['\"]")


def refused(stop: Stop) -> bool:
    """Whether isokernel couldn't run the cell, which is no fault of the notebook."""
    return stop.ename in _REFUSALS


def flaw(stop: Stop, cell: Cell, cells: Sequence[Cell]) -> Finding | None:
    """What a failure says against the notebook; None where it couldn't be judged."""
    if stop.kind != "error" or stop.ename == "StdinNotImplementedError":
        return None
    below = [other for other in cells if other.index > cell.index]
    above = [other for other in cells if other.index < cell.index]
    evidence = ((ORDINARY, error(stop)),)
    if stop.ename in _FILE:
        files = {PurePath(name).name for name in _QUOTED.findall(stop.evalue)}
        writers = [c for c in below if files & {PurePath(text).name for text in c.strings}]
        if not writers:
            return None
        what = f"It reads a file that only cell [{writers[0].number}], below it, names besides."
        return Finding("order", cell, what, evidence, (), "Move the cell that writes the file above it.")
    if stop.ename in _PACKAGE or _NETWORK.fullmatch(stop.ename) or _UNREACHED.search(stop.evalue):
        return None
    if stop.ename == "MemoryError" or stop.ename == "ResourceExhaustedError":
        return None
    name = _NAME.search(stop.evalue) if stop.ename == "NameError" else None
    if name is not None:
        return _unbound(name[1], cell, above, below, evidence)
    key = _KEY.search(stop.evalue) if stop.ename in ("KeyError", "AttributeError") else None
    if key is not None:
        key = next(group for group in key.groups() if group)
        makers = [c for c in below if key in c.stored_keys]
        if makers and not any(key in c.stored_keys for c in above):
            what = f"It needs {key!r}, which only cell [{makers[0].number}], below it, makes."
            return Finding("order", cell, what, evidence, (), "Move that cell above this one.")
    saved = () if cell.count is None else (f"It once ran, as [{cell.count}]: with something that is no longer there.",)
    return Finding(
        "failed", cell, "It fails when the notebook is run from top to bottom.", evidence, saved,
        "Mend the cell, or tag it `raises-exception` if the error is meant to be seen.",
    )  # fmt: skip


def _unbound(
    name: str, cell: Cell, above: list[Cell], below: list[Cell], evidence: tuple[tuple[str, str], ...]
) -> Finding:
    later = [other for other in below if name in other.binds]
    if any(name in other.binds for other in above):
        what = f"It needs {name}, which a cell above may set, or deletes, but hasn't set when this one runs."
        return Finding("failed", cell, what, evidence, (), f"Set {name} on every path that leads here.")
    if later:
        what = f"It needs {name}, which only cell [{later[0].number}], below it, sets."
        return Finding("order", cell, what, evidence, (), f"Move cell [{later[0].number}] above cell [{cell.number}].")
    if name in cell.binds:
        what = f"It needs {name} before it sets it: it ran only because an earlier run of it had."
        return Finding("order", cell, what, evidence, (), f"Set {name} before it is read.")
    what = f"It needs {name}, which no cell of the notebook sets: a cell was deleted, or the name was changed."
    return Finding("deleted", cell, what, evidence, (), f"Put back the cell that sets {name}, or rename it here.")


def unjudged(stop: Stop, cell: Cell, kernel: str) -> Finding:
    """Why what is from this cell on couldn't be judged."""
    where = f"on {kernel}"
    seen = ((kernel, error(stop)),) if stop.ename else ()
    if stop.kind == "timeout":
        return Finding(
            "timeout", cell, f"It ran for longer than {stop.evalue} s {where}.", (), (), "Give it more: --timeout."
        )
    if stop.kind == "died":
        return Finding(
            "died", cell, f"The kernel died in it {where}.", (), (), "Memory is the usual reason; run it alone."
        )
    if stop.kind == "start":
        return Finding("start", None, f"No kernel could be started ({kernel}): {line(stop.evalue)}", (), (), "")
    if stop.ename == "StdinNotImplementedError":
        return Finding(
            "input", cell, "It asks for input, which nobody can type here.", (), (), "Set the value in the cell."
        )
    if refused(stop):
        what = "isokernel couldn't run it in a process of its own, so only the ordinary kernel has been heard."
        return Finding("isokernel", cell, what, seen, (), "")
    if stop.ename in _PACKAGE:
        what = "It needs a package that isn't installed here."
        advice = f"Install it, or run the check with the notebook's own Python; this one is {sys.executable}."
    elif stop.ename in _FILE:
        what, advice = "It needs a file that isn't there.", "Cells run in the notebook's own folder."
    elif stop.ename in ("MemoryError", "ResourceExhaustedError"):
        what, advice = "It needs more memory than there is.", ""
    else:
        what, advice = "It needs the network, and couldn't reach it.", ""
    return Finding("missing", cell, what, seen, (), advice)


def error(stop: Stop) -> str:
    """An exception in one line."""
    return f"{stop.ename}: {line(stop.evalue)}" if stop.evalue else stop.ename


def line(text: str) -> str:
    """The first line that says something, without IPython's own name of a cell."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r" \((?:<ipython-input\S*|\d+\.py), (line \d+)\)", r" (\1)", lines[0])[:160] if lines else ""
