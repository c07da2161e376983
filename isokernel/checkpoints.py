"""Files that a run wrote and that hold a model: what can be gone on from when its process has died."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import size

ENDINGS = (
    ".keras",
    ".h5",
    ".hdf5",
    ".weights.h5",
    ".index",
    ".ckpt",
    ".pt",
    ".pth",
    ".safetensors",
    ".msgpack",
    ".pkl",
)
NAMES = ("saved_model.pb", "checkpoint")  # of TensorFlow's folders
DEPTH, MANY = 4, 5000  # folders below, and files looked at: a look, not a search
TOLD = 3


def written(folder: Path, since: float) -> list[str]:
    """Lines that name the newest such files below `folder` that were written after `since` (:func:`time.time`).

    Empty where there are none.
    """
    found = []
    for entry in _files(folder):
        if entry.name.endswith(ENDINGS) or entry.name in NAMES:
            try:
                about = entry.stat()
            except OSError:
                continue  # a temporary one, gone by now
            if about.st_mtime >= since:
                found.append((about.st_mtime, str(Path(entry.path).relative_to(folder)), about.st_size))
    newest = sorted(found, reverse=True)[:TOLD]
    told = [f"{path} ({size(nbytes)}, {time.strftime('%H:%M:%S', time.localtime(at))})" for at, path, nbytes in newest]
    return [f"Checkpoints that the cell wrote: {', '.join(told)}"] if told else []


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    left, count = [(folder, 0)], 0
    while left and count < MANY:
        place, depth = left.pop(0)
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        for entry in entries[: MANY - count]:
            count += 1
            if entry.is_file(follow_symlinks=False):
                yield entry
            elif depth < DEPTH and entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                left.append((Path(entry.path), depth + 1))
