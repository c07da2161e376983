"""The explanation of a death, as a table: evidence to words."""

from __future__ import annotations

import signal

import pytest

from isokernel.cgroup import capacity, parse_memory
from isokernel.errors import LimitExceeded
from isokernel.supervisor import Evidence, Filled, Ladder, Limits, Peak, Watch, after_memory_ran_out, explain, ran_out

TABLE = [
    (Evidence(-11), "it crashed in C code (a segmentation fault)", "signal SIGSEGV"),
    (Evidence(-7), "a bus error", "signal SIGBUS"),
    (Evidence(-6), "ended it by abort()", "signal SIGABRT"),
    (Evidence(-9), "it was killed (SIGKILL) from outside of the notebook", "signal SIGKILL"),
    (Evidence(-15), "somebody asked it to end (SIGTERM)", "signal SIGTERM"),
    (Evidence(-10), "it was ended by a signal", "signal SIGUSR1"),
    (Evidence(-31), "forbidden", "signal SIGSYS"),
    (Evidence(-24), "processor time", "signal SIGXCPU"),
    (Evidence(-9, ended_for_memory="group", capacity=8 << 30), "this container, which has 8.6 GB", "signal SIGKILL"),
    (Evidence(-9, ended_for_memory="machine"), "a process of this machine", "signal SIGKILL"),
    (Evidence(-11, ended_for_memory="group"), "segmentation fault", "signal SIGSEGV"),
    (Evidence(-6, last_words="what():  std::bad_alloc"), "it got no more memory", "signal SIGABRT"),
    (Evidence(-6, last_words="pthread_create failed"), "no more threads or processes", "signal SIGABRT"),
    (Evidence(70, last_words="isokernel/worker/main.py"), "it could not go on", "exit status 70"),
    (Evidence(70), "os._exit(70)", "exit status 70"),
    (Evidence(-50), "it was ended by a signal", "signal 50"),
    (Evidence(0), "os._exit(0)", "exit status 0"),
    (Evidence(3), "os._exit(3)", "exit status 3"),
    (Evidence(None), "unknown; its exit status was lost", "exit status unknown"),
    (Evidence(-9, killed="it did not react to an interrupt"), "it did not react to an interrupt", "signal SIGKILL"),
    (Evidence(-9, protocol="bytes that are no frame"), "what it sent made no sense", "signal SIGKILL"),
]


@pytest.mark.parametrize(("evidence", "cause", "status"), TABLE)
def test_a_death_is_explained_by_its_evidence(evidence, cause, status):
    """No more than the evidence says; what this package did comes first."""
    told = explain(evidence)
    assert cause in told.cause and told.status == status
    assert str(told).startswith(
        f"The cell's process ended early: {told.cause}. The notebook's variables are as they were."
    )


def test_the_python_lines_of_a_crash_are_pointed_to():
    """faulthandler's dump stands among the last words."""
    told = explain(Evidence(-11, last_words="Fatal Python error: Segmentation fault\n  File x"))
    assert told.advice == "The lines below show the Python code that was running."
    assert str(told).endswith("Its last words:\nFatal Python error: Segmentation fault\n  File x")


LIMITS = [
    (
        Evidence(-9, killed="it did not react", limit="time", limits=Limits(seconds=90.0)),
        "it took more than 90 s. --timeout, or IsoKernel.timeout, sets it. It had to be killed",
    ),
    (
        Evidence(
            -9,
            limit="memory",
            limits=Limits(nbytes=4 * 10**9),
            peak=Peak(4_300_000_000, (("the cell", 4_300_000_000),)),
        ),
        "it used more memory than 4.0 GB (4.3 GB). --memory, or IsoKernel.memory, sets it.",
    ),
    (
        Evidence(
            -9,
            limit="memory",
            limits=Limits(nbytes=10**9),
            peak=Peak(11 * 10**8, (("sleep (pid 3)", 10**9), ("the cell", 10**8))),
        ),
        "it used more memory than 1.0 GB (1.1 GB: sleep (pid 3) 1.0 GB, the cell 100 MB).",
    ),
]


@pytest.mark.parametrize(("evidence", "text"), LIMITS)
def test_a_limit_comes_before_how_it_was_enforced(evidence, text):
    """The signal was ours."""
    told = explain(evidence)
    assert isinstance(told, LimitExceeded) and text in str(told)


def test_what_a_killed_process_held_is_told():
    """It is the best clue there is."""
    told = explain(Evidence(-9, peak=Peak(5 * 10**9, (("the cell", 5 * 10**9),))))
    assert told.advice.endswith("It was seen to hold 5.0 GB.")


MEMORY = [
    ("MemoryError", "", "memory"),
    ("_ArrayMemoryError", "Unable to allocate 7.28 TiB for an array", "memory"),
    (
        "ResourceExhaustedError",
        "{{function_node x}} OOM when allocating on /device:GPU:0 by allocator GPU_0_bfc",
        "gpu",
    ),
    ("ResourceExhaustedError", "OOM when allocating on /job:localhost/device:CPU:0 by allocator cpu", "memory"),
    ("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8 bytes.", "gpu"),
    ("JaxRuntimeError", "RESOURCE_EXHAUSTED: Out of memory", "gpu"),
    ("XlaRuntimeError", "INVALID_ARGUMENT: shapes", ""),
    ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB", "gpu"),
    ("InternalError", "Failed call to cudaMalloc: CUDA_ERROR_OUT_OF_MEMORY", "gpu"),
    ("ValueError", "out of range", ""),
]


@pytest.mark.parametrize(("ename", "evalue", "what"), MEMORY)
def test_an_exception_tells_of_what_the_cell_ran_out(ename, evalue, what):
    """By its name and text: the class is a framework's."""
    assert ran_out(ename, evalue) == what


GB = 10**9
HELD = Peak(3 * GB, (("the cell", 3 * GB),))
FULL = Filled("GPU 0", 16 * GB, GB // 10, 14 * GB, (("python serve.py (pid 7)", 2 * GB), ("a process (pid 8)", 0)))
BELOW = [
    ("memory", HELD, [], "The cell held up to 3.0 GB of memory, beside what it asked for then."),
    ("gpu", HELD, [], "The cell held up to 3.0 GB of memory, beside what it asked for then."),
    ("gpu", HELD, [FULL], "GPU 0 has 16.0 GB of memory, 100 MB of it free; this cell held up to 14.0 GB; "
     "beside it: python serve.py (pid 7) 2.0 GB, a process (pid 8).\nA smaller batch, or a smaller model, needs less."),
    ("gpu", HELD, [Filled("GPU 1", 16 * GB, GB)], "GPU 1 has 16.0 GB of memory, 1.0 GB of it free.\n"
     "A smaller batch, or a smaller model, needs less."),
    ("memory", Peak(), [], ""),
    ("", HELD, [FULL], ""),
]  # fmt: skip


@pytest.mark.parametrize(("what", "peak", "filled", "text"), BELOW)
def test_what_was_held_is_told_below_an_exception_that_tells_of_memory(what, peak, filled, text):
    """What is known of it, and nothing where nothing is."""
    assert after_memory_ran_out(what, peak, filled) == text


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [
        ("", 0),
        ("8G", 8 << 30),
        ("512m", 512 << 20),
        ("1.5GiB", 3 << 29),
        ("2kB", 2048),
        ("100", 100),
        ("50%", capacity()[0] // 2),
    ],
)
def test_an_amount_of_memory_is_read(text, nbytes):
    """As people write it; in percent of what there is."""
    assert parse_memory(text) == nbytes


@pytest.mark.parametrize("text", ["x", "8X", "-1G", "0", "8 G G", "%"])
def test_what_is_no_amount_of_memory_is_refused(text):
    """Instead of taken for no limit."""
    with pytest.raises(ValueError, match="no amount of memory"):
        parse_memory(text)


class Recorded:
    """A process that remembers its signals, and a loop that remembers what it was to do later."""

    def __init__(self):
        self.sent, self.timers, self.now = [], [], 0.0

    def signal(self, number, *, group):
        self.sent.append(number)

    def time(self):
        return self.now

    def call_later(self, delay, function, *args):
        self.timers.append(timer := Timer(delay, function, args))
        return timer

    def elapse(self):
        timer = self.timers.pop()
        if not timer.cancelled:
            timer.function(*timer.args)


class Timer:
    def __init__(self, delay, function, args):
        self.delay, self.function, self.args, self.cancelled = delay, function, args, False

    def cancel(self):
        self.cancelled = True


def test_a_run_is_stopped_step_by_step():
    """Each firmer than the one before."""
    seen = Recorded()
    ladder = Ladder(seen, seen, 7.0)
    ladder.interrupt()
    assert (seen.sent, seen.timers[0].delay) == ([signal.SIGINT], 7.0)
    seen.elapse()
    assert seen.sent == [signal.SIGINT, signal.SIGTERM]
    seen.elapse()
    assert seen.sent[-1] == signal.SIGKILL
    assert ladder.killed == "it did not react to an interrupt for 7 s and was killed"


def test_packing_what_is_left_is_not_late():
    """A model of some gigabytes takes longer than the grace of an interrupt; a second interrupt is the user's own."""
    seen = Recorded()
    ladder = Ladder(seen, seen, 7.0)
    ladder.interrupt()
    ladder.packing()
    seen.elapse()
    assert seen.sent == [signal.SIGINT]
    ladder.interrupt()
    assert seen.sent[-1] == signal.SIGKILL and "while its results were being packed" in ladder.killed


@pytest.mark.parametrize(("ended", "delays"), [(89.0, [90.0]), (90.0, [90.0, 90.0])])
def test_a_limit_of_time_holds_until_the_outcome(ended, delays):
    """What a cell had by its limit may be packed for as long again, and not for ever."""
    seen = Recorded()
    watch = Watch(1, Limits(seconds=90.0), seen, lambda: None, lambda: None)
    seen.now = ended
    watch.ended()
    assert [timer.delay for timer in seen.timers if timer.delay >= 1 and not timer.cancelled] == delays
    watch.stop()
    assert seen.timers[-1].cancelled


def test_an_interrupt_after_the_outcome_is_the_first_again():
    """It is for the exit handlers."""
    seen = Recorded()
    ladder = Ladder(seen, seen, 7.0)
    ladder.interrupt()
    ladder.rest()
    ladder.interrupt()
    assert seen.sent == [signal.SIGINT, signal.SIGINT]
