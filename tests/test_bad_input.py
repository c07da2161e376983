"""End to end: what no frontend should send is ignored or told, and the kernel goes on."""

from __future__ import annotations

import json

import pytest

WIDGET = "import ipywidgets, time\nfrom IPython.display import display\n"


def sent(kernel, kind, content, metadata=None, buffers=None):
    """Send a message on the shell channel; its id."""
    message = kernel.client.session.msg(kind, content)
    message["metadata"] = metadata
    kernel.client.session.send(kernel.client.shell_channel.socket, message, buffers=buffers)
    return message["header"]["msg_id"]


def executed(kernel, code, metadata):
    """Run a cell with metadata; its reply, and what it printed."""
    content = {
        "code": code, "silent": False, "store_history": True,
        "user_expressions": {}, "allow_stdin": False, "stop_on_error": True,
    }  # fmt: skip
    cell, text, state = sent(kernel, "execute_request", content, metadata), "", ""
    while state != "idle":
        message = kernel.client.get_iopub_msg(timeout=20)
        if message["parent_header"].get("msg_id") == cell:
            text += message["content"].get("text", "")
            state = message["content"].get("execution_state", "")
    while (reply := kernel.client.get_shell_msg(timeout=20))["parent_header"].get("msg_id") != cell:
        pass
    return reply["content"], text


@pytest.mark.parametrize("metadata", [
    {"tags": "isolated"}, {"tags": 7}, {"tags": None}, {"tags": {"isolated": True}}, {"tags": [["isolated"], {}, None]},
    {"tags": ["isolate", "no such tag", ""]}, {"cellId": ["a"]}, {"cellId": None, "isokernel": "?"}, {},
])  # fmt: skip
@pytest.mark.parametrize("head", ["", "%%isolated\n"])
def test_metadata_that_says_nothing_is_ignored(kernel, metadata, head):
    """A cell is what it would be without it."""
    reply, text = executed(kernel, f"{head}import os\nprint(os.getpid() == {kernel.pid})", metadata)
    assert (reply["status"], text) == ("ok", f"{head == ''}\n")


def test_a_tag_counts_among_others(kernel):
    """Whatever they are."""
    reply, text = executed(kernel, f"import os\nprint(os.getpid() == {kernel.pid})", {"tags": [None, "x", "isolated"]})
    assert (reply["status"], text) == ("ok", "False\n")


BAD = [
    ("comm_msg", {"comm_id": "{live}"}),
    ("comm_msg", {"comm_id": "{live}", "data": None}),
    ("comm_msg", {"comm_id": "{live}", "data": 5}),
    ("comm_msg", {"comm_id": "{live}", "data": {"method": "no such method"}}),
    ("comm_msg", {"comm_id": "{live}", "data": {"method": "update", "state": "?", "buffer_paths": [["a", 9]]}}),
    ("comm_msg", {"comm_id": "nobody", "data": {}}),
    ("comm_msg", {}),
    ("comm_open", {"comm_id": "x"}),
    ("comm_open", {"comm_id": "y", "target_name": "jupyter.widget.control", "data": None}),
    ("comm_close", {}),
    ("comm_info_request", {"target_name": 3}),
    ("no_such_request", {"a": 1}),
]


def test_bad_messages_leave_a_widget_and_its_cell_alive(kernel):
    """What comes behind them is heard."""

    def disturb(message):
        content = message["content"]
        if message["msg_type"] == "comm_open" and content["data"].get("state", {}).get("_model_name") == "ButtonModel":
            live.append(content["comm_id"])
        elif message["msg_type"] == "stream" and "ready" in content["text"]:
            for kind, content in BAD:
                if content.get("comm_id") == "{live}":
                    content = {**content, "comm_id": live[0]}
                sent(kernel, kind, content, {}, buffers=[b"\0"])
            click = {"method": "custom", "content": {"event": "click"}}
            sent(kernel, "comm_msg", {"comm_id": live[0], "data": click}, {})

    live = []
    source = f"%%isolated\n{WIDGET}button = ipywidgets.Button()\nseen = []\n" \
        "button.on_click(lambda _: seen.append('click'))\ndisplay(button)\nprint('ready')\nend = time.time() + 20\n" \
        "while not seen and time.time() < end:\n    time.sleep(0.01)\nprint(seen)"  # fmt: skip
    assert kernel.run(source, on_message=disturb).text().endswith("['click']\n")
    assert kernel.run("print('alive')").text() == "alive\n"


@pytest.mark.parametrize("content", [{}, {"value": None}, {"value": 7}, {"value": {"a": "b"}}])
def test_an_answer_that_is_no_text_is_an_answer(kernel, content):
    """The cell gets a text."""

    def answer(message):
        kernel.client.stdin_channel.send(kernel.client.session.msg("input_reply", content))

    reply = kernel.run("%%isolated\nprint(type(input('? ')).__name__)", allow_stdin=True, stdin_hook=answer)
    assert (reply.error, reply.text()) == ("", "str\n")


def test_what_is_no_answer_is_not_taken_for_one(kernel):
    """The cell waits for the one that is."""

    def answer(message):
        stdin = kernel.client.stdin_channel.socket
        stdin.send_multipart([b"noise"])
        stdin.send_multipart([b"<IDS|MSG>", b"signature", b"{}", b"{}", b"{}", b"{}"])
        kernel.client.stdin_channel.send(kernel.client.session.msg("input_reply", b'["a list"]'))
        kernel.client.input("mine")

    reply = kernel.run("%%isolated\nprint(input('? '))", allow_stdin=True, stdin_hook=answer)
    assert (reply.error, reply.text()) == ("", "mine\n")


@pytest.mark.parametrize("head", ["", "%%isolated\n"])
def test_a_cell_that_is_no_text_is_answered(kernel, head):
    """A lone surrogate, which JSON can say: no code that Python can read, and no text that can be sent back."""
    session = kernel.client.session
    message = session.msg("execute_request", {"code": "@", "silent": False, "stop_on_error": False})
    escaped = json.dumps(f"{head}x = '\ud800'").encode()
    session.pack, pack = lambda part: pack(part).replace(b'"@"', escaped), session.pack
    try:
        session.send(kernel.client.shell_channel.socket, message)
    finally:
        session.pack = pack
    while (reply := kernel.client.get_shell_msg(timeout=20))["parent_header"].get("msg_id") != message["msg_id"]:
        pass
    assert reply["content"]["ename"] == "UnicodeEncodeError" and "surrogates" in reply["content"]["evalue"]
    assert kernel.run(f"{head}1").result == "1"
