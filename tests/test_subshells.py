"""End to end: isolated cells in the notebook's shell and in a subshell, at once."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from queue import Empty

import pytest

BOTH = "import os, pathlib, time\npathlib.Path({mine!r}).touch()\nend = time.time() + 20\n" \
    "while not pathlib.Path({other!r}).exists() and time.time() < end:\n    time.sleep(0.01)\n" \
    "print({name!r}, pathlib.Path({other!r}).exists())"  # fmt: skip


@pytest.fixture(scope="module")
def subshell(kernel):
    """The identity of a subshell."""
    channel = kernel.client.control_channel
    channel.send(kernel.client.session.msg("create_subshell_request"))
    shell = kernel.client.get_control_msg(timeout=20)["content"]["subshell_id"]
    yield shell
    channel.send(kernel.client.session.msg("delete_subshell_request", {"subshell_id": shell}))
    assert kernel.client.get_control_msg(timeout=20)["content"]["status"] == "ok"


def send(kernel, shell, code, allow_stdin=False, **metadata):
    """Send a cell to a subshell, or with None to the notebook's own; the request's id."""
    content = {
        "code": code, "silent": False, "store_history": True,
        "user_expressions": {}, "allow_stdin": allow_stdin, "stop_on_error": True,
    }  # fmt: skip
    request = kernel.client.session.msg("execute_request", content, metadata=metadata)
    request["header"]["subshell_id"] = shell
    kernel.client.shell_channel.send(request)
    return request["header"]["msg_id"]


def at_once(kernel, *cells, tags=()):
    """Send cells, each a subshell (None for the notebook's own) and its code; their replies and what each printed."""
    said, idle = defaultdict(str), set()
    requests = [send(kernel, shell, code, tags=list(tags)) for shell, code in cells]
    while len(idle) < len(requests):
        message = kernel.client.get_iopub_msg(timeout=30)
        cell = message["parent_header"].get("msg_id")
        said[cell] += message["content"].get("text", "")
        if cell in requests and message["content"].get("execution_state") == "idle":
            idle.add(cell)
    answers = replies(kernel, requests)
    # On a busy machine what goes in by the way may take long enough to be told of.
    told = {cell: re.sub(r"isokernel: shipped .*\n", "", said[cell]) for cell in requests}
    return [(answers[cell], told[cell]) for cell in requests]


def replies(kernel, requests):
    """What the requests are answered, by their ids."""
    found = {}
    while found.keys() < set(requests):
        message = kernel.client.get_shell_msg(timeout=30)
        if message["parent_header"]["msg_id"] in requests:
            found[message["parent_header"]["msg_id"]] = message["content"]
    return found


@pytest.mark.parametrize(("head", "tags"), [("%%isolated\n", ()), ("", ("isolated",))])
def test_isolated_cells_run_at_once_in_both(kernel, subshell, tmp_path, head, tags):
    """Each waits for the other, and what each prints is under its own request."""
    names = [str(tmp_path / name) for name in "ab"]
    cells = [
        (shell, head + BOTH.format(mine=mine, other=other, name=name))
        for shell, mine, other, name in ((None, *names, "parent"), (subshell, *names[::-1], "sub"))
    ]
    (parent, of_parent), (sub, of_sub) = at_once(kernel, *cells, tags=tags)
    assert [parent["status"], sub["status"]] == ["ok", "ok"]
    assert (of_parent, of_sub) == ("parent True\n", "sub True\n")


def test_what_one_shell_is_about_to_run_is_not_another_s(kernel):
    """A cell that came in between would be awaited in its place, or run in the notebook."""
    source = (
        "from concurrent.futures import ThreadPoolExecutor\ncells = get_ipython().kernel.cells\ncells.awaited = 'mine'\n"
        "with ThreadPoolExecutor() as pool:\n    other = pool.submit(lambda: cells.awaited).result()\n"
        "    pool.submit(setattr, cells, 'awaited', None).result()\nprint(other, cells.awaited)"
    )
    assert kernel.run(source).text() == "None mine\n"


def test_cells_that_declare_nothing_are_not_taken_for_each_other(kernel, subshell):
    """However the two shells come in each other's way, each cell runs elsewhere, once."""
    cells = [
        (shell, f"import os\nprint({n}, os.getpid() != {kernel.pid})")
        for n, shell in enumerate([None, subshell] * 8)
    ]  # fmt: skip
    told = at_once(kernel, *cells, tags=("isolated",))
    assert [text for _, text in told] == [f"{n} True\n" for n in range(16)]


def test_a_cell_that_may_import_a_framework_may_still_when_another_shell_s_has_ended(start_kernel, tmp_path):
    """It is tagged to run in the notebook; the other isn't."""
    kernel = start_kernel()
    kernel.run("%config IsoKernel.frameworks = ['colorsys']")
    kernel.client.control_channel.send(kernel.client.session.msg("create_subshell_request"))
    shell = kernel.client.get_control_msg(timeout=20)["content"]["subshell_id"]
    (tmp_path / "wait").touch()
    source = f"import pathlib, time\nwhile pathlib.Path({str(tmp_path / 'wait')!r}).exists():\n    time.sleep(0.01)\n"
    tagged = send(kernel, shell, f"{source}import colorsys\nprint('imported')", tags=["not-isolated"])
    assert kernel.run("1").ok
    (tmp_path / "wait").unlink()
    assert "imported\n" in ended(kernel, [tagged])[tagged]
    kernel.close()


def asking(kernel, *shells):
    """Start a cell in each that asks; by the request, the shell."""
    return {send(kernel, shell, "%%isolated\nprint(input('? '))", allow_stdin=True): shell for shell in shells}


def question(kernel):
    """The request whose cell asks now; no other does."""
    asked = kernel.client.get_stdin_msg(timeout=20)
    with pytest.raises(Empty):
        kernel.client.get_stdin_msg(timeout=0.3)
    return asked["parent_header"]["msg_id"]


def ended(kernel, requests):
    """What the cells printed, and the error of each that failed."""
    said, idle = defaultdict(str), 0
    while idle < len(requests):
        message = kernel.client.get_iopub_msg(timeout=30)
        cell, content = message["parent_header"].get("msg_id"), message["content"]
        said[cell] += content.get("text", "") + content.get("ename", "")
        idle += cell in requests and content.get("execution_state") == "idle"
    replies(kernel, requests)
    return said


def test_shells_that_ask_are_answered_one_after_the_other(kernel, subshell):
    """They share the channel and whoever sits at it; each gets the answer to its own question."""
    cells = asking(kernel, None, subshell)
    for _ in cells:
        kernel.client.input(f"for {cells[question(kernel)]}")
    said = ended(kernel, cells)
    assert {cell: said[cell] for cell in cells} == {cell: f"for {shell}\n" for cell, shell in cells.items()}


def test_an_interrupt_withdraws_the_questions_of_all_shells(kernel, subshell):
    """Also the one that has not been asked yet; if it is asked in that moment, nobody waits for the answer."""
    cells = asking(kernel, None, subshell)
    question(kernel)
    kernel.manager.interrupt_kernel()
    said = ended(kernel, cells)
    assert [said[cell] for cell in cells] == ["KeyboardInterrupt"] * 2
    while kernel.client.stdin_channel.msg_ready():
        kernel.client.stdin_channel.get_msg()
    assert kernel.run("print('alive')").text() == "alive\n"


def test_an_interrupt_stops_the_notebook_s_own_cell_beside_a_subshell_s(kernel, subshell, tmp_path):
    """One interrupt, both cells."""
    waits = "import pathlib, time\npathlib.Path({!r}).touch()\nfor _ in range(600): time.sleep(0.05)"
    flags = [tmp_path / name for name in ("plain", "isolated")]
    requests = [
        send(kernel, None, waits.format(str(flags[0]))),
        send(kernel, subshell, "%%isolated\n" + waits.format(str(flags[1]))),
    ]
    while not all(flag.exists() for flag in flags):
        time.sleep(0.01)
    kernel.manager.interrupt_kernel()
    said = ended(kernel, requests)
    assert [said[cell] for cell in requests] == ["KeyboardInterrupt"] * 2
