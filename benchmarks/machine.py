"""The facts of a machine without which a figure says nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

OURS = ("isokernel", "ipykernel", "ipython", "multiprocess", "cloudpickle")
PACKAGES = (*OURS, "numpy", "tensorflow", "keras", "joblib", "loky", "ipyparallel", "ray")


def facts(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Processor, memory, system and versions, JSON-able; a package that isn't installed is None."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "memory_limit": memory_limit(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "bytecode_written": not os.environ.get("PYTHONDONTWRITEBYTECODE"),
        "packages": {name: version(name) for name in packages},
        # Half of what a figure means: who else was at work. See also the spread of each series.
        "load": os.getloadavg()[0],
    }


def version(package: str) -> str | None:
    """The installed version; None where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """The model as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_limit() -> int | None:
    """Bytes that this process's control group may take; None where none are set."""
    try:
        text = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:  # an older hierarchy, or none
        return None
    return None if text == "max" else int(text)
