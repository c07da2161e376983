"""The suites, how they are got, and how one is run: each run is a process of pytest's, bounded in time.

A test asks Jupyter for ``python3``. What that is (ipykernel, isokernel, or isokernel with every cell in a process of
its own) is decided by a folder on ``JUPYTER_PATH``, so that no test need know.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ipykernel.kernelspec import get_kernel_dict

from isokernel import specs

from .plugin import OURS, OUTCOMES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS = 900  # for one run of a suite
IN_PROCESS = ("tests/test_ipkernel_direct.py", "tests/test_kernel_direct.py", "tests/test_zmq_shell.py",
              "tests/test_comm.py", "tests/test_kernelapp.py", "tests/inprocess")  # fmt: skip
PLAIN, OURSELVES, EVERYTHING = "ipykernel", "isokernel", "isokernel-all"


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests that pytest can run.

    Parameters
    ----------
    title : str
    folder : Path
        Where they are.
    tests : tuple of str
        Files and folders there.
    options : tuple of str
        What pytest is told beside.
    kernel : str
        The folder of the kernel of ours that they are for.
    """

    title: str
    folder: Path
    tests: tuple[str, ...]
    options: tuple[str, ...]
    kernel: str = OURSELVES


def kernels(folder: Path) -> None:
    """Write what ``python3`` can stand for, each into a folder for ``JUPYTER_PATH``."""
    content = specs.content()
    everything = {**content, "argv": [*content["argv"], "--IsoKernel.isolate=all"]}
    for name, spec in ((PLAIN, get_kernel_dict()), (OURSELVES, content), (EVERYTHING, everything)):
        specs.write(folder / name / "kernels" / "python3", spec)


def suites(folder: Path, quick: bool) -> list[Suite]:
    """All of them, or those that take seconds; ipykernel's own tests are brought into `folder`."""
    alone = ("-c", os.devnull, "--rootdir=.", "--noconftest")
    # pytest-asyncio wants to hear what ipykernel's configuration leaves to a default of its
    loops = ("-o", "asyncio_default_fixture_loop_scope=function")
    theirs = ipykernels(folder)
    others = tuple(f"--ignore={each}" for each in IN_PROCESS)
    soon = [
        Suite("jupyter_kernel_test", HERE, ("samples.py",), alone),
        Suite("jupyter_kernel_test, every cell isolated", HERE, ("samples.py",), alone, EVERYTHING),
        Suite("ipykernel's own tests that make a kernel in their own process", theirs, IN_PROCESS, loops),
    ]
    late = [
        Suite("ipykernel's own tests, all others", theirs, ("tests",), (*loops, *others)),
        Suite("the demo's notebook by nbclient, nbconvert and papermill", HERE, ("notebooks.py",), alone),
    ]
    return soon if quick else soon + late


def ipykernels(folder: Path) -> Path:
    """The tests of the installed ipykernel, as its source distribution has them, and nothing else of it."""
    wanted = f"ipykernel=={version('ipykernel')}"
    command = ["download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary", "ipykernel", wanted]
    subprocess.run([sys.executable, "-m", "pip", *command, "-d", str(folder)], check=True, timeout=SECONDS)
    (archive,) = folder.glob("ipykernel-*.tar.gz")
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.name.split("/")[1:2] in (["tests"], ["pyproject.toml"])]
        tar.extractall(folder, members, filter="data")
    return archive.with_name(archive.name.removesuffix(".tar.gz"))


def run(suite: Suite, kernel: str, folder: Path, tests: Sequence[str] = ()) -> dict[str, str]:
    """Run a suite, or some tests of it: 'passed', 'failed' or 'skipped', by test.

    Raises
    ------
    subprocess.TimeoutExpired
    FileNotFoundError
        If pytest did not get to the end.
    """
    outcomes = folder / f"{kernel}-{suite.folder.name}.json"
    outcomes.unlink(missing_ok=True)
    environment = {
        **os.environ,
        # Here, for the kernels; the plugin by its own name, because ipykernel has a package `tests`, too.
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),
        "JUPYTER_PATH": str(folder / kernel),
        "IPYTHONDIR": str(folder / kernel / "ipython"),
        OUTCOMES: str(outcomes),
        **({} if kernel == PLAIN else {OURS: "1"}),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "plugin",
        "-p",
        "no:cacheprovider",
        *suite.options,
        *(tests or suite.tests),
    ]
    with (folder / f"{outcomes.stem}.log").open("a") as log:
        subprocess.run(command, cwd=suite.folder, env=environment, stdout=log, stderr=log, timeout=SECONDS, check=False)
    return json.loads(outcomes.read_text())
