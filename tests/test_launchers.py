"""Contract tests: one suite over every way to start a worker, an in-process double included."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from doubles import ThreadLauncher

from isokernel.errors import WorkerNotStarted
from isokernel.launch.spawn import SpawnLauncher
from isokernel.launch.template import TemplateLauncher
from isokernel.payload import pack, unpack
from isokernel.protocol import Shipment, Start
from isokernel.relay import Relay
from isokernel.supervisor import Limits


class Host:
    """A loop on a thread, as a session has one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.messages = []
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def relay(self, launcher) -> Relay:
        process, made = launcher.start(), []
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (made.append(Relay(process, self.loop, 5.0, 5.0, set())), done.set()))
        done.wait()
        assert made[0].hello.result(20) is not None
        return made[0]

    def run(self, relay: Relay, source: str, outputs=(), **inputs):
        parcels = pack(inputs, namespace={}).parcels
        start = Start(
            run="1", source=source, outputs=list(outputs), imports=[], count=1, parent={}, cwd=os.getcwd(),
            path=sys.path, environment={}, settings={}, host_pid=os.getpid(),
            roles=["value"] * len(parcels),
            shipments=tuple(Shipment(*p.wire()) for p in parcels),
        )  # fmt: skip
        self.loop.call_soon_threadsafe(relay.start, start, self, Limits())
        outcome = relay.outcome.result(20)
        relay.finished.result(20)
        relay.gone.result(20)
        self.received = relay.received
        return outcome

    def publish(self, message) -> None:
        self.messages.append(message)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="module", params=["template", "spawn", "thread"])
def launcher(request):
    made = {"template": TemplateLauncher, "spawn": SpawnLauncher, "thread": ThreadLauncher}[request.param]()
    yield made
    made.stop()


@pytest.fixture
def host():
    found = Host()
    yield found
    found.close()


def values(host) -> dict:
    """What the last worker sent back."""
    return unpack(host.received, namespace={})


def test_a_worker_runs_one_cell_and_is_gone(launcher, host):
    """Inputs in, outputs back, the process ended and its status taken."""
    outcome = host.run(host.relay(launcher), "b = [*a, 2]", ["b", "c"], a=[1])
    assert outcome.status == "ok" and outcome.missing == ["c"]
    assert values(host)["b"] == [1, 2]


def test_what_it_prints_is_published_before_it_is_finished(launcher, host):
    """Nothing comes after Finished."""
    host.run(host.relay(launcher), "print('said')")
    assert "".join(m.content["text"] for m in host.messages) == "said\n"


def test_a_cell_that_raises_leaves_what_it_had(launcher, host):
    """With its exception as it looks."""
    outcome = host.run(host.relay(launcher), "x = 1; 1 / 0", ["x"])
    assert (outcome.status, outcome.failure.ename) == ("error", "ZeroDivisionError")
    values(host)


def test_a_killed_worker_leaves_no_outcome_but_a_status(launcher, host):
    """Its relay ends all the same."""
    relay = host.relay(launcher)
    host.loop.call_soon_threadsafe(relay.kill, "")
    assert relay.outcome.result(10) is None
    relay.gone.result(10)
    assert relay.exitcode == -signal.SIGKILL


def test_a_worker_whose_host_is_gone_ends_by_itself(launcher):
    """A standby that nobody will ever use."""
    import select

    process = launcher.start()
    process.socket.close()
    assert select.select([process.ended], [], [], 10)[0]
    process.exitcode()
    process.close()


def test_no_descriptor_stays_open(launcher, host):
    """After good runs, bad ones and deaths."""
    host.run(host.relay(launcher), "pass")
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for source in ("pass", "1 / 0"):
        host.run(host.relay(launcher), source, ["x"], x=bytearray(200_000))
    relay = host.relay(launcher)
    host.loop.call_soon_threadsafe(relay.kill, "")
    relay.gone.result(10)
    del relay
    host.received = ()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_closed_template_starts_nothing():
    """Not even when a fork was under way."""
    launcher = TemplateLauncher()
    launcher.close()
    with pytest.raises(WorkerNotStarted, match="shutting down"):
        launcher.start()
    assert launcher.pid is None


def test_a_template_is_told_apart_from_its_start_on(monkeypatch):
    """What it is told was in our own environment, for threads to see; and interrupts of our group ended a young one."""
    launcher, told = TemplateLauncher(), []
    launcher.beside = {"BESIDE": "yes", "PATH": None}
    monkeypatch.setattr(os, "putenv", lambda *told_: told.append(told_))
    monkeypatch.setattr(os, "unsetenv", lambda *told_: told.append(told_))
    try:
        launcher.begin()
        assert os.getpgid(launcher.pid) == launcher.pid
        while not (text := Path(f"/proc/{launcher.pid}/environ").read_text()):
            pass  # the system is loading it
        began_with = text.split("\0")
        assert "BESIDE=yes" in began_with
        assert not any(each.startswith("PATH=") for each in began_with)
        assert any(each.startswith("ISOKERNEL_TEMPLATE=") for each in began_with)
        assert told == []
    finally:
        launcher.close()
