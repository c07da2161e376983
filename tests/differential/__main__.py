"""Play random notebooks on both kernels: ``python -m tests.differential [--training] [--first 0] [--count 300]``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from .compare import Difference, Player, differences

ROOT = Path(__file__).resolve().parent.parent.parent
ARGVS = {
    "isokernel": json.loads((ROOT / "kernelspec" / "kernel.json").read_text())["argv"],
    "plain": ["python", "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
}


def started(name: str, folder: str, *extra: str) -> KernelManager:
    """A kernel of this checkout, run by this Python."""
    home = Path(folder, "kernels", name)
    home.mkdir(parents=True)
    argv = [sys.executable, *ARGVS[name][1:]]
    (home / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))
    manager = KernelManager(kernel_name=name)
    manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(home.parent)])
    environment = {**os.environ, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}  # sets print in one order
    manager.start_kernel(cwd=folder, env=environment, extra_arguments=list(extra), stderr=subprocess.DEVNULL)
    return manager


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--show", type=int, default=10, help="differences to show whole")
    parser.add_argument("--training", action="store_true", help="notebooks that train, with the kernel as it comes")
    asked = parser.parse_args()
    plain = ("--IsoKernel.isolate=all", "--IsoKernel.preload=numpy")
    with tempfile.TemporaryDirectory() as folder:
        ours = started("isokernel", folder, "--IsoKernel.echo=never", *(() if asked.training else plain))
        theirs = started("plain", folder)
        players, clients = [], []
        try:
            for manager in (ours, theirs):
                client = manager.client()
                client.start_channels()
                client.wait_for_ready(timeout=120)
                clients.append(client)
                players.append(Player(client))
            found: list[Difference] = []
            begun = time.monotonic()
            seeds = range(asked.first, asked.first + asked.count)
            for each in differences(*players, seeds, asked.training):
                found.append(each)
                if len(found) <= asked.show:
                    print(each, flush=True)
        finally:
            for client in clients:
                client.stop_channels()
            ours.shutdown_kernel()
            theirs.shutdown_kernel()
    told = sum(each.told for each in found)
    print(f"{asked.count} notebooks in {time.monotonic() - begun:.0f} s: {len(found)} differ, {told} of them told")
    print("seeds:", *(f"{each.seed}{'t' if each.told else ''}" for each in found))
    return bool(len(found) - told)


if __name__ == "__main__":
    sys.exit(main())
