"""A kernel to do something to; what there was before, and what there is afterwards."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

import psutil
from conftest import Kernel, Reply

from isokernel.processes import alive, below, children

# What ipykernel, pyzmq and numpy start when they are first needed is none of ours.
WARM = (
    "import numpy as np, sys\nnp.ones((300, 300)) @ np.ones((300, 300))\nprint('x' * 1_000_000)\nprint(file=sys.stderr)",
    "1/0",
    "%%isolated\n1/0",
    "%%isolated\nimport os; os.abort()",
)
SLEEP = "%%isolated\nimport time\nprint('go')\ntime.sleep(9)"
EVENTS = "anon_inode:[eventfd]"  # pyzmq's: ipykernel has a pair of sockets for each thread that has printed
WITHIN = 30.0  # seconds until nothing may be left; a busy machine takes some of them
X = "[1, 2, 3]"


@dataclass(frozen=True, slots=True)
class Census:
    """What a kernel holds: processes below it, or without a parent, by their commands; its descriptors by their kinds, its threads by name."""

    processes: Counter[str]
    fds: Counter[str]
    threads: Counter[str]

    def more_than(self, before: Census) -> str:
        """What there is more or less of now, in words; ''."""
        found = [f"{n} more of {what!r}" for what, n in (self.processes - before.processes).items()]
        found += [f"{n} fewer of {what!r}" for what, n in (before.processes - self.processes).items()]
        for what, now, then in (("descriptor", self.fds, before.fds), ("thread", self.threads, before.threads)):
            found += [f"{n} more {what} {kind!r}" for kind, n in (now - then).items()]
        return ", ".join(found)


class Stage:
    """A kernel, and what must be true of it.

    Parameters
    ----------
    kernel : Kernel
        What loses its parent below this process must come to it, so it has to be a subreaper.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.pid = _python(kernel.pid)
        self._others = strangers()
        self.good = False  # nothing is known to be wrong with it
        for cell in WARM:
            kernel.run(cell)
        kernel.run(
            SLEEP, on_message=lambda message: message["msg_type"] == "stream" and kernel.manager.interrupt_kernel()
        )
        self.run_next()
        self.before = self._settled()
        self.good = True

    def run_next(self, told: str = "") -> tuple[float, list[str]]:
        """Run an isolated and a plain cell; seconds of the first, which fails as `told`, and what was wrong."""
        problems = []
        begun = time.perf_counter()
        isolated = self.kernel.run(f"%%isolated -i x=({X})\nx", timeout=30)
        seconds = time.perf_counter() - begun
        if not (matches(told, said(isolated)) if told else isolated.result == X):
            problems.append(f"the next isolated cell: {isolated.error or isolated.messages}")
        plain = self.kernel.run("import gc; gc.collect(); 1 + 1")
        if plain.result != "2":
            problems.append(f"the next plain cell: {plain.error}")
        return seconds, problems

    def quiet(self) -> list[str]:
        """Messages that come after idle; there must be none."""
        with suppress(Empty):
            while True:
                late = self.kernel.client.get_iopub_msg(timeout=0.05)
                if (
                    late["parent_header"]["msg_type"] != "interrupt_request"
                ):  # they have a busy and an idle of their own
                    return [f"after idle came a {late['msg_type']}: {str(late['content'])[:200]}"]
        return []

    def left(self) -> str:
        """What there is that was not there before, once :data:`WITHIN` has passed; ''."""
        deadline = time.monotonic() + WITHIN
        while found := self.census().more_than(self.before):
            if time.monotonic() > deadline:
                return found
            time.sleep(0.02)
        return ""

    def census(self) -> Census:
        """Count."""
        orphans = strangers() - self._others
        processes = Counter(map(_command, alive([*below(self.pid), *orphans])))
        return Census(processes, self._each("fd"), self._each("task"))

    def orphans(self) -> list[str]:
        """Processes that a kernel which is gone has left, after :data:`WITHIN` at most."""
        deadline = time.monotonic() + WITHIN
        while (left := strangers() - self._others) and time.monotonic() < deadline:
            time.sleep(0.02)
        return [_command(pid) for pid in left]

    def _each(self, what: str) -> Counter[str]:
        folder, found = Path(f"/proc/{self.pid}/{what}"), Counter()
        for name in os.listdir(folder):
            with suppress(OSError):  # gone meanwhile
                each = folder / name
                text = os.readlink(each) if what == "fd" else (each / "comm").read_text().strip()
                if text == EVENTS:
                    continue
                found[re.sub(r"\d+", "…", text)] += 1
        return found

    def _settled(self) -> Census:
        # Two standbys, and nothing that a start leaves behind for a moment.
        seen, last, since = self.census(), None, time.monotonic()
        while seen != last or time.monotonic() - since < 0.3:
            if seen != last:
                last, since = seen, time.monotonic()
            time.sleep(0.02)
            seen = self.census()
        return seen


def strangers() -> frozenset[int]:
    """Processes that have lost their parent, and so are now below this one; what has ended is taken leave of."""
    found = set()
    for pid in children(os.getpid()):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE and "ipykernel" not in _command(pid):
                found.add(pid)
    return frozenset(found)


def said(reply: Reply | None) -> str:
    """All that the user is told of."""
    if reply is None:
        return ""
    return "\n".join(part for part in (reply.error, reply.text("stderr")) if part)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text of lines."""
    return re.search(pattern, text, re.DOTALL) is not None


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:90]
    return ""


def _python(pid: int) -> int:
    """The kernel itself, below what starts it."""
    for each in (pid, *below(pid)):
        with suppress(OSError):
            if "python" in os.path.basename(os.readlink(f"/proc/{each}/exe")):
                return each
    return pid
