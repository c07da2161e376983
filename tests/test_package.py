"""The wheel: built, installed into an empty environment, and its kernel found there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, built by hatchling in this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"import os; os.chdir({str(ROOT)!r}); from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return folder / done.stdout.split()[-1]


def test_the_wheel_holds_the_package_and_no_more(wheel):
    """No tests, no benchmarks; the demo's notebook and the kernelspec are in it."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t.split("-")[0] for t in tops} == {"isokernel"}
    assert any(name.endswith("share/jupyter/kernels/isokernel/kernel.json") for name in names)
    assert {"isokernel/kernelspec/logo-svg.svg", "isokernel/demo/article.ipynb"} <= set(names)


def test_installing_the_wheel_is_enough_to_have_the_kernel(wheel, tmp_path):
    """Jupyter finds it where a wheel's data files go, with a bare ``python`` for the server to fill in."""
    home = tmp_path / "empty"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["pip", "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    tool = [sys.executable, "-m", "pip", "--python", str(python), *install[1:]]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode:
        tool = ["uv", "pip", "install", "--python", str(python), *install[2:]]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PIP_FIND_LINKS")}
    subprocess.run(tool, check=True, env=environment, timeout=60)
    spec = json.loads((home / "share" / "jupyter" / "kernels" / "isokernel" / "kernel.json").read_text())
    assert spec["argv"][:4] == ["python", "-Xfrozen_modules=off", "-m", "isokernel.launcher"]
    code = "import isokernel, sys; print(isokernel.__version__, isokernel.__file__.startswith(sys.prefix))"
    done = subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True, env=environment, cwd="/"
    )
    assert done.stdout == "0.1.0 True\n"


def test_runtime_dependencies_are_the_six_that_were_chosen():
    """A seventh is a decision, not an accident."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [d.split(">")[0] for d in project["dependencies"]] == [
        "ipykernel",
        "cloudpickle",
        "multiprocess",
        "psutil",
        "nbclient",
        "nbformat",
    ]


def test_clients_can_compare_the_version_as_one_of_ipython_s():
    """Ours is its local part."""
    from IPython import __version__ as ipython
    from packaging.version import Version

    from isokernel import __version__
    from isokernel.kernel import IsoKernel

    version = Version(IsoKernel.implementation_version)
    assert (version.public, version.local) == (ipython, f"isokernel.{__version__}")
