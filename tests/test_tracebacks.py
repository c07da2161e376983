"""End to end: what ipykernel would show: each cell's error, warnings and displays, to the character."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

OWN = re.compile(r"(?m)^isokernel: shipped .*\n+")
PLAIN = "#plain\n"  # a cell that runs in the notebook itself in both kernels
RESET = "%reset -f\n%xmode Context"


def cells(name: str) -> dict[str, list[str]]:
    """Cases of a file: each a name behind ``###``, and cells between lines of ``---``."""
    found = {}
    for case in re.split(r"(?m)^### ", (Path(__file__).parent / "cells" / name).read_text())[1:]:
        title, _, rest = case.partition("\n")
        found[title] = rest.removesuffix("\n").split("\n---\n")
    return found


ERRORS, DISPLAYS = cells("errors.txt"), cells("displays.txt")


@pytest.fixture(scope="module")
def pair(start_kernel, tmp_path_factory):
    """ipykernel, and this kernel with each cell isolated, in one folder with modules."""
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("tracebacks")
    (folder / "localmod.py").write_text(
        "def boom(x):\n    y = x + 1\n    raise ValueError(f'boom {y}')\n\nclass Thing:\n    def go(self):\n        return boom(3)\n"
    )
    (folder / "badmod.py").write_text("def f(:\n    pass\n")
    args = ("--IsoKernel.isolate=all", "--IsoKernel.echo=never")
    return start_kernel("plain", cwd=str(folder)), start_kernel(cwd=str(folder), args=args)


def shown(kernel, source: str) -> str:
    """All that a client is told of a cell, but what differs from one run to the next."""
    request = kernel.client.session.msg(
        "execute_request", {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    )
    request["metadata"] = {"tags": ["not-isolated"] * source.startswith(PLAIN)}
    told, streams = [], {}
    for _ in range(3):
        kernel.client.shell_channel.send(request)
        messages = []
        while not (messages and messages[-1]["content"].get("execution_state") == "idle"):
            message = kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                messages.append(message)
        # Others may be there: a kernel that is slow to start is asked for its info more than once.
        replies = iter(lambda: kernel.client.get_shell_msg(timeout=60), None)
        own = (each for each in replies if each["parent_header"].get("msg_id") == request["header"]["msg_id"])
        reply = next(own)["content"]
        if reply["status"] != "aborted":  # see Kernel.run
            break
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            streams[content["name"]] = streams.get(content["name"], "") + OWN.sub("", content["text"])
        elif kind not in ("status", "execute_input") and "isokernel" not in content.get("metadata", ()):
            content.pop("transient", None)
            told.append([kind, content])
    streams = {name: text for name, text in streams.items() if text}
    told += [streams, {key: reply.get(key) for key in ("status", "ename", "evalue", "traceback", "execution_count")}]
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False).replace("\\n", "\n")
    text = re.sub(r"0x[0-9a-f]{6,}|ipykernel_\d+|(?<=Wall time: ).*|(?<=CPU times: ).*", "#", text)
    return re.sub(r"(?<=[\"#])[mpC][0-9a-f_]{8,}|<dc:date>.*", "#", text)


@pytest.fixture
def same(pair):
    """A function that runs cells in both kernels and compares what each has shown."""

    def compare(sources, of=str):
        for source in sources:
            expected, found = (of(shown(kernel, source)) for kernel in pair)
            assert found == expected

    yield compare
    for kernel in pair:
        shown(kernel, PLAIN + RESET)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_shown_as_ipykernel_shows_it(same, name):
    """Traceback, name, value and streams, from a process that has run nothing but this cell."""
    same(ERRORS[name])


def test_the_frames_of_a_recursion_are_those_of_ipykernel(same):
    """But for their number: a worker's stack begins two frames deeper, and where it ends is said in other words."""
    limited = "import sys\nsys.setrecursionlimit(200)\ntry:\n    f(0)\nfinally:\n    sys.setrecursionlimit(3000)"

    def frames(text):
        return list(dict.fromkeys(text.replace(" while calling a Python object", "").split("\n")))

    same(["def f(n):\n    return f(n + 1)", limited], frames)


@pytest.mark.parametrize("name", DISPLAYS)
def test_a_display_is_that_of_ipykernel(same, name):
    """With the notebook's formatters, configuration and style, wherever each was set."""
    same(DISPLAYS[name])


def test_modules_are_not_looked_at_for_each_frame(kernel):
    """What rendering an endless recursion looks up among all modules, it looks up a few times, not 3,000."""
    reply = kernel.run(
        "%%isolated\n"
        "import atexit, sys, types\n"
        "class Counting(types.ModuleType):\n"
        "    looked = 0\n"
        "    @property\n"
        "    def __file__(self):\n"
        "        Counting.looked += 1\n"
        "        return '/counting.py'\n"
        "sys.modules['counting'] = Counting('counting')\n"
        "atexit.register(lambda: print(Counting.looked))\n"
        "def f(n): return f(n + 1)\n"
        "f(0)"
    )
    assert reply.content["ename"] == "RecursionError"
    assert 0 < int(reply.text()) < 100
