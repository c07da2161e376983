"""Real kernels, in folders of their own, and the seconds that a client waits for a cell."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent
ORDINARY = (sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}")
READY = 120  # seconds in which a kernel must answer
LIMIT = 600  # seconds for a cell


class CellError(Exception):
    """A cell of a benchmark raised: its figure would be that of an error."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one cell: seconds from its request to the kernel's idle, its text, its error ('' if none)."""

    seconds: float
    text: str
    error: str


class Kernel:
    """A running kernel and its client.

    Parameters
    ----------
    manager : KernelManager
        Of a kernel that was started.
    """

    def __init__(self, manager: KernelManager) -> None:
        self._manager = manager
        self.pid: int = manager.provisioner.pid
        self._client: BlockingKernelClient = manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=READY)

    def tell(self, code: str, limit: float = LIMIT) -> Cell:
        """Run a cell, whatever becomes of it."""
        begun = time.perf_counter()
        request = self._client.execute(code, allow_stdin=False)
        return self._until_idle(request, begun, time.monotonic() + limit)

    def seconds(self, code: str) -> float:
        """How long a cell takes that must not fail.

        Raises
        ------
        CellError
        """
        return _sound(self.tell(code), code).seconds

    def queued(self, code: str, count: int) -> list[float]:
        """The same cell several times, all asked for at once ("Run all"): seconds from one's idle to the next's.

        Raises
        ------
        CellError
        """
        begun, found = time.perf_counter(), []
        for request in [self._client.execute(code, allow_stdin=False) for _ in range(count)]:
            cell = _sound(self._until_idle(request, begun, time.monotonic() + LIMIT), code)
            found.append(cell.seconds)
            begun += cell.seconds
        return found

    def value(self, expression: str) -> Any:
        """A JSON-able value of the kernel's."""
        code = f"import json; print(json.dumps({expression}))"
        return json.loads(_sound(self.tell(code), code).text)

    def restart(self) -> float:
        """Restart it; seconds until it answers."""
        begun = time.perf_counter()
        self._manager.restart_kernel(now=False)
        self._client.wait_for_ready(timeout=READY)
        return time.perf_counter() - begun

    def close(self) -> None:
        """End it, and return when it is gone."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=False)

    def _until_idle(self, request: str, begun: float, deadline: float) -> Cell:
        text, error = [], ""
        while True:
            message = self._client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0))
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                text.append(content["text"])
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                break
        seconds = time.perf_counter() - begun
        reply = self._client.get_shell_msg(timeout=max(deadline - time.monotonic(), 0))
        while reply["parent_header"].get("msg_id") != request:
            reply = self._client.get_shell_msg(timeout=max(deadline - time.monotonic(), 0))
        if reply["content"]["status"] != "ok" and not error:
            error = f"{reply['content'].get('ename', 'aborted')}: {reply['content'].get('evalue', '')}"
        return Cell(seconds, "".join(text), error)


def _sound(cell: Cell, code: str) -> Cell:
    if cell.error:
        raise CellError(f"{cell.error}\nin the cell\n{code[:500]}")
    return cell


@contextmanager
def started(
    *, ordinary: bool = False, preload: Sequence[str] | None = None, options: Sequence[str] = (), cache: str = ""
) -> Iterator[Kernel]:
    """A kernel of this checkout, or of plain ipykernel, that leaves nothing behind.

    Parameters
    ----------
    ordinary : bool
        ipykernel's instead of isokernel's.
    preload : sequence of str, optional
        What isokernel's template imports; by default what it does by itself.
    options : sequence of str
        More of the kernel's command line: ``--IsoKernel.idle=5``.
    cache : str
        A folder in which isokernel keeps what it learns; by default what one run taught is not known in the next.
    """
    spec = json.loads((ROOT / "kernelspec" / "kernel.json").read_text())
    spec["argv"] = list(ORDINARY) if ordinary else [sys.executable, *spec["argv"][1:]]
    arguments = list(options)
    if preload is not None:
        arguments += [f"--IsoKernel.preload={module}" for module in preload] or ["--IsoKernel.preload=[]"]
    with tempfile.TemporaryDirectory(prefix="isokernel-benchmark-") as folder:
        home, work = Path(folder, "kernels", "measured"), Path(folder, "work")
        home.mkdir(parents=True)
        work.mkdir()
        (home / "kernel.json").write_text(json.dumps(spec))
        manager = KernelManager(kernel_name="measured")
        manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(home.parent)])
        # Cells of a benchmark don't belong into the user's history, nor his start-up files into its figures.
        environment = {**os.environ, "IPYTHONDIR": str(Path(folder, "ipython")), "ISOKERNEL_CACHE": cache}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        # What kernels and TensorFlow say of themselves would stand between the figures.
        with Path(folder, "log").open("w+b") as log:
            manager.start_kernel(cwd=str(work), env=environment, extra_arguments=arguments, stdout=log, stderr=log)
            try:
                kernel = Kernel(manager)
            except RuntimeError as error:
                manager.shutdown_kernel(now=True)
                log.seek(0)
                raise RuntimeError(f"{error}; it said:\n{log.read()[-2000:].decode(errors='replace')}") from None
            try:
                yield kernel
            finally:
                kernel.close()
