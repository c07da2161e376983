"""The demo's notebook, executed by whoever executes notebooks, on the kernel that python3 stands for."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import nbformat
import pytest

EXECUTORS = {
    "nbclient": ["-c", "from nbclient.cli import main; main()", "--kernel_name=python3", "--inplace", "article.ipynb"],
    "nbconvert": ["-m", "nbconvert", "--execute", "--ExecutePreprocessor.kernel_name=python3", "--inplace",
                  "article.ipynb"],
    "papermill": ["-m", "papermill", "--kernel=python3", "article.ipynb", "article.ipynb"],
}  # fmt: skip


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_demo_is_executed(executor: str, tmp_path: Path) -> None:
    """To its end, and no cell raises but one that may; papermill tells that one by its exit status, tagged or not."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    article = tmp_path / "article.ipynb"
    article.write_bytes((files("isokernel.demo") / "article.ipynb").read_bytes())
    done = subprocess.run(
        [sys.executable, *EXECUTORS[executor]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    cells = [cell for cell in nbformat.read(article, 4).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells), done.stdout + done.stderr
    raised = [cell for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    assert all("raises-exception" in cell.metadata.get("tags", []) for cell in raised), done.stdout + done.stderr
