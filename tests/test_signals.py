"""Handlers of signals and timers: carried for undeclared cells, told of in declared ones."""

from __future__ import annotations

import signal

from IPython.core.interactiveshell import InteractiveShell

from isokernel import registered

HANDLER = "import signal\ndef handler(number, frame): rung.append(number)\nrung = []\n"
WAIT = "import time\nwhile not rung: time.sleep(0.01)\nprint(rung == [signal.SIGALRM])"


def test_a_handler_is_the_notebooks_and_the_next_cells(kernel):
    """Set in a process that is gone, it answers in the notebook, and in the next isolated cell."""
    before = kernel.run("import signal; before_it = signal.getsignal(signal.SIGALRM)")
    assert before.ok
    reply = kernel.run(f"%%isolated --auto\n{HANDLER}signal.signal(signal.SIGALRM, handler)")
    assert reply.ok and reply.text("stderr") == "", reply.error
    ring = "signal.setitimer(signal.ITIMER_REAL, 0.01)"
    assert kernel.run(f"{ring}\n{WAIT}").text() == "True\n"
    assert kernel.run(f"%%isolated --auto\nrung.clear(); {ring}\n{WAIT}").text() == "True\n"
    assert kernel.run("signal.signal(signal.SIGALRM, before_it); del handler, rung, before_it").ok


def test_a_timer_that_runs_when_its_cell_ends_goes_on_in_the_notebook(kernel):
    """With the handler; it doesn't go off where the results are packed."""
    code = f"%%isolated --auto\n{HANDLER}signal.signal(signal.SIGALRM, handler); _ = signal.alarm(1)"
    assert kernel.run(code).ok
    assert kernel.run(WAIT).text() == "True\n"
    assert kernel.run("signal.signal(signal.SIGALRM, signal.SIG_DFL); del handler, rung").ok


def test_a_declared_cell_is_told_what_ends_with_it(kernel):
    """The notebook would be ended by the signal."""
    code = f"%%isolated -o done\n{HANDLER}signal.signal(signal.SIGALRM, handler); signal.alarm(60); done = 1"
    reply = kernel.run(code)
    assert reply.ok, reply.error
    assert "set by this cell, and ended with its process: the handler of SIGALRM, ITIMER_REAL" in reply.text("stderr")
    assert kernel.run("%%isolated -o done\ndone = 2").text("stderr") == ""
    kernel.run("del done")


def test_a_timer_without_a_handler_does_not_end_the_notebook(kernel):
    """As it would by itself: the process that it was to end is gone."""
    assert kernel.run("%%isolated --auto\nimport signal\n_ = signal.alarm(60)").ok
    assert kernel.run("import signal; print(signal.getitimer(signal.ITIMER_REAL))").text() == "(0.0, 0.0)\n"


def test_signals_that_nobody_has_touched_are_not_sent_along():
    shell = InteractiveShell.instance() if InteractiveShell.initialized() else InteractiveShell()
    before = signal.getsignal(signal.SIGUSR2)
    assert "signal SIGUSR2" not in registered.set_here(shell)
    try:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        assert registered.set_here(shell)["signal SIGUSR2"] is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR2, before)
    try:
        # What began meanwhile has inherited the other one.
        assert registered.set_here(shell)["signal SIGUSR2"] is before
    finally:
        registered._set.discard("signal SIGUSR2")
