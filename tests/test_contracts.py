"""What isolation stands on is still so; a sentence says what isn't, and what depended on it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from isokernel import contracts
from isokernel.contracts import CONTRACTS, Contract


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: f"{each.whose}: {each.ours}"[:90])
def test_a_promise_holds(contract):
    """Of those that are installed."""
    if not contract.applies:
        pytest.skip(f"{contract.whose} is not installed")
    told = contract.broken()
    assert told is None, told


def test_a_promise_that_is_gone_is_told_with_what_depended_on_it():
    """Whether its check says no, or can't even look."""
    gone = Contract("Python", "up is up", "the sky", lambda: False)
    assert gone.broken() == "Python no longer promises: up is up. Of isokernel depends on it: the sky"
    missing = Contract("Python", "up is up", "the sky", lambda: sys.no_such_name)
    assert "up is up (AttributeError: module 'sys' has no attribute 'no_such_name'). Of" in missing.broken()


def test_names_are_looked_up_each():
    """One that is there doesn't make up for one that isn't."""
    before = len(CONTRACTS)
    try:
        contracts.there("Python", "the sky", "os: path path.join", "sys: path no_such_name")
        told = CONTRACTS.pop()
    finally:
        del CONTRACTS[before:]
    assert told.promise == "`os` has `path`, `path.join`; `sys` has `path`, `no_such_name`"
    assert "no_such_name" in told.broken()


def test_what_a_function_mentions_is_seen_inside_it():
    """Also by a text, or in a function within."""

    def told():
        return lambda thing: (thing.deep, "a text")

    assert contracts.mentions(told, "thing", "deep", "a text")
    with pytest.raises(LookupError, match="says nothing of other"):
        contracts.mentions(told, "thing", "other")


def test_the_page_is_current():
    """``python -m isokernel.contracts`` has been run since a promise was entered."""
    assert contracts.PAGE.read_text(encoding="utf-8") == contracts.page()


def test_what_is_gone_is_said_by_a_process_of_its_own():
    """As a list of sentences; it imports frameworks, which doctor doesn't."""
    code = (
        "from isokernel import contracts; contracts.CONTRACTS[:] = contracts.CONTRACTS[:1];"
        "contracts.there('Python', 'the sky', 'os: no_such_name'); contracts.main(['--broken'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (told,) = json.loads(done.stdout)
    assert told.endswith("Of isokernel depends on it: the sky")
