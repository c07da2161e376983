"""What isolation stands on is still so; a sentence says what isn't, and what depended on it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

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


def test_attributes_of_instances_are_looked_for_in_the_source():
    """By whole words."""
    contracts.spelled("Python", "the sky", "json.encoder: item_separator item_separato")
    assert "json.encoder says nothing of item_separato)" in CONTRACTS.pop().broken()


def test_a_private_name_that_is_not_ours_is_entered():
    """What the package reads or sets of an object, and gives to none itself, is somebody else's."""
    used, own, package = {}, set(), Path(contracts.__file__).parent
    for path in package.rglob("*.py"):
        if path.name == "contracts.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name("self" | "cls"), attr=name, ctx=ast.Store()):
                    own.add(name)
                case ast.Attribute(attr=name) if re.match("_(?!_|isokernel|exit$)", name):
                    used[name] = path.name
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    own.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    own.add(name)
    entered = set(re.findall(r"\w+", "".join(each.promise for each in CONTRACTS)))
    entered |= set(re.findall(r"\w+", Path(contracts.__file__).read_text(encoding="utf-8")))
    assert {name: used[name] for name in used.keys() - own - entered} == {}


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
