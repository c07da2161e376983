"""What is remembered of runs, and how it is shown."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from itertools import pairwise

import pytest

from isokernel.records import Phase, Record, Records, Stopwatch
from isokernel.records.report import as_html, as_text, duration
from isokernel.supervisor import Limits, Watch
from isokernel.supervisor.watch import SAMPLES


@pytest.mark.parametrize(("seconds", "text"), [
    (0.00004, "0.0 ms"), (0.0123, "12.3 ms"), (0.9996, "1.00 s"), (59.9, "59.90 s"), (61.4, "1 min 1 s"),
])  # fmt: skip
def test_durations_are_for_people(seconds, text):
    """Four digits at most."""
    assert duration(seconds) == text


def test_a_stopwatch_counts_no_time_twice():
    """What is known to have been done within a lap comes before the rest of it."""
    watch = Stopwatch()
    watch.lap("check")
    watch.lap("way", open=0.0, cell=0.25)
    assert [phase.name for phase in watch.phases] == ["check", "cell", "way"]
    assert watch.phases[1:] == [Phase("cell", 0.25), Phase("way", 0.0)]


def record(**more) -> Record:
    """One that has everything."""
    return Record(
        "7", "fit()", "# %% isolated -i <X>", status="ok", seconds=1.5, pid=4242, exitcode=0, preloaded=("tensorflow",),
        phases=[Phase("check", 0.001), Phase("cell", 1.2), Phase("exit", 0.01)], sent={f"x{n}": n for n in range(12)},
        received={"model": 3_000_000}, memory=((0.1, 100), (0.6, 800), (1.1, 400)), lost={"tape": "tf.GradientTape"}, gpus=("GPU-1",), **more,
    )  # fmt: skip


def test_both_forms_tell_the_same():
    """Where the time went, what crossed, what memory it took, what it began with."""
    text, html = as_text(record()), as_html(record())
    plain = re.sub(r"<[^>]*>", " ", html)
    for fact in ("Run 7: ok, 1.50 s", "1.20 s", "model 3.0 MB", "tape (a GradientTape)", "800 B", "GPU-1", "pid 4242, exit status 0",
                 "begun warm, with tensorflow imported", "x11 11 B", "and 4 more, 66 B in all"):  # fmt: skip
        assert fact in text and fact in plain, fact
    assert "▂█▅" in text and "<polyline" in html


def test_what_a_cell_is_called_is_no_markup():
    """A declaration is the user's text."""
    assert "<X>" not in as_html(record()) and "&lt;X&gt;" in as_html(record())


def test_a_cold_run_says_why():
    """It explains seconds of start."""
    assert "begun cold (--cold)" in as_text(record(cold="--cold"))


def test_a_run_that_was_given_nothing_is_shown_too():
    """Or had no process."""
    assert as_text(Record("1", "", "", status="error")) == "Run 1: error, 0.0 ms"
    assert as_html(Record("1", "", "")).startswith("<div><b>Run 1: running")


def test_what_a_failed_run_kept_is_dropped_with_the_next():
    """It may be large."""
    records = Records()
    first = records.open("a", "")
    first.partial._values["model"] = 1
    records.open("b", "")
    assert not first.partial and records.last.id == "2"


def test_memory_of_a_long_run_is_kept_in_so_many_samples():
    """The most in each stretch of time, whatever its length."""
    loop = asyncio.new_event_loop()
    watch = Watch(os.getpid(), Limits(), loop, lambda: None, lambda: None)
    for n in range(20_000):
        watch._keep(n * 1.0, 1 if n != 7777 else 5)
    watch.stop()
    loop.close()
    times = [when for when, _ in watch.samples]
    assert len(times) <= SAMPLES and times == sorted(times) and max(nbytes for _, nbytes in watch.samples) == 5
    assert times[-1] > 19_000 and min(b - a for a, b in pairwise(times)) >= 19_000 / SAMPLES / 2


CELL = "%%isolated -i n=3 -o squares\nimport time\ntime.sleep(0.3)\nsquares = [i * i for i in range(n)]"


def test_the_report_of_a_run_adds_up(kernel):
    """Its phases are the time that the user waited, and the cell's own is the cell's."""
    assert kernel.run(CELL).ok
    reply = kernel.run("%isolated_report")
    (shown,) = reply.of("display_data")
    text = shown["data"]["text/plain"]
    assert text.startswith("Run ") and "squares" in text and "<table>" in shown["data"]["text/html"]
    seconds, total = kernel.value(
        "(lambda r: [{p.name: p.seconds for p in r.phases}, r.seconds])(__import__('isokernel').last_run())"
    )
    assert [*seconds] == [
        "check",
        "pack",
        "origin",
        "lease",
        "start",
        "open",
        "cell",
        "pack back",
        "way",
        "bring back",
        "exit",
    ]
    assert 0.3 <= seconds["cell"] < total and sum(seconds.values()) == pytest.approx(total, abs=0.05)


def test_the_report_of_a_run_that_died_has_its_time(kernel):
    """And the end of its process."""
    kernel.run("%%isolated\nimport os, time\ntime.sleep(0.3)\nos.kill(os.getpid(), 9)")
    text = kernel.run("%isolated_report").of("display_data")[0]["data"]["text/plain"]
    assert ": died, " in text and "exit status -9" in text and re.search(r"cell +3\d\d\.\d ms", text)


@pytest.mark.parametrize("word", ["0", "x", "101"])
def test_a_report_that_there_is_not_is_refused(kernel, word):
    """With what there is."""
    kernel.run(CELL)
    assert "runs to tell of" in kernel.run(f"%isolated_report {word}").error


def test_cells_of_two_shells_begin_at_once():
    """Each has a record, and a number, of its own."""
    records, begun = Records(), [[], []]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [
        threading.Thread(target=lambda own=own: own.extend(records.open("", "").id for _ in range(2000))) for own in begun
    ]  # fmt: skip
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert len({*begun[0], *begun[1]}) == 4000
