"""End to end: the same magic in an ordinary IPython kernel."""

from __future__ import annotations

import time

import pytest
from conftest import gone


@pytest.fixture
def ordinary(start_kernel):
    """ipykernel with the extension loaded, preloading nothing."""
    kernel = start_kernel("plain")
    kernel.run("get_ipython().config.IsoKernel.preload = []")
    assert kernel.run("%load_ext isokernel").ok
    yield kernel
    kernel.close()


def test_the_magic_works_in_an_ordinary_kernel(ordinary):
    """Inputs, outputs, live text, the result, and an error of the cell's own, in both forms."""
    ordinary.run("n = 2")
    reply = ordinary.run("%%isolated -i n -o m\nprint('live'); m = n * 2\nm")
    assert (reply.text(), reply.result) == ("live\n", "4")
    assert ordinary.value(f"[m, Out[{reply.content['execution_count']}]]") == [4, 4]
    reply = ordinary.run("# %% isolated -i m\n1 / (m - 4)")
    assert reply.error == "ZeroDivisionError: division by zero" and "----> 2 1 / (m - 4)" in reply.traceback


def test_an_interrupt_reaches_the_worker(ordinary):
    """Though the kernel's main thread is blocked by the magic."""
    reply = ordinary.run(
        "%%isolated\nimport time\nprint('go')\ntime.sleep(600)",
        on_message=lambda m: ordinary.manager.interrupt_kernel() if m["msg_type"] == "stream" else None,
    )
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert ordinary.run("%%isolated\n1").result == "1"


def test_unloading_ends_its_processes_and_takes_the_magic_away(ordinary):
    """Nothing of it is left but the kernel."""
    ordinary.run("%%isolated\n1")
    assert len(ordinary.processes()) > 1
    assert ordinary.run("%unload_ext isokernel").ok
    deadline = time.monotonic() + 60
    while len(ordinary.processes()) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [" ".join(p.cmdline()) for p in ordinary.processes() if p.pid != ordinary.pid]
    assert not left
    assert "not found" in ordinary.run("%%isolated\n1").text("stderr")


def test_a_killed_ordinary_kernel_leaves_no_process(start_kernel):
    """The extension's processes notice as the kernel's own do."""
    kernel = start_kernel("plain")
    kernel.run("get_ipython().config.IsoKernel.preload = []")
    kernel.run("%load_ext isokernel")
    kernel.run("%%isolated\n1")
    kernel.manager.shutdown_kernel(now=True)
    gone(kernel.mark)
    kernel.client.stop_channels()
