"""May a cell set what a framework reads when it starts? Devices, threads, strategies, the environment, TensorFlow 1.

Judged by words, in all that the notebook has run: whatever the cell calls was written in some cell, or in a module. So
the answer errs on the side of "it may".
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable

from ..quiet import quiet

_WORDS = re.compile(
    r"\bconfig\b(?!\s*\.\s*(?:experimental\s*\.\s*)?(?:list|get)_)"  # to look is not to set
    r"|\bcompat\b|\bv1\b|\btpu\b|_?distribut(?:e|ion)\b|[sS]trategy|Distribution|\bdtensor\b"
    r"|\b(?:enable|disable)_\w+|environ\b|\bputenv\b|\bsetenv\b|dotenv|%(?:set_)?env\b|affinity|[tT]hreads?\b"
    r"|\bfork\b|multiprocess|Pool(?:Executor)?\b|Process\b|\bconcurrent\b|workers\b"  # threads don't survive a fork
    r"|\bcontext\b|\bexec\b|\beval\b|%run\b|%load\b|run_line_magic|\brunpy\b"
)
_LASTING = re.compile(r"\b(?:def|lambda|class|partial|load|exec|eval)\b|%run\b|%load\b")

KNOWN = frozenset(
    "tensorflow keras numpy pandas scipy sklearn matplotlib seaborn PIL IPython ipywidgets tqdm h5py pyarrow joblib "
    "plotly cv2 skimage imageio absl google tensorflow_datasets isokernel".split()
)
"""Packages beside Python's own whose import sets nothing of a framework's start."""


def may_configure(source: str) -> bool:
    """Whether running this cell, but for what it calls, may set what a framework reads when it starts."""
    return bool(_WORDS.search(source)) or not _imported(source) <= KNOWN | sys.stdlib_module_names


def may_lastingly(sources: Iterable[str]) -> bool:
    """Whether these cells have left behind a function, a class or a module that may do so when it is called."""
    return any(
        (_WORDS.search(source) and _LASTING.search(source)) or not _imported(source) <= KNOWN | sys.stdlib_module_names
        for source in sources
    )


def _imported(source: str) -> frozenset[str]:
    """Top-level packages that a cell imports; of one that is no Python, something that nobody knows."""
    if "import" not in source:
        return frozenset()
    python = re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE)
    try:
        with quiet():
            tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset({"?"})
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "?").partition(".")[0] if not node.level else "?")
    return frozenset(found)
