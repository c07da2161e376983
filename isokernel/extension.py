"""The extension of a shell, loaded and taken out: ``%load_ext isokernel``, and what the isokernel kernel does."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell
from traitlets import Bool
from traitlets.config import Configurable

from .cells import IsolatedCells
from .configuration import Settings
from .magic import MAGICS, IsolatedMagics

_loaded: dict[int, IsolatedCells] = {}


def load(shell: InteractiveShell, settings: Settings | None = None) -> IsolatedCells:
    """Load the extension into a shell, once."""
    found = _loaded.get(id(shell))
    if found is None:
        if settings is None:
            settings = _OwnSettings(parent=shell)
        found = _loaded[id(shell)] = IsolatedCells(shell, settings)
        found.attach()
        shell.register_magics(IsolatedMagics(shell, found))
    return found


def unload(shell: InteractiveShell) -> None:
    """Take it out again."""
    found = _loaded.pop(id(shell), None)
    if found is not None:
        for kind, name in MAGICS:
            shell.magics_manager.magics[kind].pop(name, None)
        found.detach()


def loaded() -> IsolatedCells | None:
    """The extension of this process's shell; the newest, where a test made several."""
    return next(reversed(_loaded.values()), None)


class _OwnSettings(Settings, Configurable):
    """The settings where the kernel is not ours to hold them, and not ours to keep frameworks out of."""

    allow_load = Bool(True, help=Settings.allow_load.help).tag(config=True)


# Configuration goes by class name, and is the same in every kernel: c.IsoKernel.preload = […]
_OwnSettings.__name__ = "IsoKernel"
