"""Kernels to test against, and the hunt for what they leave behind."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("ISOKERNEL_CACHE", "")  # what a kernel learns in one test is not known in the next
MARK = "ISOKERNEL_TESTS"  # in the environment of every process that a test's kernel starts, workers included
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Reply:
    """What one cell did, as a client sees it."""

    content: dict[str, Any]
    messages: list[dict[str, Any]]
    seconds: float

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Contents of the IOPub messages of these types, in order."""
        return [m["content"] for m in self.messages if m["msg_type"] in kinds]

    def text(self, name: str = "stdout") -> str:
        """All text of a stream."""
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def ok(self) -> bool:
        return self.content["status"] == "ok"

    @property
    def error(self) -> str:
        """``ename: evalue``; '' for a cell that went well."""
        return "" if self.ok else f"{self.content['ename']}: {self.content['evalue']}"

    @property
    def traceback(self) -> str:
        """The traceback of the one error message, without colours."""
        (content,) = self.of("error")
        return ANSI.sub("", "\n".join(content["traceback"]))

    @property
    def result(self) -> str | None:
        """The plain text of the cell's result."""
        found = self.of("execute_result")
        return found[0]["data"]["text/plain"] if found else None


@dataclass
class Kernel:
    """A running kernel and a client of it."""

    manager: KernelManager
    client: Any
    mark: str
    may_load: bool = False  # an ordinary kernel, where nothing keeps frameworks out

    def run(self, code: str, timeout: float = 60, on_message: Any = None, **options: Any) -> Reply:
        """Run one cell and wait for its idle."""
        messages: list[dict[str, Any]] = []

        def hook(message: dict[str, Any]) -> None:
            messages.append(message)
            if on_message is not None:
                on_message(message)

        options.setdefault("allow_stdin", False)
        for _ in range(3):
            begun = time.perf_counter()
            reply = self.client.execute_interactive(code, timeout=timeout, output_hook=hook, **options)
            # After an error ipykernel aborts what it takes for queued behind it, until a message to itself has passed
            # through another thread (Kernel._abort_queues): a request that is sent at once may be hit.
            if reply["content"]["status"] != "aborted":
                break
            messages.clear()
        return Reply(reply["content"], messages, time.perf_counter() - begun)

    def value(self, expression: str) -> Any:
        """A JSON-able value of the kernel's namespace."""
        reply = self.run(f"import json as _json; print(_json.dumps({expression}))")
        assert reply.ok, reply.error
        return json.loads(reply.text())

    def held(self, name: str) -> str:
        """How the notebook itself holds a name, as text: no cell is run that would be given the value."""
        found = self.run("", user_expressions={"held": name}, silent=True).content["user_expressions"]["held"]
        return found["data"]["text/plain"]

    def debug(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Ask the frontend's debugger; the body of its answer."""
        content = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
        request = self.client.session.msg("debug_request", content)
        self.client.control_channel.send(request)
        while True:
            reply = self.client.get_control_msg(timeout=30)
            if reply["parent_header"]["msg_id"] == request["header"]["msg_id"]:
                assert reply["content"]["success"], reply["content"]
                return reply["content"].get("body", {})

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def processes(self) -> list[psutil.Process]:
        """All live processes that this kernel or its workers started, itself included."""
        return marked(self.mark)

    def close(self) -> None:
        if not self.may_load:
            maps = Path(f"/proc/{self.pid}/maps")
            assert not (maps.exists() and "/tensorflow/" in maps.read_text()), "the kernel has imported TensorFlow"
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        gone(self.mark)


def marked(mark: str) -> list[psutil.Process]:
    """Live processes with this mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def calls(work: Any) -> int:
    """How many functions Python calls during `work()`: a measure of work that no other process can change."""
    count = 0

    def seen(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def gone(mark: str, within: float = 60.0, apart_from: int | None = None) -> None:
    """Wait until no process with this mark is left, but for one that may be; fail where one is."""
    deadline = time.monotonic() + within
    while left := [process for process in marked(mark) if process.pid != apart_from]:
        if time.monotonic() > deadline:
            told = [(p.pid, " ".join(p.cmdline())[:200]) for p in left]
            for process in left:
                process.kill()
            pytest.fail(f"left behind: {told}")
        psutil.wait_procs(left, timeout=0.05)


@pytest.fixture(scope="session")
def kernel_specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JUPYTER_PATH entry with this checkout's kernel, run by this Python."""
    folder = tmp_path_factory.mktemp("jupyter")
    spec = json.loads((ROOT / "kernelspec" / "kernel.json").read_text())
    spec["argv"][0] = sys.executable
    for name, argv, mode in (
        ("isokernel", spec["argv"], "message"),
        ("isokernel-signal", spec["argv"], "signal"),
        (
            "plain",
            [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "signal",
        ),
    ):
        home = folder / "kernels" / name
        home.mkdir(parents=True)
        (home / "kernel.json").write_text(json.dumps({**spec, "argv": argv, "interrupt_mode": mode}))
    return folder


@pytest.fixture(scope="session")
def start_kernel(kernel_specs: Path) -> Iterator[Any]:
    """A function that starts a kernel: ``start_kernel(name='isokernel', preload=(), cwd=None, env={}, args=())``.

    ``before`` stands before its command, as ``('nice',)`` does; ``connection`` is a file to be made.
    """
    started: list[Kernel] = []

    def start(
        name: str = "isokernel", preload: tuple[str, ...] | None = (), cwd: str | None = None, env: dict[str, str] | None = None,
        args: tuple[str, ...] = (), before: tuple[str, ...] = (), connection: str = "",
    ) -> Kernel:  # fmt: skip
        manager = KernelManager(kernel_name=name)
        manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(kernel_specs / "kernels")])
        manager.kernel_spec.argv[:0] = before
        manager.connection_file = connection
        mark = uuid.uuid4().hex
        extra = list(args)
        if name != "plain" and preload is not None:  # None: as it is without configuration
            extra += [f"--IsoKernel.preload={module}" for module in preload] or ["--IsoKernel.preload=[]"]
        environment = {**(os.environ if env is None else env), MARK: mark, "JUPYTER_PATH": str(kernel_specs)}
        manager.start_kernel(cwd=cwd, env=environment, extra_arguments=extra)
        client = manager.client()
        client.start_channels()
        kernel = Kernel(manager, client, mark, may_load=name == "plain")
        started.append(kernel)
        client.wait_for_ready(timeout=60)
        return kernel

    yield start
    for kernel in started:
        if kernel.manager.has_kernel:
            kernel.close()


@pytest.fixture(scope="session")
def kernel(start_kernel: Any) -> Kernel:
    """An isokernel that preloads nothing, shared by all tests that leave no trace in it."""
    return start_kernel()


@pytest.fixture(scope="session")
def tf_kernel(start_kernel: Any) -> Kernel:
    """An isokernel with TensorFlow in its template, shared likewise."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    return start_kernel(preload=("tensorflow", "keras"))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages: a user site, as it is on the path of this process and of those it starts."""
    base = tmp_path / "base"
    folder = base / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PYTHONUSERBASE", str(base))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(folder)]).strip(os.pathsep))

    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])

    def package(name: str, code: str) -> str:
        (folder / f"{name}.py").write_text(textwrap.dedent(code))
        return name

    return package
