"""Kernelspecs: what tells Jupyter how to start the kernel, and where those of ours lie.

The wheel brings one (``python``, whichever starts the server) as a data file; :func:`install` writes others that name
this interpreter. One that had the name before is kept inside ours, and put back by :func:`uninstall`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import SYSTEM_JUPYTER_PATH

NAME = "isokernel"
LAUNCHER = "isokernel.launcher"
REPLACED = "replaced"  # the spec that had the name before ours, in a folder of ours

# kernelspec/ lies in the package where a wheel was installed, beside it in a checkout.
_PLACES = (Path(__file__).parent / "kernelspec", Path(__file__).parent.parent / "kernelspec")


@dataclass(frozen=True, slots=True)
class Spec:
    """A kernelspec of ours as it was found.

    Parameters
    ----------
    name : str
        As in Jupyter's launcher and ``jupyter kernelspec list``.
    directory : Path
    argv : tuple of str
    """

    name: str
    directory: Path
    argv: tuple[str, ...]

    @property
    def python(self) -> str | None:
        """The interpreter it names; None where that is left to Jupyter (a bare ``python``)."""
        return self.argv[0] if os.path.isabs(self.argv[0]) else None

    @property
    def here(self) -> bool:
        """Whether it starts the Python that asks."""
        if self.python is None:
            return self.directory.is_relative_to(sys.prefix)
        return os.path.abspath(self.python) == os.path.abspath(sys.executable)


def resources() -> Path:
    """The folder with kernel.json and the logos."""
    return next(place for place in _PLACES if (place / "kernel.json").exists())


def content(
    *,
    display_name: str | None = None,
    profile: str | None = None,
    env: Mapping[str, str] | None = None,
    frozen_modules: bool = False,
    python: str = sys.executable,
) -> dict[str, Any]:
    """A kernel.json that names an interpreter."""
    spec = json.loads((resources() / "kernel.json").read_text(encoding="utf-8"))
    _, frozen, *rest = spec["argv"]
    env = dict(env or {})
    if frozen_modules:
        # The user knows that the debugger won't see those modules; it needn't say so at each start.
        env.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        spec["argv"] = [python, *rest]
    else:
        spec["argv"] = [python, frozen, *rest]
    if profile:
        spec["argv"] += ["--profile", profile]
        spec["display_name"] = f"Python 3 (isokernel) [profile={profile}]"
    if display_name:
        spec["display_name"] = display_name
    if env:
        spec["env"] = env
    return spec


def write(directory: Path, spec: Mapping[str, Any]) -> None:
    """Make a kernelspec folder."""
    directory.mkdir(parents=True)
    for file in resources().glob("logo-*"):
        shutil.copyfile(file, directory / file.name)
    (directory / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")


def install(spec: Mapping[str, Any], name: str = NAME, *, user: bool = False, prefix: str | None = None) -> Path:
    """Put a kernelspec where Jupyter finds it: the user's, a prefix's, or else the system's folder.

    Raises
    ------
    ValueError
        For a name that can't be a kernel's.
    OSError
        Where the folder can't be written.
    """
    manager = KernelSpecManager()
    if user:
        kernels = Path(manager.user_kernel_dir)
    else:
        kernels = Path(prefix, "share", "jupyter", "kernels") if prefix else Path(SYSTEM_JUPYTER_PATH[0], "kernels")
    target = kernels / name.lower()
    with tempfile.TemporaryDirectory(prefix="isokernel-spec-") as staging:
        folder = Path(staging) / name
        write(folder, spec)
        before = target / REPLACED if _read(target) else target
        if before.is_dir():
            shutil.copytree(before, folder / REPLACED)
        return Path(manager.install_kernel_spec(str(folder), kernel_name=name, user=user, prefix=prefix))


def uninstall(spec: Spec) -> bool:
    """Remove one, and put back what it had replaced; True if there was such."""
    before = spec.directory / REPLACED
    replaced = before.is_dir()
    if replaced:
        aside = spec.directory.with_name(f".{spec.name}-{REPLACED}")
        before.rename(aside)
        shutil.rmtree(spec.directory)
        aside.rename(spec.directory)
    else:
        shutil.rmtree(spec.directory)
    return replaced


def installed(prefixes: Sequence[str] = ()) -> Iterator[Spec]:
    """All kernelspecs of ours in Jupyter's folders and those of more prefixes, shadowed ones too."""
    folders = [os.path.join(p, "share", "jupyter", "kernels") for p in prefixes]
    for folder in dict.fromkeys([*KernelSpecManager().kernel_dirs, *folders]):
        if os.path.isdir(folder):
            for directory in sorted(Path(folder).iterdir()):
                argv = _read(directory)
                if argv:
                    yield Spec(directory.name, directory, argv)


def _read(directory: Path) -> tuple[str, ...] | None:
    """The command line of a kernelspec of ours; None for any other folder."""
    try:
        argv = json.loads((directory / "kernel.json").read_text(encoding="utf-8"))["argv"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no kernelspec, or one that nobody can start
    return tuple(argv) if LAUNCHER in argv else None
