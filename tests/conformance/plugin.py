"""A pytest plugin for tests of others: writes down their outcomes, and makes a kernel of theirs one of ours.

ipykernel's tests make kernels of ``ipykernel.ipkernel.IPythonKernel`` in their own process; where isokernel is to be
tested, that is :class:`isokernel.kernel.IsoKernel`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import ipykernel.ipkernel
import pytest

OUTCOMES = "CONFORMANCE_OUTCOMES"  # the file that they are written to
OURS = "CONFORMANCE_OURS"  # set where the kernel is ours

_outcomes: dict[str, str] = {}

if OURS in os.environ:
    from isokernel import extension
    from isokernel.kernel import IsoKernel

    ipykernel.ipkernel.IPythonKernel = IsoKernel

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown() -> None:
        """End what a test's kernel has started: these tests don't shut theirs down, and all share a process."""
        cells = extension.loaded()
        if cells is not None:
            cells.session.close()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Set-up, call, tear-down and each subtest report, in any order; what went wrong in one of them is the outcome."""
    if _outcomes.get(report.nodeid) != "failed" and (report.when == "call" or not report.passed):
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    """Hand them over."""
    Path(os.environ[OUTCOMES]).write_text(json.dumps(_outcomes))
