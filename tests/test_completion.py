"""Contract tests: what is offered on a declaration's line."""

from __future__ import annotations

import pytest

from isokernel.completion import complete

NAMES = {"X_train": 1, "X_test": 2, "lr": 3, "_hidden": 4}


def offered(code: str) -> list[str] | None:
    """Matches at the mark ``|``."""
    found = complete(code.replace("|", ""), code.index("|"), NAMES, lambda body: body)
    return None if found is None else list(found.matches)


@pytest.mark.parametrize(
    ("code", "matches"),
    [
        ("%%isolated -i X|", ["X_test", "X_train"]),
        ("%%isolated -i X_train,l|", ["lr"]),
        ("# %% isolated -o a -i l|", ["lr"]),
        ("%%isolated -o |\nmodel = 1\nimport os", ["model", "os"]),
        ("%%isolated -o mo|\nmodel = (", ["model"]),
        ("%%isolated -i X_test -o m|\nmodel = 1\nmae = 2", ["mae", "model"]),
        ("%%isolated --se|", ["--seed"]),
        ("%%isolated -i lr=X|", None),
        ("%%isolated -i lr\nX|", None),
        ("print(X|", None),
    ],
)
def test_what_makes_sense_at_the_cursor_is_offered(code, matches):
    """The notebook's names go in, the cell's names come out, expressions are IPython's."""
    assert offered(code) == matches


def test_the_kernel_answers_with_it(kernel):
    """Through the real kernel, in both forms."""
    kernel.run("completed_name = 1")
    for code in ("%%isolated -i completed_n", "# %% isolated -i completed_n"):
        reply = kernel.client.complete(code, len(code), reply=True, timeout=10)
        assert reply["content"]["matches"] == ["completed_name"]


def test_the_magics_help_fits_one_screen(kernel):
    """%%isolated? is short and shows three examples."""
    reply = kernel.run("%%isolated?")
    (page,) = reply.content["payload"]
    text = page["data"]["text/plain"]
    assert len(text.splitlines()) <= 45 and text.count("%%isolated -") >= 3
