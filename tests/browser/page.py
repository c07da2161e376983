"""A notebook in a JupyterLab page, in a user's words: run a cell, look at its output, press a button of the toolbar.

Nothing here sleeps: each step waits until the page shows what the next one needs.
"""

from __future__ import annotations

import re
from typing import Any

PATIENCE = 30_000  # milliseconds: a kernel's start on a busy machine, with room


class Notebook:
    """The notebook that a page shows.

    Parameters
    ----------
    page : playwright.sync_api.Page
    address : str
        Of JupyterLab, with a slash at the end.
    """

    def __init__(self, page: Any, address: str) -> None:
        from playwright.sync_api import expect

        self.page, self._address, self.expect = page, address, expect
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def open(self, name: str) -> Notebook:
        """Show a notebook of the server's folder, and wait for its kernel."""
        self.page.goto(f"{self._address}lab/tree/{name}?reset")
        return self.ready()

    def ready(self) -> Notebook:
        """Wait until the kernel is there and does nothing."""
        self.status("Idle")
        return self

    def status(self, name: str) -> None:
        """Wait until the status bar says this of the kernel: Idle, Busy, …

        The mark in the toolbar won't do: it is that of an idle kernel, too, while there is none yet.
        """
        self.expect(self.page.locator("#jp-main-statusbar")).to_contain_text(f"| {name}", timeout=PATIENCE)

    def cell(self, number: int) -> Any:
        """A code cell, counted from 1."""
        return self.panel.locator(".jp-CodeCell").nth(number - 1)

    def editor(self, number: int) -> Any:
        """What a cell is written in."""
        return self.cell(number).locator(".cm-content").first

    def output(self, number: int, what: str = "") -> Any:
        """All of a cell's output, or those parts of it that a selector finds."""
        return self.cell(number).locator(f".jp-OutputArea-child {what}")

    def select(self, number: int) -> None:
        """Put the cursor into a cell."""
        self.editor(number).click()

    def start(self, number: int) -> None:
        """Run a cell by Shift-Enter, without waiting for its end."""
        self.select(number)
        self.page.keyboard.press("Shift+Enter")
        self.prompt(number, r"\[(\*|\d+)\]:")

    def run(self, number: int) -> None:
        """Run a cell, and wait for its number."""
        self.start(number)
        self.prompt(number, r"\[\d+\]:")

    def prompt(self, number: int, pattern: str) -> None:
        """Wait until what stands beside a cell is this."""
        self.expect(self.cell(number).locator(".jp-InputPrompt")).to_have_text(re.compile(pattern), timeout=PATIENCE)

    def shows(self, number: int, pattern: str) -> None:
        """Wait until a text stands below a cell."""
        area = self.cell(number).locator(".jp-Cell-outputArea")
        self.expect(area).to_contain_text(re.compile(pattern), timeout=PATIENCE)

    def text(self, number: int) -> str:
        """What stands below a cell now."""
        return self.cell(number).locator(".jp-Cell-outputArea").inner_text()

    def complete(self, match: str) -> None:
        """Press Tab at the end of the line, and choose one of the names that are shown."""
        self.page.keyboard.press("End")
        self.page.keyboard.press("Tab")
        self.page.locator(".jp-Completer-match").get_by_text(match, exact=True).click()

    def button(self, name: str) -> None:
        """Press a button of the notebook's toolbar."""
        self.panel.locator(f".jp-NotebookPanel-toolbar [data-jp-item-name='{name}']").click()

    def menu(self, *path: str) -> None:
        """Choose from the menu bar, by the words that begin the items' labels."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{path[0]}$")).click()
        for label in path[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{label}")).first.click()
