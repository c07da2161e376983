"""A JupyterLab of the tests' own: no settings, kernels or ports of the user's are used.

It listens on 127.0.0.1, on a port that is free, and wants its token. Its kernels are those of this checkout, as
``isokernel install`` installs them: the one of the launcher's tile, and ``quick``, which imports no framework ahead.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from conftest import MARK, gone

from isokernel import specs

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


class Server:
    """A running server.

    Parameters
    ----------
    home : Path
        An empty folder for its settings, kernels and notebooks.
    """

    def __init__(self, home: Path) -> None:
        self.mark, self.token = uuid.uuid4().hex, secrets.token_hex(16)
        self.notebooks = home / "notebooks"
        self.notebooks.mkdir()
        overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps(SETTINGS))
        _install(home, "isokernel", "Python 3 (isokernel)")
        _install(home, "quick", "Python 3 (nothing imported ahead)", "--IsoKernel.preload=[]")
        environment = {
            **os.environ,
            MARK: self.mark,
            "JUPYTER_TOKEN": self.token,
            "JUPYTER_PATH": str(home / "share" / "jupyter"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
            "TF_CPP_MIN_LOG_LEVEL": "3",  # what TensorFlow says of the machine is not for the pictures
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        command += ["--ServerApp.port=0", f"--ServerApp.root_dir={self.notebooks}"]
        self.process = subprocess.Popen(
            command, cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.log: list[str] = []
        self.url = self._address()
        self._drain = threading.Thread(target=lambda: self.log.extend(self.process.stderr))
        self._drain.start()

    def _address(self) -> str:
        for line in self.process.stderr:
            self.log.append(line)
            if found := ADDRESS.search(line):
                return found[0]
        raise AssertionError(f"JupyterLab didn't start: {''.join(self.log)}")

    def ask(self, path: str, method: str = "GET") -> Any:
        """What its REST interface answers, as JSON; None for no content."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def end_kernels(self) -> None:
        """Shut all kernels down; fails where one of their processes is left."""
        for session in self.ask("api/sessions"):
            self.ask(f"api/sessions/{session['id']}", "DELETE")
        gone(self.mark, apart_from=self.process.pid)

    def close(self) -> None:
        """End it; fails where a process of it, or of its kernels, is left."""
        self.process.terminate()
        self.process.wait(30)
        self._drain.join(10)
        self.process.stderr.close()
        gone(self.mark)


def _install(home: Path, name: str, display_name: str, *arguments: str) -> None:
    spec = specs.content(display_name=display_name)
    spec["argv"] += arguments
    specs.install(spec, name, prefix=str(home))
