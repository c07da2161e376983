"""The explanation of a death, as a table: evidence to words."""

from __future__ import annotations

import pytest

from isokernel.supervisor import Evidence, explain

TABLE = [
    (Evidence(-11), "it crashed in C code (a segmentation fault)", "signal SIGSEGV"),
    (Evidence(-7), "a bus error", "signal SIGBUS"),
    (Evidence(-6), "ended it by abort()", "signal SIGABRT"),
    (Evidence(-9), "it was killed (SIGKILL) from outside of the notebook", "signal SIGKILL"),
    (Evidence(-15), "it was ended by a signal", "signal SIGTERM"),
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
