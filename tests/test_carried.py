"""End to end: what a cell sets for its process is felt by the next cells, wherever they run."""

from __future__ import annotations

import pytest

SETTINGS = {
    "gc.set_threshold(5, 6, 7)": ("gc.get_threshold()", "gc.set_threshold(700, 10, 10)"),
    "gc.disable()": ("gc.isenabled()", "gc.enable()"),
    "sys.setswitchinterval(0.02)": ("sys.getswitchinterval()", "sys.setswitchinterval(0.005)"),
    "sys.set_int_max_str_digits(5000)": ("sys.get_int_max_str_digits()", "sys.set_int_max_str_digits(4300)"),
    "decimal.getcontext().prec = 5": ("str(decimal.Decimal(1) / 3)", "decimal.setcontext(decimal.Context())"),
    "socket.setdefaulttimeout(30)": ("socket.getdefaulttimeout()", "socket.setdefaulttimeout(None)"),
    "csv.register_dialect('p', delimiter='|')": ("csv.list_dialects()", "csv.unregister_dialect('p')"),
    "csv.field_size_limit(99)": ("csv.field_size_limit()", "csv.field_size_limit(131072)"),
    "logging.captureWarnings(True)": ("warnings.showwarning.__module__", "logging.captureWarnings(False)"),
    "logging.getLogger('q').propagate = False": (
        "logging.getLogger('q').propagate",
        "logging.getLogger('q').propagate = True",
    ),
    "locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')": (
        "locale.setlocale(locale.LC_NUMERIC)",
        "locale.setlocale(locale.LC_NUMERIC, 'C')",
    ),
    "os.umask(0o077)": (
        "open('/proc/self/status').read().partition('Umask:')[2].split()[0]",
        "os.umask(0o022)",
    ),
    "sys.argv.append('more')": ("sys.argv[-1]", "sys.argv.pop()"),
}
IMPORTS = "import csv, decimal, gc, json, locale, logging, os, socket, sys, warnings\n"


def told(kernel, code, elsewhere):
    """What a cell prints that runs in a process of its own, or in the notebook's."""
    reply = kernel.run(("%%isolated --auto\n" if elsewhere else "") + IMPORTS + code)
    assert reply.ok, reply.traceback
    return reply.text()


@pytest.mark.parametrize("elsewhere", [True, False], ids=["isolated", "plain"])
def test_settings_are_felt_by_later_cells(kernel, elsewhere):
    """Whether an isolated cell set them or a plain one: by a later isolated cell, and by a plain one."""
    asked = "print(json.dumps([" + ", ".join(ask for ask, _ in SETTINGS.values()) + "]))"
    before = told(kernel, asked, False)
    try:
        # One process sets and asks: that is what the others are to say.
        expected = told(kernel, "\n".join(f"{each};" for each in SETTINGS) + "\n" + asked, elsewhere)
        assert told(kernel, asked, True) == expected
        assert told(kernel, asked, False) == expected
        assert sum(map(str.__ne__, before.split(), expected.split())) >= len(SETTINGS) - 1
    finally:
        told(kernel, "\n".join(undo for _, undo in SETTINGS.values()), False)
    assert told(kernel, asked, True) == before


def test_a_cell_sees_the_notebook_s_history_and_arguments(kernel):
    """``In`` has the cells as they were, and nothing of what a worker does before its cell."""
    here = kernel.run("import sys; print(sys.argv, len(In) + 1, In[0], _i[:20])")
    there = kernel.run("%%isolated --auto\nimport sys; print(sys.argv, len(In), In[0], _ii[:20])")
    assert there.text() == here.text()
    assert "ipykernel_launcher" in here.text()


def test_a_macro_of_an_isolated_cell(kernel):
    """It is made of the notebook's cells, and runs in each kind of cell."""
    kernel.run("said = 'm'")
    number = kernel.value("len(In)") + 1
    kernel.run("%%isolated --auto\nprint(said)")
    assert kernel.run(f"%%isolated --auto\n%macro again {number}").ok
    assert kernel.run("type(again).__name__").result == "'Macro'"


def test_a_default_timeout_is_not_the_channel_s(kernel):
    """Isolated cells run on while sockets are to give up after a moment."""
    kernel.run("import socket; socket.setdefaulttimeout(0.01)")
    try:
        for _ in range(3):  # two standbys may be there already
            assert told(kernel, "import time; time.sleep(0.05); print(socket.getdefaulttimeout())", True) == "0.01\n"
    finally:
        kernel.run("socket.setdefaulttimeout(None)")
