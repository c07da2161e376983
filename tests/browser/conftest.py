"""A browser, a JupyterLab, and a picture of how each test ended."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import MARK, ROOT, gone

from .page import Notebook
from .server import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARTEFACTS = Path(os.environ.get("ISOKERNEL_ARTEFACTS") or ROOT / "browser-artefacts")


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """The machine's own Chromium, without a window."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(
            f"there is no browser: none of {', '.join(BROWSERS)} is on the PATH (Debian: apt-get install chromium)"
        )
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the dependency group browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, mark := uuid.uuid4().hex)
        with playwright.sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=executable)
            yield chromium
            chromium.close()
    gone(mark)


@pytest.fixture(scope="package")
def server(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is in the dependency group browser")
    server = Server(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


def picture(what: Any, name: str) -> None:
    """Keep the look of a page, or of a part of it."""
    ARTEFACTS.mkdir(exist_ok=True)
    what.screenshot(path=ARTEFACTS / f"{name}.png")


@pytest.fixture
def page(browser: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Any]:
    """An empty page that is let into JupyterLab; its last look is kept as a picture."""
    page = browser.new_page(viewport={"width": 1100, "height": 800}, device_scale_factor=2)
    page.set_default_timeout(30_000)
    page.goto(f"{server.url}login?token={server.token}&next=/api")
    yield page
    picture(page, re.sub(r"^test_", "", request.node.name))
    page.close()
    server.end_kernels()


@pytest.fixture
def open_notebook(page: Any, server: Server, request: pytest.FixtureRequest) -> Callable[..., Notebook]:
    """A function that opens a new notebook of these cells: ``open_notebook(*sources, kernel='quick', tags=())``."""

    def open_notebook(*sources: str, kernel: str = "quick") -> Notebook:
        name = f"{re.sub(r'^test_', '', request.node.name)[:40]}.ipynb"
        spec = {"name": kernel, "display_name": kernel, "language": "python"}
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
        (server.notebooks / name).write_text(json.dumps(notebook))
        return Notebook(page, server.url).open(name)

    return open_notebook
