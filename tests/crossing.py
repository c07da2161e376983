"""The lists of docs/crossing.md, from what the tests hold: ``python -m tests.crossing`` writes them anew.

They are made of the kinds of values in ``tests/values`` and of the settings that are carried.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.kinds import Kind, read
from isokernel import carried

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "crossing.md"
LIBRARIES = {
    "py_": "Python",
    "np_": "NumPy",
    "ds_": "pandas, SciPy, scikit-learn, matplotlib, Pillow, PyArrow",
    "tf_": "TensorFlow",
    "k_": "Keras",
}
SETTINGS = {
    "Given to every run, and taken back from an undeclared one": carried.OF_THE_PLACE,
    "The notebook's and an undeclared cell's, in both directions": carried.OF_THE_NOTEBOOK,
    "A framework's, from one undeclared run to the next": carried.OF_FRAMEWORKS,
}


def kinds(expect: str) -> str:
    """The kinds that are to cross, or to be refused, by library."""
    lines = []
    for prefix, library in LIBRARIES.items():
        found: list[Kind] = [k for k in KINDS if k.expect == expect and k.name.startswith(prefix)]
        lines += [f"- {library}", *(f"    - {kind.about}" for kind in found)] if found else []
    return "\n".join(lines)


KINDS = read(ROOT / "tests" / "values")
LISTS = {
    "ships": lambda: kinds("ships"),
    "refused": lambda: kinds("refused"),
    "settings": lambda: "\n".join(
        f"- {title}: {', '.join(dict.fromkeys(setting.name for setting in found))}."
        for title, found in SETTINGS.items()
    ),
}


def written(text: str) -> str:
    """The page with its lists between their markers."""
    for name, made in LISTS.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        text = re.sub(f"(?s){begin}.*?{end}", lambda _, b=begin, m=made, e=end: f"{b}\n\n{m()}\n\n{e}", text)
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
