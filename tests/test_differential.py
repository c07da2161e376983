"""End to end: notebooks made at random print, raise and leave on isokernel what they do on python3.

The default run plays some; ``-m fuzz`` plays as many as ``ISOKERNEL_FUZZ`` says, from the seed ``ISOKERNEL_SEED`` on:
``python -m tests.differential`` does so without pytest, and shows each difference.
"""

from __future__ import annotations

import os

import pytest
from differential.compare import Player, differences

ALL = ("--IsoKernel.isolate=all", "--IsoKernel.echo=never")


@pytest.fixture(scope="module")
def players(start_kernel):
    """One of each kernel."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # sets print in one order
    kernels = start_kernel(preload=("numpy",), args=ALL, env=environment), start_kernel("plain", env=environment)
    yield tuple(Player(kernel.client) for kernel in kernels)
    for kernel in kernels:
        kernel.close()


def played(players, seeds):
    """What differs, as text."""
    return [str(each) for each in differences(*players, seeds)]


@pytest.mark.timeout(600)
def test_random_notebooks_are_the_same(players):
    """Output, errors, names, values, and which of them are one object."""
    assert not played(players, range(100))


@pytest.mark.battery
@pytest.mark.timeout(600)
def test_more_random_notebooks_are_the_same(players):
    """Those that the default run leaves out."""
    assert not played(players, range(100, 300))


@pytest.mark.fuzz
@pytest.mark.timeout(0)
def test_many_random_notebooks_are_the_same(players):
    """As many as asked."""
    first = int(os.environ.get("ISOKERNEL_SEED", 1000))
    assert not played(players, range(first, first + int(os.environ.get("ISOKERNEL_FUZZ", 1000))))
