"""`isokernel check`, end to end: the planted flaw is found in its cell and by its reason, and nothing in clean ones."""

from __future__ import annotations

import pytest
from check_notebooks import CLEAN, FLAWED, parameters

from isokernel.check import check, report


@pytest.mark.parametrize("notebook", parameters(FLAWED))
def test_a_planted_flaw_is_found(notebook, tmp_path):
    """In the cell that shows it, and for the reason that it has."""
    if notebook.tensorflow:
        pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    path = notebook.write(tmp_path)
    found = check(path, timeout=60)
    told = report.text(path, found)
    assert found.flaws, told
    assert (found.flaws[0].reason, found.flaws[0].cell.number) == (notebook.reason, notebook.cell), told
    assert len(found.flaws) == 1, told


@pytest.mark.parametrize("notebook", parameters(CLEAN))
def test_a_clean_notebook_is_trusted(notebook, tmp_path):
    """Whatever it prints of clocks, progress, tables, sets and names."""
    if notebook.tensorflow:
        pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    path = notebook.write(tmp_path)
    found = check(path, timeout=60)
    assert found.verdict == "trusted", report.text(path, found)
