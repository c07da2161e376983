"""``isokernel demo``: one notebook on two kernels, and what each left from run to run.

``article.ipynb`` holds the examples, and each of its cells ends with a dict of facts. :mod:`.play` executes it through
a Jupyter client; :mod:`.evidence` reads the facts out of the executed notebook; :mod:`.claims` compares them;
:mod:`.report` shows them. What the table says is computed from the two notebooks that are left, and from nothing else.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

KERNELS = ("python3", "isokernel")
NEEDED = ("tensorflow", "sklearn", "matplotlib", "nbclient", "nbformat")


def main(out: Path) -> int:
    """Run the demo.

    Parameters
    ----------
    out : Path
        Folder for the two executed notebooks; made if it doesn't exist.

    Returns
    -------
    int
        0 if every claim holds, 1 if one doesn't or a kernel failed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return _fail(f"the demo needs {', '.join(missing)}: pip install 'isokernel[demo]'")
    from . import claims, evidence, play, report

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _fail(f"the folder {out} can't be made: {error.strerror}")
    versions = ", ".join(f"{name} {version(name.lower())}" for name in ("TensorFlow", "Keras", "ipykernel"))
    print(f"One notebook on {' and '.join(KERNELS)}, with {versions}\n", flush=True)
    told = {}
    for kernel in KERNELS:
        try:
            told[kernel] = evidence.read(play.execute(kernel, out / f"article-{kernel}.ipynb"))
        except play.StoppedError as error:
            return _fail(str(error))
    verdict = claims.judge(*told.values())
    print(f"\n{report.text(told, verdict)}\n\nBoth notebooks, as they were executed, are in {out}")
    return int(not all(claim.holds for claim in verdict))


def _fail(message: str) -> int:
    print(f"isokernel: {message}", file=sys.stderr)
    return 1
