"""The demo: what it reads from executed notebooks, what follows from that, and the notebook it ships."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import uuid
from dataclasses import replace

import nbformat
import pytest
from conftest import ANSI, MARK, gone

from isokernel import demo
from isokernel.declaration import comment_declaration, parse
from isokernel.demo import claims, evidence, play, report
from isokernel.demo.evidence import Example, Run

V4 = nbformat.v4


def heading(example, title, measures):
    """A heading of an executed notebook."""
    return V4.new_markdown_cell(
        f"## {title}\n\nText.", metadata={"isokernel": {"example": example, "measures": measures}}
    )


def cell(example, run, result=None, error="", seconds=1):
    """An executed cell with a result, in plain text, or an error."""
    outputs = [V4.new_output("stream", name="stdout", text="Epoch 1\n")]
    if result is not None:
        outputs.append(V4.new_output("execute_result", data={"text/plain": result}))
    if error:
        outputs.append(V4.new_output("error", ename=error, evalue="", traceback=[]))
    times = {
        "iopub.status.busy": "2026-01-01T00:00:00.000000Z",
        "iopub.status.idle": f"2026-01-01T00:00:0{seconds}.500000Z",
    }
    return V4.new_code_cell(
        "", outputs=outputs, metadata={"isokernel": {"example": example, "run": run}, "execution": times}
    )


def notebook(names=("dense", "dense_1"), used=0.1, error="", accuracy="0.95"):
    """An executed notebook as python3 leaves it, or another."""
    return V4.new_notebook(cells=[
        V4.new_markdown_cell("# Not an example"),
        V4.new_code_cell("learning_rate = 0.01"),
        heading("model", "A model", "leaks"),
        *(cell("model", i + 1, f"{{'name': {name!r},\n 'graphs': 3}}") for i, name in enumerate(names)),
        heading("rate", "A rate", "leaks"),
        cell("rate", "undeclared", error=error),
        cell("rate", 1, f"{{'asked': 0.01, 'rate': {used}}}"),
        heading("digits", "Digits", "accuracy"),
        cell("digits", "model", "<Sequential name=sequential>"),
        cell("digits", "test", f"{{'accuracy': {accuracy}}}", seconds=2),
    ])  # fmt: skip


LEAKY = evidence.read(notebook())
CLEAN = evidence.read(notebook(names=("dense", "dense"), used=0.01, error="UndeclaredName"))


def failing(ordinary, isolated):
    """The claims that don't hold."""
    return [claim.text for claim in claims.judge(ordinary, isolated) if not claim.holds]


def test_facts_are_read_from_the_outputs_of_executed_cells():
    """As a reader of the notebook sees them; nothing is run for it."""
    first, *_, digits, test = LEAKY.runs
    assert first == Run("model", 1, {"name": "dense", "graphs": 3}, "", 1.5)
    assert (digits.facts, test.facts, test.seconds) == ({}, {"accuracy": 0.95}, 2.5)
    assert LEAKY.examples[0] == Example("model", "A model", "leaks")


def test_a_fact_that_another_run_reports_differently_leaked():
    """The same source can have it from an earlier run only."""
    (leak,) = claims.leaks(LEAKY.of(LEAKY.examples[0]))
    assert (leak.name, leak.values) == ("name", ("dense", "dense_1"))


def test_a_fact_that_is_not_what_was_asked_leaked():
    """Also in a cell that ran once."""
    (leak,) = claims.leaks(LEAKY.of(LEAKY.examples[1]))
    assert (leak.name, leak.values, leak.asked) == ("rate", (0.1,), (0.01,))


def test_all_claims_hold_where_one_kernel_leaks_and_the_other_does_not():
    """The demo's promise."""
    assert failing(LEAKY, CLEAN) == []


def test_a_leak_on_isokernel_fails_its_claim():
    """Whatever python3 did."""
    assert failing(LEAKY, evidence.read(notebook(used=0.01, error="UndeclaredName"))) == [
        "A model: doesn't on isokernel"
    ]


def test_a_python3_that_does_not_leak_fails_its_claim():
    """Then the demo would show nothing."""
    assert failing(evidence.read(notebook(names=("dense", "dense"))), CLEAN) == ["A model: leaks on python3"]


def test_silence_is_not_taken_for_cleanliness():
    """A run on isokernel that reported nothing proves nothing."""
    silent = replace(CLEAN, runs=tuple(r for r in CLEAN.runs if (r.example, r.run) != ("model", 2)))
    (claim,) = [c for c in claims.judge(LEAKY, silent) if not c.holds]
    assert (claim.text, claim.evidence) == ("A model: doesn't on isokernel", "it told other facts than python3")


@pytest.mark.parametrize(("there", "here"), [("", ""), ("", "NameError"), ("NameError", "UndeclaredName")])
def test_an_undeclared_global_must_run_there_and_be_refused_here(there, here):
    """By that error, not by any."""
    ordinary = evidence.read(notebook(error=there))
    isolated = evidence.read(notebook(names=("dense", "dense"), used=0.01, error=here))
    assert failing(ordinary, isolated) == ["a global that isn't declared: read on python3, refused on isokernel"]


@pytest.mark.parametrize("accuracy", ["0.9", "None", "0.1"])
def test_a_poor_accuracy_or_none_fails(accuracy):
    """On either kernel."""
    poor = evidence.read(notebook(accuracy=accuracy))
    assert failing(poor, CLEAN) == ["accuracy above 0.9 on python3"]


def test_the_table_shows_what_leaked_beside_what_did_not():
    """To the letter."""
    told = {"python3": LEAKY, "isokernel": CLEAN}
    assert report.text(told, claims.judge(LEAKY, CLEAN)[:2]) == TABLE.strip("\n")


TABLE = """
                                python3                                     isokernel
----------------------------------------------------------------------------------------------------------
A model
  name                          dense, then dense_1                         dense, each time
  leaked                        1 of 2 facts                                nothing
  seconds                       3.0                                         3.0
----------------------------------------------------------------------------------------------------------
A rate
  rate                          0.1; asked: 0.01                            0.01, as asked
  (reading it undeclared)       ran                                         raised UndeclaredName
  leaked                        1 of 1 facts                                nothing
  seconds                       3.0                                         3.0
----------------------------------------------------------------------------------------------------------
Digits
  accuracy                      0.95                                        0.95
  seconds                       4.0                                         4.0
----------------------------------------------------------------------------------------------------------
All: leaked                     2                                           0
     seconds                    10.0                                        10.0

holds  A model: leaks on python3 (1 of 2 facts)
holds  A model: doesn't on isokernel (0 of 2 facts)
"""


@pytest.mark.parametrize(("error", "status"), [("UndeclaredName", 0), ("", 1)])
def test_the_status_is_1_when_a_claim_fails(tmp_path, monkeypatch, capsys, error, status):
    """For scripts and CI."""
    executed = {"python3": notebook(), "isokernel": notebook(names=("dense", "dense"), used=0.01, error=error)}
    monkeypatch.setattr(demo, "version", lambda name: "1")
    monkeypatch.setattr(demo, "NEEDED", ())
    monkeypatch.setattr(play, "execute", lambda kernel, file: executed[kernel])
    assert demo.main(tmp_path / "new" / "out") == status
    out = capsys.readouterr().out
    assert ("FAILS  a global" in out) == bool(status)
    assert out.endswith(f"Both notebooks, as they were executed, are in {tmp_path / 'new' / 'out'}\n")


def test_what_the_demo_lacks_is_named(tmp_path, monkeypatch, capsys):
    """Before anything is made."""
    monkeypatch.setattr(demo, "NEEDED", ("sys", "no_such_framework"))
    assert demo.main(tmp_path / "out") == 1
    assert capsys.readouterr().err == "isokernel: the demo needs no_such_framework: pip install 'isokernel[demo]'\n"
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch, capsys):
    """Before a kernel is started."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(demo, "NEEDED", ())
    assert demo.main(tmp_path / "file") == 1
    assert capsys.readouterr().err == f"isokernel: the folder {tmp_path / 'file'} can't be made: File exists\n"


def test_a_cell_that_fails_stops_the_demo_and_leaves_the_notebook(tmp_path, monkeypatch, capsys):
    """With the cells up to there, and a line for each; the kernel is gone."""
    monkeypatch.setenv(MARK, mark := uuid.uuid4().hex)
    cells = [V4.new_code_cell("1 + 1"), V4.new_code_cell("raise ValueError('no')"), V4.new_code_cell("2 + 2")]
    monkeypatch.setattr(play, "notebook", lambda: V4.new_notebook(cells=cells))
    with pytest.raises(play.StoppedError) as caught:
        play.execute("python3", tmp_path / "x.ipynb")
    assert str(caught.value).startswith(f"the notebook stopped on python3, and is in {tmp_path / 'x.ipynb'}.\n")
    assert ANSI.sub("", str(caught.value)).rstrip().endswith("ValueError: no")
    left = nbformat.read(tmp_path / "x.ipynb", 4)
    assert [len(c.outputs) for c in left.cells] == [1, 1, 0]
    monkeypatch.delenv(MARK)
    gone(mark)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("python3    1/3  ")
    assert [line.partition(" s  ")[2] for line in (first, second)] == ["1 + 1", "raise ValueError('no')"]


class TestTheNotebookThatIsShipped:
    """What its cells promise before anybody runs them."""

    shipped = play.notebook()
    code = tuple(c for c in shipped.cells if c.cell_type == "code")

    def test_it_is_valid_and_holds_no_outputs(self):
        """They would be claims that were written down."""
        nbformat.validate(self.shipped)
        assert all(c.outputs == [] and c.execution_count is None for c in self.code)

    def test_every_example_has_a_title_and_runs(self):
        """In this order: an eager switch would spoil what comes after it on python3, and the kernel is looked at last."""
        told = evidence.read(self.shipped)
        assert [e.name for e in told.examples] == ["model", "rate", "digits", "session", "kernel"]
        assert all(told.of(example) for example in told.examples)

    def test_runs_of_one_example_are_the_same_cell(self):
        """A difference in what they report is then not one of the source."""
        sources = {}
        for c in self.code:
            place = c.metadata.get("isokernel", {})
            if isinstance(place.get("run"), int):
                sources.setdefault(place["example"], []).append(c.source)
        assert {example: (len(s), len(set(s))) for example, s in sources.items()} == {
            "model": (3, 1), "rate": (3, 1), "kernel": (1, 1), "session": (3, 1),
        }  # fmt: skip

    def test_frameworks_are_imported_in_declared_cells_only(self):
        """In the comment form, so that the cells are those of any notebook."""
        for c in self.code:
            declared = comment_declaration(c.source.partition("\n")[0])
            if declared is not None:
                parse(declared)
                continue
            imported = [n for n in ast.parse(c.source).body if isinstance(n, (ast.Import, ast.ImportFrom))]
            assert not any("keras" in ast.unparse(n) or "tensorflow" in ast.unparse(n) for n in imported)

    def test_one_cell_may_raise(self):
        """The one that isokernel refuses."""
        assert [c.metadata.isokernel.run for c in self.code if c.metadata.get("tags")] == ["undeclared"]


@pytest.mark.slow
@pytest.mark.tensorflow
@pytest.mark.timeout(600)
def test_the_whole_demo(tmp_path):
    """Both kernels, real: every claim holds, both notebooks are left, no process is."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    mark = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, "-m", "isokernel", "demo"],
        cwd=tmp_path,
        env={**os.environ, MARK: mark},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILS" not in done.stdout
    assert done.stderr == ""
    assert sorted(p.name for p in (tmp_path / "isokernel-demo").iterdir()) == [
        "article-isokernel.ipynb",
        "article-python3.ipynb",
    ]
    gone(mark)
