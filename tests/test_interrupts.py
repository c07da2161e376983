"""Interrupts at every point of a run: exactly KeyboardInterrupt is raised, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from doubles import ThreadLauncher
from IPython.core.interactiveshell import InteractiveShell

import isokernel
from isokernel.cells import IsolatedCells
from isokernel.configuration import Settings
from isokernel.relay import Relay
from isokernel.session import Session
from isokernel.standbys import AHEAD

WITHIN = 20.0  # seconds for workers to go
PACKAGE = Path(isokernel.__file__).parent
RECIPE = {
    str(PACKAGE / f"{name}.py")
    for name in "cells run custody leasing origin orders conclusion inputs session standbys".split()
}


@pytest.fixture
def cells(tmp_path, monkeypatch):
    """Isolated cells of a shell of this process, whose workers are threads, and which has a GPU by name."""
    monkeypatch.setenv("ISOKERNEL_GPUS", "0")
    monkeypatch.setenv("ISOKERNEL_LEASES", str(tmp_path / "leases"))
    shell = InteractiveShell()
    made = IsolatedCells(shell, settings := Settings())
    made.session.close()
    made.session = Session(settings, template=ThreadLauncher(), spawn=ThreadLauncher())
    shell.history_manager.input_hist_raw.append("cell")
    shell.user_ns["x"] = "x" * 100_000
    yield made
    made.session.close()
    InteractiveShell.clear_instance()


class Interrupting:
    """A trace function that interrupts once, at the n-th distinct point of the files that it looks at."""

    def __init__(self, number, files, then):
        self._left, self._files, self._then, self._seen = number, files, then, set()

    def __call__(self, frame, event, argument):
        return self._line if frame.f_code.co_filename in self._files else None

    def _line(self, frame, event, argument):
        point = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and point not in self._seen:
            self._seen.add(point)
            self._left -= 1
            if self._left == 0:
                self.at = f"{Path(point[0]).name}:{point[1]}"
                sys.settrace(None)
                self._then(frame)
        return self._line


def as_a_signal(frame):
    """What SIGINT would do here."""
    signal.getsignal(signal.SIGINT)(signal.SIGINT, frame)


def as_it_is(frame):
    """Whatever raises it."""
    raise KeyboardInterrupt


def state(session):
    """Workers, runs under way, and descriptors of this process, by what they are."""
    kinds = []
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing's own
            kinds.append(os.readlink(f"/proc/self/fd/{fd}").partition(":[")[0])
    kinds.sort()
    return len(session.standbys._all), len(session.running), len(session.runs), len(session.standbys.active), kinds


def settled(session, wanted):
    """The state, when it is the wanted one; or what it is after a time that is long enough for anything."""
    deadline = time.monotonic() + WITHIN
    while (found := state(session)) != wanted and time.monotonic() < deadline:
        time.sleep(0.002)
    return found


@pytest.mark.filterwarnings("ignore:coroutine 'run' was never awaited")
@pytest.mark.parametrize(("then", "files"), [
    (as_a_signal, RECIPE), (as_it_is, {str(PACKAGE / "run.py")}),
], ids=["signal", "raised"])  # fmt: skip
@pytest.mark.parametrize("fails", [False, True], ids=["ends well", "fails"])
def test_an_interrupt_at_any_point_leaves_nothing(cells, monkeypatch, then, files, fails):
    """The worker doesn't run on, the devices are free, no descriptor stays, the handler of before is back.

    The run ends in KeyboardInterrupt, or its worker has been told.
    """
    session, handler, told_worker = cells.session, signal.getsignal(signal.SIGINT), []
    interrupt = Relay.interrupt
    monkeypatch.setattr(Relay, "interrupt", lambda relay: (told_worker.append(relay), interrupt(relay)))
    body = "y = x + x" + "\n1 / 0" * fails

    def run():
        cells.run_blocking("-i x -o y --gpus 1", body)

    with suppress(*[Exception] * fails):
        run()
    while len(session.standbys._all) != AHEAD or any(not relay.hello.done() for relay in session.standbys._all):
        time.sleep(0.01)
    before, number, errors = state(session), 0, []
    while True:
        number += 1
        trace, raised = Interrupting(number, files, then), None
        sys.settrace(trace)
        try:
            run()
        except BaseException as error:  # noqa: BLE001 (any: which one it was is the question)
            raised = type(error).__name__
            del error
        finally:
            sys.settrace(None)
        if not hasattr(trace, "at"):
            break
        after, told = settled(session, before), []
        own = ("ZeroDivisionError",) if fails else (None,) if told_worker else ()  # the worker's end may be under way
        if raised not in ("KeyboardInterrupt", *own):
            told.append(raised)
        told_worker.clear()
        if after != before:
            told.append(after)
        if signal.getsignal(signal.SIGINT) is not handler:
            told.append("the handler")
            signal.signal(signal.SIGINT, handler)
        if session.records.last.status == "running":
            told.append("a record")
        if told:
            errors.append((trace.at, *told))
    assert not errors, "\n".join(map(str, errors))
    assert number > 50


def test_an_interrupt_is_handed_on_while_cells_begin_and_end(cells, monkeypatch):
    """Cells of other shells add themselves to the runs, and leave, on threads of their own."""

    class Run:
        thread = 0

        def interrupt(self):
            return True

    runs, over = cells.session.runs, threading.Event()

    def begin_and_end():
        while not over.is_set():
            runs.add(run := Run())
            runs.discard(run)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=begin_and_end) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(2000):
            cells.session.interrupt()
    finally:
        sys.setswitchinterval(before)
        over.set()
        for thread in threads:
            thread.join()
