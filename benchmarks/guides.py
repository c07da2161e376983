"""Notebooks as files: ``.ipynb``, and Keras' guides, which are Python files with texts between triple quotes."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

TEXT = re.compile(r'^"""(?:.*?)^"""$|^"""[^\n]*"""$', re.DOTALL | re.MULTILINE)


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook of a file.

    Of a guide, each stretch of code between two texts is a cell, as in the notebooks that Keras makes of them.
    """
    if path.suffix != ".py":
        return nbformat.read(path, as_version=4)
    stretches = (stretch.strip() for stretch in TEXT.split(path.read_text()))
    return new_notebook(cells=[new_code_cell(stretch) for stretch in stretches if stretch])
