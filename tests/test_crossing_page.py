"""docs/crossing.md is made from the tests, and is of today."""

from __future__ import annotations

import crossing


def test_the_page_is_current():
    """``python -m tests.crossing`` has been run since a kind or a setting was added."""
    text = crossing.PAGE.read_text()
    assert crossing.written(text) == text
    assert all(f"<!-- {name} -->" in text for name in crossing.LISTS)
