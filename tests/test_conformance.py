"""What is said of other projects' suites: only what isokernel fails, and ipykernel passes, is a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conformance import __main__ as conformance
from tests.conformance.suites import HERE, PLAIN, Suite


@pytest.fixture
def answered(monkeypatch, tmp_path):
    """Run one suite whose runs come to these outcomes, by kernel, one run after the other; the exit status and the page."""

    def run(there, here):
        runs = {True: iter(there), False: iter(here)}
        monkeypatch.setattr(conformance.suites, "kernels", lambda folder: None)
        monkeypatch.setattr(conformance.suites, "suites", lambda *_: [Suite("theirs", tmp_path, (), ())])
        monkeypatch.setattr(conformance.suites, "run", lambda suite, kernel, *_: dict(next(runs[kernel == PLAIN])))
        monkeypatch.setattr(conformance, "version", lambda name: "1")
        monkeypatch.setattr(conformance, "PAGE", tmp_path / "page.md")
        return conformance.main([]), (tmp_path / "page.md").read_text()

    return run


@pytest.mark.parametrize("here", [{"a": "passed", "b": "failed"}, {"a": "passed", "b": "skipped"}, {"a": "passed"}])
def test_what_passes_on_ipykernel_and_not_on_isokernel_is_a_failure(answered, here):
    """Also where it is left out; the page names it."""
    code, page = answered([{"a": "passed", "b": "passed"}] * 3, [here] * 3)
    assert (code, "- theirs: `b`" in page) == (1, True)


def test_what_fails_on_both_is_none(answered):
    """It is the machine's, or ipykernel's; the page names it, too."""
    code, page = answered([{"a": "failed"}], [{"a": "failed"}])
    assert (code, "ipykernel itself on that machine:\n- `a`" in page) == (0, True)


def test_what_fails_once_in_three_runs_is_unsteady(answered):
    """Many of these tests watch the clock; twice in three runs is a failure."""
    passed, failed = [{"a": "passed"}], [{"a": "failed"}]
    code, page = answered(passed * 3, failed + passed * 2)
    assert (code, "`a` failed 0 of 3 times on ipykernel, 1 on isokernel" in page) == (0, True)
    assert answered(passed * 3, failed * 2 + passed)[0] == 1


def test_what_went_wrong_in_part_of_a_test_is_its_outcome(tmp_path):
    """A subtest, whose test goes on and may be told of as passed, or what comes before and after."""
    (tmp_path / "test_them.py").write_text(
        "import unittest\n\nclass T(unittest.TestCase):\n    def test_parts(self):\n        for n in range(3):\n"
        "            with self.subTest(n=n):\n                self.assertEqual(n, 1)\n    def test_whole(self):\n        pass\n"
        "\nclass U(unittest.TestCase):\n    def tearDown(self):\n        raise OSError\n    def test_last(self):\n        pass\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE), "CONFORMANCE_OUTCOMES": str(tmp_path / "outcomes.json")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "plugin",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir=.",
    ]
    subprocess.run([*command, "test_them.py"], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    outcomes = json.loads((tmp_path / "outcomes.json").read_text())
    assert {test.rpartition("::")[2]: outcome for test, outcome in outcomes.items()} == {
        "test_parts": "failed",
        "test_whole": "passed",
        "test_last": "failed",
    }
