"""End to end: what one cell leaves to the next in an ordinary kernel, and doesn't where cells are isolated.

The default run takes a few leaks of each sort; ``-m battery`` takes the others, and all those that need no framework
once more where frameworks are in the template.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "leaks"
FRAMEWORK = ("keras_", "tf_")
SAMPLE = {
    "ipython_output_history", "keras_layer_names", "mpl_backend", "np_seed", "py_environ", "py_last_traceback",
    "py_logging_disabled", "py_patched_np_load", "py_shared_memory", "py_umask", "py_warnings_off",
    "py_working_directory", "tf_graphs_never_freed", "tf_threads_too_late", "tf_v1_interactive_session",
}  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """A file of tests/leaks, which holds literals only and is read, never imported; ``about`` is its docstring.

    SETUP     an earlier cell of the notebook, if there is one
    CELL      the training cell, run twice
    CHECK     a later cell; sets ``leaked``, and ``evidence`` to be read. It finds ``runs``: of each run of CELL a dict
              of ``error`` (None or 'Type: message'), ``stdout``, ``stderr`` and ``outputs``
    INPUTS    names that CELL takes from SETUP
    OUTPUTS   names that CELL gives back
    RUNS      1, where CELL is run once
    RAISES    True, where CELL may raise in a process of its own
    """

    name: str
    about: str
    cell: str
    check: str
    setup: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    runs: int = 2
    raises: bool = False

    @classmethod
    def read(cls, path: Path) -> Leak:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        held = {n.targets[0].id.lower(): ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign)}
        return cls(path.stem, ast.get_docstring(tree) or "", **held)

    @property
    def framework(self) -> bool:
        return self.name.startswith(FRAMEWORK)


@dataclass(frozen=True)
class Verdict:
    """What CHECK found, and how each run of CELL ended."""

    leaked: bool
    evidence: str
    errors: list[str | None]


LEAKS = [Leak.read(path) for path in sorted(FOLDER.glob("*.py")) if not path.name.startswith("_")]


def cases(framework: bool, sample: set[str] = SAMPLE) -> list[Any]:
    """Leaks as parameters; those that the default run leaves out are marked."""
    return [
        pytest.param(leak, id=leak.name, marks=[] if leak.name in sample else pytest.mark.battery)
        for leak in LEAKS
        if leak.framework is framework
    ]


def isolated(kernel: Any, leak: Leak, folder: Path) -> Verdict:
    """The verdict where each step is an isolated cell, and names cross as they are declared."""
    known: list[str] = []

    def step(source: str, given: list[str], taken: list[str]) -> Any:
        options = f" -i {','.join(given)}" * bool(given) + f" -o {','.join(taken)}" * bool(taken)
        reply = kernel.run(f"%%isolated{options}\n{source}")
        if reply.ok:
            known.extend(name for name in taken if name not in known)
        return reply

    home, errors = os.getcwd(), []
    kernel.run(f"import os; os.chdir({str(folder)!r}); runs = []")
    try:
        if leak.setup:
            made = step(leak.setup, [], list(leak.inputs))
            assert made.ok, made.traceback
        for _ in range(leak.runs):
            reply = step(leak.cell, list(leak.inputs), list(leak.outputs))
            errors.append(reply.error or None)
            run = {"error": errors[-1], "stdout": reply.text(), "stderr": reply.text("stderr")}
            outputs = ", ".join(f"{name!r}: {name}" for name in leak.outputs if reply.ok)
            assert kernel.run(f"runs.append({{**{run!r}, 'outputs': {{{outputs}}}}})").ok
        checked = step(leak.check, [*known, "runs"], ["leaked", "evidence"])
        assert checked.ok, checked.traceback
        return Verdict(*kernel.value("[bool(leaked), str(evidence)]"), errors)
    finally:
        kernel.run(f"os.chdir({home!r})\nfor name in {[*known, 'runs', 'name', 'os']!r}: globals().pop(name, None)")


class Ordinary:
    """A process whose forks run all cells of a notebook in one namespace, as an ordinary kernel does."""

    def __init__(self, *modules: str) -> None:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment.pop("MPLBACKEND", None)
        self.process = subprocess.Popen(
            [sys.executable, FOLDER / "_ordinary.py", *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def play(self, leak: Leak, folder: Path) -> Verdict:
        """The verdict where nothing is isolated."""
        self.process.stdin.write(json.dumps({**asdict(leak), "folder": str(folder)}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return Verdict(**answer)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def ordinary() -> Iterator[Ordinary]:
    """It imports nothing ahead."""
    process = Ordinary()
    yield process
    process.close()


@pytest.fixture(scope="module")
def tf_ordinary() -> Iterator[Ordinary]:
    """It has imported TensorFlow, and not used it yet."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    process = Ordinary("tensorflow", "keras")
    yield process
    process.close()


def assert_clean(kernel: Any, leak: Leak, folder: Path) -> None:
    verdict = isolated(kernel, leak, folder)
    assert not verdict.leaked, verdict.evidence
    assert leak.raises or not any(verdict.errors), verdict.errors


@pytest.mark.parametrize("leak", cases(framework=False))
def test_an_isolated_cell_leaves_nothing(kernel, leak, tmp_path):
    """What a cell did to its process is not found by the next."""
    assert_clean(kernel, leak, tmp_path)


@pytest.mark.tensorflow
@pytest.mark.parametrize("leak", cases(framework=True))
def test_an_isolated_cell_leaves_nothing_in_its_framework(tf_kernel, leak, tmp_path):
    """The same for what Keras and TensorFlow keep."""
    assert_clean(tf_kernel, leak, tmp_path)


@pytest.mark.tensorflow
@pytest.mark.parametrize("leak", cases(framework=False, sample=set()))
def test_an_isolated_cell_leaves_nothing_beside_a_framework(tf_kernel, leak, tmp_path):
    """A template that has imported a framework is as clean as one that hasn't."""
    assert_clean(tf_kernel, leak, tmp_path)


@pytest.mark.parametrize("leak", cases(framework=False))
def test_an_ordinary_cell_leaves_it(ordinary, leak, tmp_path):
    """The same cells leak where they share a process: these tests can fail."""
    verdict = ordinary.play(leak, tmp_path)
    assert verdict.leaked, (verdict.evidence, verdict.errors)


@pytest.mark.tensorflow
@pytest.mark.parametrize("leak", cases(framework=True))
def test_an_ordinary_cell_leaves_it_in_its_framework(tf_ordinary, leak, tmp_path):
    """The same for what Keras and TensorFlow keep."""
    verdict = tf_ordinary.play(leak, tmp_path)
    assert verdict.leaked, (verdict.evidence, verdict.errors)


def test_the_leaks_are_there():
    """They were found, each says in a sentence what is left, and the sample of them exists."""
    assert len(LEAKS) > 80
    assert [leak.name for leak in LEAKS if not leak.about.endswith(".")] == []
    assert SAMPLE - {leak.name for leak in LEAKS} == set()
