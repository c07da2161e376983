"""A control group whose processes together get so much of the processors, as a container's do (cgroups(7))."""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds in which the share is counted; the system's own default
PATIENCE = 5.0


class Group:
    """A group below this process' own; processes that are started :meth:`inside` belong to it as long as they live.

    Parameters
    ----------
    processors : float
        1.5 is one and a half.

    Raises
    ------
    OSError
        There is no such thing here, or not for this user.
    """

    def __init__(self, processors: float) -> None:
        share, self._outside = str(int(processors * PERIOD)), _own()
        self._folder = self._outside / f"isokernel-{uuid.uuid4().hex[:8]}"
        self._folder.mkdir()
        try:
            if (self._folder / "cpu.cfs_quota_us").exists():  # version 1
                (self._folder / "cpu.cfs_period_us").write_text(str(PERIOD))
                (self._folder / "cpu.cfs_quota_us").write_text(share)
            else:
                (self._folder / "cpu.max").write_text(f"{share} {PERIOD}")
        except OSError:
            self.close()
            raise

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This process is in the group meanwhile."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._outside / "cgroup.procs").write_text(str(os.getpid()))

    def close(self) -> None:
        """Remove it, when its processes have ended.

        Raises
        ------
        OSError
            They have not, after :data:`PATIENCE` seconds.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._folder.rmdir()
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def _own() -> Path:
    rows = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    for _, controllers, path in rows:
        if "cpu" in controllers.split(","):
            return ROOT / "cpu" / path.lstrip("/")
    return ROOT / next(path for _, controllers, path in rows if not controllers).lstrip("/")
