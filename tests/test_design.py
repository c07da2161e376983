"""What docs/design.md promises of the code: its layers hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DESIGN = (ROOT / "docs" / "design.md").read_text()
PACKAGE = ROOT / "isokernel"

# From the first to the last: a module imports only from those before it.
TABLE = re.findall(r"^\| (`.*?`) \|", DESIGN.partition("## Layers")[2].partition("## One run")[0], re.MULTILINE)
LAYERS = [name for cell in TABLE for name in re.findall(r"`(\w+)/?`", cell)]


def layer(path: Path) -> str:
    """The layer that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, everywhere: bool = True) -> set[str]:
    """The layers that a file imports from."""
    tree, found = ast.parse(path.read_text()), set()
    package = ("isokernel", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            home = package[: len(package) - node.level + 1]
            full = (*home, *(node.module.split(".") if node.module else ()))
            names = [full[1]] if len(full) > 1 else [alias.name for alias in node.names]
            found.update(names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found.update(m.split(".")[1] for m in modules if m and m.startswith("isokernel."))
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_layers_before_it(path):
    """No cycles, and no way back down."""
    own = layer(path)
    if own == "__init__":
        return
    allowed = {*LAYERS[: LAYERS.index(own) + 1], "__version__"}
    if own == "worker":
        allowed = {
            "errors",
            "processes",
            "installed",
            "protocol",
            "channel",
            "payload",
            "carried",
            "settings",
            "registered",
            "hashing",
            "interrupts",
            "publishing",
            "worker",
        }
    if own == "launch":
        allowed.add("worker")  # by name, for a process to start with
    elif own != "worker":
        allowed.discard("worker")
    assert imported(path) <= allowed


def test_importing_the_package_imports_no_framework_and_no_ipython():
    """`import isokernel` is for free."""
    code = "import sys, isokernel; print([m for m in ('tensorflow', 'keras', 'numpy', 'IPython') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout == "[]\n"


def test_the_kernel_imports_no_framework(kernel):
    """Nor does starting a kernel, or running isolated cells in it."""
    kernel.run("%%isolated\nimport numpy")
    loaded = "import sys; print([m for m in ('tensorflow', 'keras', 'torch', 'jax') if m in sys.modules])"
    assert kernel.run(loaded).text() == "[]\n"


def test_the_code_keeps_its_rules():
    """Those in pyproject.toml."""
    ruff = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", str(PACKAGE), str(PACKAGE.parent / "tests")]
    done = subprocess.run(ruff, capture_output=True, text=True, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr
