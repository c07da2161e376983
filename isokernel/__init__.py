"""A training cell is a function: fresh process, declared inputs, declared outputs.

In JupyterLab choose the kernel "Python 3 (isokernel)"; in any other IPython kernel say ``%load_ext isokernel``. Then::

    # %% isolated -i X,y -i lr=0.01 -o model
    model = train(X, y, lr)

runs in a process of its own. Importing this package imports neither IPython nor a framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import own

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .handles import Handle
    from .payload import Refuse, register_reducer
    from .publishing import publish, publish_each_epoch
    from .records import Record

__version__ = "0.1.0"
__all__ = ["Handle", "Record", "Refuse", "last_run", "publish", "publish_each_epoch", "register_reducer"]

own.keep()

_HOMES = {
    "Handle": "handles",
    "Record": "records",
    "Refuse": "payload",
    "publish": "publishing",
    "publish_each_epoch": "publishing",
    "register_reducer": "payload",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def last_run() -> Record | None:
    """What the last isolated run was given, took and left; None before the first."""
    from .extension import loaded

    cells = loaded()
    return cells.session.records.last if cells else None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext isokernel``."""
    from .extension import load

    load(shell).session.warm()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext isokernel``."""
    from .extension import unload

    unload(shell)
