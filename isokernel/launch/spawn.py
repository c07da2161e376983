"""Cold workers: a fresh interpreter that imports what it needs by itself.

By ``subprocess`` and not by multiprocess' spawn, which tells a child how to become a copy of its parent's
``__main__``: there is nothing of the parent that a worker should become.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from functools import partial
from types import MappingProxyType

from .. import hashing
from ..processes import MARK, kill_marked, kill_seen
from . import Born, Ends, Process, launch

_COMMAND = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from isokernel.worker.main import main; main()"


class SpawnLauncher:
    """Starts a fresh interpreter for each worker."""

    def start(self, environment: Mapping[str, str] = MappingProxyType({})) -> Process:
        """Start one.

        Parameters
        ----------
        environment : mapping of str to str
            Variables beside the kernel's own, for the interpreter and the loader to see.

        Raises
        ------
        WorkerNotStarted
        """
        return launch(partial(_bear, environment), "a fresh interpreter", cold=True)

    def spare(self, pids: Collection[int]) -> None:
        """Nothing is ended but by a worker's own mark."""

    def clear(self, process: Process) -> None:
        """End what a worker that is gone has left running; its mark was in its environment from the start."""
        kill_marked(process.mark)
        kill_seen(process.seen)

    def stop(self) -> None:
        """Nothing is kept between workers."""


def _bear(environment: Mapping[str, str], ends: Ends) -> Born:
    fds = (ends.socket.fileno(), ends.stdout, ends.stderr)
    # The flags that the kernel itself was started with (-X frozen_modules=off, -W error): as multiprocess does.
    flags = subprocess._args_from_interpreter_flags()
    # '' would be the directory that the kernel's launcher took care to remove.
    path = json.dumps([p for p in sys.path if p])
    child = subprocess.Popen(
        [sys.executable, *flags, "-c", _COMMAND, path, *map(str, fds)],
        pass_fds=fds,
        env={**(wanted := {**os.environ, **environment}), **hashing.same(wanted), MARK: ends.mark},
        stdin=subprocess.DEVNULL,
        stdout=ends.stdout,
        stderr=ends.stderr,
        process_group=0,  # from its first instruction: an interrupt of the kernel's group is not its own
    )
    return child.pid, child.wait, lambda: None, partial(_end, child)


def _end(child: subprocess.Popen) -> int:
    """A pipe that ends with the child: a thread waits for it."""
    read, write = os.pipe()

    def wait() -> None:
        child.wait()
        os.close(write)

    threading.Thread(target=wait, name="isokernel-end", daemon=True).start()
    return read
