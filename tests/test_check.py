"""`isokernel check`, end to end: the planted flaw is found in its cell and by its reason, and nothing in clean ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid

import nbformat
import pytest
from check_notebooks import CLEAN, FLAWED, Notebook, parameters
from conftest import MARK, gone

from isokernel import cli
from isokernel.check import check, report

V4 = nbformat.v4


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


def written(folder, *sources, **metadata):
    """A notebook of these cells."""
    path = folder / "n.ipynb"
    nbformat.write(V4.new_notebook(cells=[V4.new_code_cell(s) for s in sources], metadata=metadata), path)
    return path


UNJUDGED = [
    ("print(1)\nimport no_such_package", "missing", "needs a package that isn't installed here"),
    ("open('no_such_file.csv')", "missing", "needs a file that isn't there"),
    ("import urllib.request\nurllib.request.urlopen('http://nowhere.invalid/')", "missing", "needs the network"),
    ("input('name? ')", "input", "asks for input"),
    ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died", "The kernel died in it on python3"),
    ("import time\ntime.sleep(600)", "timeout", "It ran for longer than 2 s on python3"),
]


@pytest.mark.parametrize(("source", "reason", "what"), UNJUDGED, ids=[u[0].split("\n")[-1][:20] for u in UNJUDGED])
def test_what_a_notebook_lacks_from_outside_is_no_flaw(source, reason, what, tmp_path, capsys, monkeypatch):
    """It is told, and the status is 2; no process is left, whatever the cell did."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    path = written(tmp_path, source)
    assert cli.main(["check", str(path), "--timeout", "2", "--json", str(tmp_path / "report.json")]) == 2
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: couldn't be judged from cell [1] on\n") and what in out
    (told,) = json.loads((tmp_path / "report.json").read_text())["notebooks"]
    assert (told["verdict"], told["unjudged"]["reason"], told["unjudged"]["cell"]) == ("unjudged", reason, 1)
    gone(mark)


@pytest.mark.parametrize("content", ["hello", '{"a": 1}', "[]", None])
def test_what_is_no_notebook_can_not_be_judged(content, tmp_path, capsys):
    """A file of another sort, or none."""
    path = tmp_path / "n.ipynb"
    if content is not None:
        path.write_text(content)
    assert cli.main(["check", str(path)]) == 2
    assert ("isn't a Jupyter notebook" if content else "No such file") in capsys.readouterr().out


def test_a_notebook_of_another_language_can_not_be_judged(tmp_path, capsys):
    """Nothing is run for it."""
    path = written(tmp_path, "x <- 1", kernelspec={"name": "ir", "display_name": "R", "language": "R"})
    assert cli.main(["check", str(path)]) == 2
    assert "Its cells are R; only Python can be checked." in capsys.readouterr().out


def test_a_notebook_without_code_is_trusted(tmp_path, capsys):
    """It prints nothing that could be wrong."""
    path = written(tmp_path)
    assert cli.main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: trusted\n  it has no code to run\n"


def test_the_status_is_that_of_the_worst_and_the_report_holds_all(tmp_path, capsys):
    """With --json - nothing else is on standard output; the notebooks are as they were."""
    flawed = Notebook("flawed", ("print(gone)",)).write(tmp_path)
    clean = Notebook("clean", ("print(1)",)).write(tmp_path)
    before = clean.read_bytes()
    assert cli.main(["check", str(clean), str(flawed), str(tmp_path / "none.ipynb"), "--json", "-"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert [n["verdict"] for n in told["notebooks"]] == ["trusted", "flawed", "unjudged"]
    (flaw,) = told["notebooks"][1]["flaws"]
    assert (flaw["reason"], flaw["cell"], flaw["source"]) == ("deleted", 1, "print(gone)")
    assert clean.read_bytes() == before


def test_a_cell_that_may_raise_may_raise(tmp_path):
    """The tag that Jupyter's tools know."""
    path = written(tmp_path, "1 / 0", "print(1)")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    assert check(path).verdict == "trusted"


def test_an_interrupt_leaves_no_process(tmp_path):
    """Ctrl-C in a shell, while a cell runs."""
    path, mark = written(tmp_path, "open('begun', 'w').close()\nimport time\ntime.sleep(600)"), uuid.uuid4().hex
    os.mkfifo(tmp_path / "begun")
    command = [sys.executable, "-m", "isokernel", "check", str(path)]
    process = subprocess.Popen(command, env={**os.environ, MARK: mark}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(tmp_path / "begun"):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted in" in err
    gone(mark, within=60)
