"""What a user sets for the whole process is no business of ours: cells run, and their results come back, whatever it is.

In the kernel (a plain cell sets it, isolated ones follow), and in the process of a cell that sets it for itself.
"""

from __future__ import annotations

import re

import psutil
import pytest

SETTINGS = {
    "sockets time out": ("import socket; socket.setdefaulttimeout(30)", "socket.setdefaulttimeout(None)"),
    "sockets don't wait": ("import socket; socket.setdefaulttimeout(0)", "socket.setdefaulttimeout(None)"),
    "a umask": ("import os; os.umask(0o777)", "os.umask(0o022)"),
    "warnings are errors": ("import warnings; warnings.simplefilter('error')", "warnings.resetwarnings()"),
    "threads switch rarely": ("import sys; sys.setswitchinterval(1.0)", "sys.setswitchinterval(0.005)"),
    "nothing is collected": ("import gc; gc.disable()", "gc.enable()"),
    "little recursion": ("import sys; sys.setrecursionlimit(150)", "sys.setrecursionlimit(3000)"),
    "small stacks": ("import threading; threading.stack_size(65536)", "threading.stack_size(0)"),
    "nothing is logged": ("import logging; logging.disable(logging.CRITICAL)", "logging.disable(logging.NOTSET)"),
    "decimals trap": (
        "import decimal; decimal.getcontext().prec = 1; decimal.getcontext().traps[decimal.Inexact] = True",
        "decimal.setcontext(decimal.Context())",
    ),
    "numpy raises": ("import numpy; numpy.seterr(all='raise')", "numpy.seterr(all='warn')"),
    "another language": (
        "import locale, os; os.environ['LC_ALL'] = 'tr_TR.ISO-8859-9'", "os.environ.pop('LC_ALL', None)",
    ),
    "no temporary folder": ("import tempfile; tempfile.tempdir = '/nowhere'", "tempfile.tempdir = None"),
    "stdout is a text": ("import sys, io; _out = sys.stdout; sys.stdout = io.StringIO()", "sys.stdout = _out"),
    "stderr is a text": ("import sys, io; _err = sys.stderr; sys.stderr = io.StringIO()", "sys.stderr = _err"),
    "hooks that exit": (
        "import sys, threading\ndef _hook(*_): raise SystemExit(3)\n"
        "sys.excepthook = threading.excepthook = sys.unraisablehook = _hook",
        "sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__\n"
        "sys.unraisablehook = sys.__unraisablehook__",
    ),
    "threads are profiled": ("import threading; threading.setprofile(lambda *_: None)", "threading.setprofile(None)"),
    "a policy of loops": (
        "import asyncio\nclass _Policy(asyncio.DefaultEventLoopPolicy):\n"
        "    def new_event_loop(self): raise RuntimeError('mine')\nasyncio.set_event_loop_policy(_Policy())",
        "asyncio.set_event_loop_policy(None)",
    ),
    "the environment is a dict": (
        "import os; _environ, os.environ = os.environ, dict(os.environ)", "os.environ = _environ",
    ),
    "files are few": (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, resource.getrlimit(7)[1]))",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(7)[1]))",
    ),
    "files are small": (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))",
    ),
}  # fmt: skip


def _replaced(path: str) -> tuple[str, str]:
    module, _, _ = path.rpartition(".")
    return (
        f"import {module}; _was = {path}\ndef _mine(*_, **__): raise RuntimeError({path!r})\n{path} = _mine",
        f"{path} = _was",
    )


# But not what ipykernel itself can't do without.
REPLACED = (
    "builtins.open", "builtins.print", "builtins.input", "builtins.sorted", "builtins.sum", "builtins.map",
    "pickle.dumps", "pickle.loads", "pickle.Pickler", "pickle.Unpickler", "tempfile.TemporaryFile", "subprocess.Popen",
    "os.fdopen", "os.listdir", "os.getcwd", "os.path.exists", "socket.socketpair", "struct.pack", "secrets.token_hex",
    "copy.deepcopy", "random.random", "hashlib.sha256", "linecache.getlines", "inspect.getsource",
    "importlib.import_module", "gc.collect", "threading.Thread", "queue.SimpleQueue", "asyncio.new_event_loop",
)  # fmt: skip
SETTINGS |= {path: _replaced(path) for path in REPLACED}
for _name in ("sleep", "time", "monotonic", "perf_counter"):
    SETTINGS[f"time.{_name} stands still"] = (
        f"import time; _clock = time.{_name}; time.{_name} = lambda *_: 0.0", f"time.{_name} = _clock",
    )  # fmt: skip


@pytest.fixture(scope="module")
def notebook(start_kernel):
    """A kernel whose template is there: what is set is set between two cells."""
    kernel = start_kernel()
    assert kernel.run("x = 41\ndef f(a):\n    return a + 1\n").ok
    yield kernel
    kernel.close()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.battery if name in REPLACED[9:] else ()) for name in SETTINGS],
)
def test_a_setting_of_the_notebook_costs_no_cell(notebook, name):
    """A declared cell and one that declares nothing, twice: the second worker is made after the setting."""
    setting, restore = SETTINGS[name]
    assert notebook.run(setting).ok
    replies = [
        notebook.run(code)
        for code in ('%%isolated -i x,f -o y\ny = [f(x), "ü"]', '%%isolated --auto\nz = [f(x), "ü"]') * 2
    ]
    restored = notebook.run(f"{restore}\nassert y == z == [42, 'ü']\ndel y, z")
    assert [reply.error for reply in (*replies, restored)] == [""] * 5
    said = "".join(reply.text("stderr") for reply in replies)
    assert re.sub(r"isokernel: declared cells aren't given .*\n", "", said) == ""


INSIDE = [name for name in SETTINGS if name != "the environment is a dict"]
CARRIED = [name for name in INSIDE if name not in REPLACED and not name.startswith("time.")]
"""What one process goes on with: functions that were replaced stay so behind an undeclared cell."""


@pytest.mark.parametrize(
    ("magic", "names"),
    [
        ("%%isolated -i x,f -o y", INSIDE[::2]),
        ("%%isolated -i x,f -o y", INSIDE[1::2]),
        ("%%isolated --auto", CARRIED[::2]),
        ("%%isolated --auto", CARRIED[1::2]),
    ],
    ids=["declared, even", "declared, odd", "undeclared, even", "undeclared, odd"],
)
def test_settings_of_a_cell_cost_it_no_result(notebook, names, magic):
    """Many at a time; those that travel with an undeclared cell are taken back."""
    lines = [line for name in names for line in SETTINGS[name][0].split("\n")]
    body = "\n".join(f"    {line}" for line in lines)
    reply = notebook.run(f'{magic}\ndef _set():\n{body}\n_set()\ndel _set\ny = [f(x), "ü"]')
    assert reply.error == reply.text("stderr") == ""
    restore = "\n".join(SETTINGS[name][1] for name in names if "_" not in SETTINGS[name][1])
    assert notebook.run(f"import os, sys\n{restore}\nassert y == [42, 'ü']\ndel y").error == ""


def test_a_template_is_made_anew_after_a_reset(notebook):
    """Though ``__main__`` has no ``__spec__`` then, and whatever the defaults for sockets and files are."""
    assert notebook.run("%reset -f").ok
    assert notebook.run("import socket, tempfile; socket.setdefaulttimeout(0); tempfile.tempdir = '/nowhere'").ok
    for process in psutil.Process(notebook.pid).children():
        process.kill()
    assert [notebook.run("%%isolated -o y\ny = 1").error for _ in range(3)] == [""] * 3  # the first by a standby
    assert notebook.run("socket.setdefaulttimeout(None); tempfile.tempdir = None").ok
