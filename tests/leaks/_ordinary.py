"""An ordinary kernel, as far as leaks go: one process, in which all cells of a notebook run.

``python _ordinary.py MODULE...`` imports the modules and reads standard input, a leak's job a line. Each is played in a
fork of this process, by an IPython of its own, and answered by a line. What a fork started ends with it.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

LIMIT = 60  # seconds that one leak may take
GRACE = 0.5  # seconds in which a resource tracker cleans up, when its process is gone

said = {"stdout": io.StringIO(), "stderr": io.StringIO()}


def take() -> dict[str, str]:
    """What was written to the streams since the last time."""
    texts = {name: stream.getvalue() for name, stream in said.items()}
    for stream in said.values():
        stream.seek(0)
        stream.truncate()
    return texts


async def play(job: dict[str, Any]) -> dict[str, Any]:
    """The leak's cells one after the other, and what the last one found."""
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))

    async def run(source: str) -> str | None:
        code = shell.transform_cell(source)
        result = await shell.run_cell_async(source, store_history=True, transformed_cell=code)
        await asyncio.sleep(0.05)  # a kernel's loop turns between cells
        error = result.error_before_exec or result.error_in_exec
        return None if error is None else f"{type(error).__name__}: {error}"

    if error := await run(job["setup"]):
        return {"failed": f"SETUP: {error}"}
    take()
    runs = []
    for _ in range(job["runs"]):
        error = await run(job["cell"])
        outputs = {} if error else {name: shell.user_ns[name] for name in job["outputs"]}
        runs.append({"error": error, "outputs": outputs, **take()})
    shell.user_ns["runs"] = runs
    if error := await run(job["check"]):
        return {"failed": f"CHECK: {error}"}
    found = shell.user_ns
    return {"leaked": bool(found["leaked"]), "evidence": str(found["evidence"]), "errors": [r["error"] for r in runs]}


def child(job: dict[str, Any], answer: int) -> None:
    """One life: play, answer, leave, whatever the cells have done to this process."""
    os.setsid()
    os.dup2(2, 1)  # what C code prints is no answer
    os.chdir(job["folder"])

    async def life() -> None:
        try:
            found = await play(job)
        except BaseException:  # noqa: BLE001 - it is told
            found = {"failed": traceback.format_exc()}
        os.write(answer, json.dumps(found).encode() + b"\n")
        os._exit(0)

    asyncio.run(life())


def end_group(group: int) -> None:
    """What a fork started and didn't end has a moment to end by itself."""
    deadline = time.monotonic() + GRACE
    try:
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.01)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def serve(modules: list[str]) -> None:
    """Import the modules, with the streams that the cells will have, then fork for each job."""
    sys.path[0] = ""  # as in a kernel, the notebook's folder
    sys.stdout, sys.stderr = said.values()
    for name in modules:
        importlib.import_module(name)
    for line in sys.stdin:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), writing)
        os.close(writing)
        with open(reading) as answers:
            told = answers.readline() if select.select([answers], [], [], LIMIT)[0] else ""
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        end_group(pid)
        os.write(1, (told.strip() or '{"failed": "no answer"}').encode() + b"\n")


if __name__ == "__main__":
    serve(sys.argv[1:])
