"""Rows: places that lack something."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
from conftest import Kernel, Reply

from isokernel.processes import below

from .fault import NOT_BELOW_TMP, Fault, Place
from .outside import kill, standbys
from .stage import _python

LARGE = "x = 'x' * 10_000_000"


def shell(text: str, *needs: str, env: dict[str, str | None] | None = None) -> Place:
    """After some commands of a shell's; ``{tmp}`` in them is a folder of the test."""
    return Place(("sh", "-c", f'{text}; exec "$@"', "sh"), env or {}, needs)


READ_ONLY = "mount --bind $d $d && mount -o remount,bind,ro $d"  # as it is: the environment may lie below it


def mounted(text: str, *needs: str, **env: str | None) -> Place:
    """Where some things are mounted, for the kernel alone."""
    inner = f'{text} && exec "$@"'
    return Place(("unshare", "--mount", "sh", "-c", inner, "sh"), dict(env), ("root", "unshare", *needs))


def denied(calls: str) -> Place:
    """Where the system refuses some calls."""
    return Place((sys.executable, str(Path(__file__).with_name("deny.py")), calls), needs=("x86_64",))


def user(number: int, *more: str, **env: str | None) -> Place:
    """As a plain user, without an entry in passwd."""
    # Python itself may be in a folder that is not everybody's.
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    ids = [f"--reuid={number}", f"--regid={number}", "--clear-groups", *reads]
    may_read = ("sh", "-c", 'chmod a+r {tmp}/kernel.json; exec "$@"', "sh")
    return Place((*may_read, *more, "setpriv", *ids), dict(env), ("root", "setpriv"))


def _no_processes(kernel: Kernel) -> Reply:
    """A run while the kernel's user may have no process more."""
    pids = [_python(kernel.pid), *below(_python(kernel.pid))]
    kernel.run("import os, resource as r\nmost = r.getrlimit(r.RLIMIT_NPROC)[1]")
    limit = "for pid in {}:\n    if os.path.exists(f'/proc/{{pid}}'): r.prlimit(pid, r.RLIMIT_NPROC, ({}, most))"
    kernel.run(limit.format(pids, 1))  # by the user itself
    kill(*(ready := standbys(kernel)))
    psutil.wait_procs(ready, timeout=2)
    time.sleep(0.1)  # until the kernel has seen it, too
    reply = kernel.run(f"%%isolated -o x\n{LARGE}")
    kernel.run(limit.format(pids, "most"))
    return reply


def _no_descriptors(kernel: Kernel) -> Reply:
    """A run while the notebook itself has all descriptors that it may have."""
    kernel.run("import os\nheld = []\ntry:\n    while True: held.append(os.dup(0))\nexcept OSError: pass")
    reply = kernel.run(f"%%isolated -o x\n{LARGE}")
    kernel.run("for fd in held: os.close(fd)\ndel held")
    return reply


def _few_descriptors(kernel: Kernel) -> Reply:
    """A run where the notebook may have fewer descriptors than it has."""
    kernel.run("import resource as r\nwas = r.getrlimit(r.RLIMIT_NOFILE)\nr.setrlimit(r.RLIMIT_NOFILE, (64, was[1]))")
    for _ in range(2):  # these are ready
        kernel.run("%%isolated\n1")
    reply = kernel.run(f"%%isolated -o x\n{LARGE}")
    kernel.run("r.setrlimit(r.RLIMIT_NOFILE, was)")
    return reply


def _no_directory(kernel: Kernel) -> Reply:
    """A run in a working directory that is gone."""
    kernel.run("import os, tempfile\nwas = os.getcwd()\nos.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())")
    reply = kernel.run(f"%%isolated -o x\n{LARGE}")
    kernel.run("os.chdir(was)")
    return reply


DESCRIPTORS = (
    Fault("80 descriptors, of which the kernel needs 73", LARGE, "ulimit -n|Too many open files", "(WorkerNotStarted|OSError)", lasting=True,
          place=shell("ulimit -n 80"), sample=True),
    Fault("112 descriptors", LARGE, ename="", place=shell("ulimit -n 112")),
    Fault("64 descriptors, from when the kernel runs", act=_few_descriptors, told="ulimit -n", ename="(|WorkerNotStarted)"),
    Fault("the kernel's descriptors 0, 1 and 2 are closed", LARGE, ename="", place=shell("exec <&- >&- 2>&-")),
    Fault("the notebook itself holds all descriptors", told="", ename="(|WorkerNotStarted|WorkerDied)",
          act=_no_descriptors, place=shell("ulimit -n 512")),
    Fault("SIGCHLD is ignored", LARGE, ename="", place=shell("trap '' CHLD")),
    Fault("SIGINT is ignored, as of a job in the background", LARGE, ename="", place=shell("trap '' INT")),
    Fault("SIGTERM and SIGHUP are ignored", LARGE, ename="", place=shell("trap '' TERM HUP")),
)  # fmt: skip
FILES = (
    Fault("/tmp is full", LARGE, ename="",
          place=mounted("mount -t tmpfs -o size=64k none /tmp && (head -c 200000 /dev/zero >/tmp/full || :) 2>/dev/null",
                        NOT_BELOW_TMP)),
    Fault("/tmp is read-only", LARGE, ename="", place=mounted(f"for d in /tmp; do {READ_ONLY}; done"), sample=True),
    Fault("/tmp, /dev/shm and HOME are read-only", LARGE, ename="",
          place=mounted(f"mkdir {{tmp}}/home; for d in {{tmp}}/home /tmp /dev/shm; do {READ_ONLY}; done", HOME="{tmp}/home")),
    Fault("TMPDIR is missing", LARGE, ename="", place=shell(":", env={"TMPDIR": "{tmp}/missing"})),
    Fault("TMPDIR is full, memfd_create is refused", LARGE, "No space left", "UnpackableOutput",
          place=Place(("unshare", "--mount", "sh", "-c", 'mkdir {tmp}/small; mount -t tmpfs -o size=64k none {tmp}/small && exec "$@"', "sh",
                       *denied("memfd_create").before), {"TMPDIR": "{tmp}/small"}, ("root", "unshare", "x86_64"))),
    Fault("HOME is read-only", LARGE, ename="",
          place=mounted("mkdir {tmp}/home; mount -t tmpfs -o ro none {tmp}/home", HOME="{tmp}/home", ISOKERNEL_CACHE=None)),
    Fault("HOME is missing", LARGE, ename="", place=shell(":", env={"HOME": "{tmp}/missing", "ISOKERNEL_CACHE": None})),
    Fault("there is no HOME", LARGE, ename="", place=shell(":", env={"HOME": None, "ISOKERNEL_CACHE": None})),
    Fault("the notebook's working directory is deleted", act=_no_directory, ename="", sample=True),
    Fault("umask 777", LARGE, ename="", place=shell("umask 777")),
)  # fmt: skip
REFUSED = (
    Fault("memfd_create is refused", LARGE, ename="", place=denied("memfd_create"), sample=True),
    Fault("pidfd_open is refused", LARGE, ename="", place=denied("pidfd_open"), sample=True),
    Fault("pidfd_open and memfd_create are refused", LARGE, ename="", place=denied("pidfd_open,memfd_create")),
    Fault("prctl is refused", LARGE, ename="", place=denied("prctl")),
)  # fmt: skip
USERS = (
    Fault("a user without an entry in passwd", LARGE, ename="",
          place=user(4242, HOME="/", ISOKERNEL_CACHE=None), sample=True),
    Fault("there are no more processes (ulimit -u)", told="not run", ename="WorkerNotStarted",
          act=_no_processes, place=user(4243, HOME="/")),
    Fault("the kernel is process 1", LARGE, ename="",
          place=Place(("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"), {}, ("root", "unshare")), sample=True),
)  # fmt: skip

PLACES = {
    "Descriptors and signals that are inherited": DESCRIPTORS, "Files": FILES, "Refused calls": REFUSED, "Users": USERS,
}  # fmt: skip
