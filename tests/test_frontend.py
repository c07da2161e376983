"""End to end: what goes from the frontend to a cell that runs elsewhere: answers, widgets' messages, interrupts."""

from __future__ import annotations

import psutil
import pytest

WIDGET = "import ipywidgets, time\nfrom IPython.display import display\n"
WAIT = (
    "\nprint('ready')\nend = time.time() + 20\nwhile not seen and time.time() < end:\n    time.sleep(0.01)\nprint(seen)"
)


def asked(kernel, code, *answers):
    """Run a cell and answer what it asks; the reply, and the questions."""
    questions, left = [], list(answers)

    def answer(message):
        questions.append(message["content"])
        reply = left.pop(0)
        if callable(reply):
            reply()
        else:
            kernel.client.input(reply)

    return kernel.run(code, allow_stdin=True, stdin_hook=answer), questions


@pytest.mark.parametrize("head", ["%%isolated", "%%time\n%%isolated"])
def test_a_cell_asks_and_is_answered(kernel, head):
    """Awaited, and where the magic blocks."""
    reply, questions = asked(kernel, f"{head}\nprint('hello', input('name? '))", "Ada")
    assert questions == [{"prompt": "name? ", "password": False}]
    assert reply.text().startswith("hello Ada\n")


def test_a_password_is_asked_for_as_one(kernel):
    """The frontend hides what is typed."""
    reply, questions = asked(kernel, "%%isolated\nimport getpass\nprint(len(getpass.getpass('key ')))", "1234")
    assert questions == [{"prompt": "key ", "password": True}]
    assert reply.text() == "4\n"


def test_the_end_of_file_is_an_answer(kernel):
    """Ctrl-D raises EOFError, as everywhere."""
    reply, _ = asked(kernel, "%%isolated\ninput()", "\x04")
    assert reply.content["ename"] == "EOFError"


def test_threads_of_a_cell_take_turns(kernel):
    """Each gets the answer to its own question."""
    source = """%%isolated
from threading import Thread
told = []
threads = [Thread(target=lambda n=n: told.append((n, input(str(n))))) for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(told))"""
    questions = []

    def answer(message):
        questions.append(message["content"]["prompt"])
        kernel.client.input(f"to {questions[-1]}")

    reply = kernel.run(source, allow_stdin=True, stdin_hook=answer)
    assert reply.text() == "[(1, 'to 1'), (2, 'to 2')]\n"


@pytest.mark.parametrize("head", ["%%isolated", "%%time\n%%isolated"])
def test_a_question_can_be_interrupted(kernel, head):
    """The cell hears of it, and its next question gets its own answer."""
    source = "\ntry:\n    input('a')\nexcept KeyboardInterrupt:\n    print('no answer')\nprint(input('b'))"
    reply, _ = asked(kernel, head + source, lambda: kernel.manager.interrupt_kernel(), "mine")
    assert reply.text().startswith("no answer\nmine\n")


def test_a_cell_that_dies_while_it_asks_needs_no_answer(kernel):
    """An answer that comes later is nobody's."""
    source = "%%isolated\nimport os, threading\nthreading.Timer(0.2, os._exit, [3]).start()\ninput('gone?')"
    reply, _ = asked(kernel, source, lambda: None)
    assert reply.content["ename"] == "WorkerDied"
    kernel.client.input("late")
    reply, _ = asked(kernel, "%%isolated\nprint(input())", "in time")
    assert reply.text() == "in time\n"


def test_a_frontend_that_cannot_ask_is_named(kernel):
    """In ipykernel's words."""
    assert "this frontend does not support input requests" in kernel.run("%%isolated\ninput()").error


def test_breakpoint_stops_in_the_cell(kernel):
    """And its prompt is the frontend's."""
    reply, questions = asked(kernel, "%%isolated\nx = 3\nbreakpoint()\nprint('on')", "p x * 7", "c")
    assert [question["prompt"] for question in questions] == ["(Pdb) ", "(Pdb) "]
    assert "21\n" in reply.text()
    assert reply.text().endswith("on\n")


@pytest.mark.parametrize("set_up", ["%%isolated --pdb\n", "%%isolated\n%pdb on\n"])
def test_the_debugger_opens_where_a_cell_fails(kernel, set_up):
    """Below the traceback, which is shown once."""
    reply, questions = asked(kernel, f"{set_up}def f(x):\n    return 1 / x\nf(0)", "p x + 5", "q")
    assert [question["prompt"] for question in questions] == ["ipdb> ", "ipdb> "]
    assert "5\n" in reply.text()
    assert "ZeroDivisionError" in reply.traceback
    kinds = [m["msg_type"] for m in reply.messages if m["msg_type"] in ("error", "stream")]
    assert kinds.index("error") < len(kinds) - 1


def test_without_anyone_to_ask_no_debugger_opens(kernel):
    """Which is said."""
    reply = kernel.run("%%isolated --pdb\n1 / 0")
    assert reply.content["ename"] == "ZeroDivisionError"
    assert "no debugger will open" in reply.text("stderr")


def test_debug_afterwards_tells_what_it_needs(kernel):
    """The process is gone; an older exception of the notebook's is not what was meant."""
    kernel.run("1 / 0")
    kernel.run("%%isolated\n[][1]")
    assert "Run the cell again with --pdb" in kernel.run("%debug").error


def click(kernel, comm_id, **content):
    """Send a frontend's message to a widget."""
    data = {"method": "custom", "content": {"event": "click"}, **content}
    message = kernel.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
    kernel.client.shell_channel.send(message)


class Widgets:
    """Listens for widgets that a cell makes, and does something when it is ready."""

    def __init__(self, then):
        self.ids, self.then = {}, then

    def __call__(self, message):
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.ids[content["data"].get("state", {}).get("_model_name")] = content["comm_id"]
        elif "ready" in content.get("text", ""):
            self.then(self.ids)


def test_a_click_reaches_a_cell_that_runs(kernel):
    """While it holds its main thread."""
    source = f"%%isolated\n{WIDGET}button = ipywidgets.Button()\nseen = []\nbutton.on_click(lambda _: seen.append('click'))\n"
    reply = kernel.run(
        source + "display(button)" + WAIT, on_message=Widgets(lambda ids: click(kernel, ids["ButtonModel"]))
    )
    assert reply.text().endswith("['click']\n")


def test_a_slider_moves_under_a_cell_that_runs(kernel):
    """State that the frontend sends is the widget's at once."""

    def move(ids):
        state = {"method": "update", "state": {"value": 7}, "buffer_paths": []}
        click(kernel, ids["IntSliderModel"], **state)

    source = f"%%isolated\n{WIDGET}slider = ipywidgets.IntSlider(value=4)\nseen = []\n"
    source += "slider.observe(lambda change: seen.append(change.new), 'value')\ndisplay(slider)"
    assert kernel.run(source + WAIT, on_message=Widgets(move)).text().endswith("[7]\n")


def test_widgets_of_a_cell_that_has_ended_stay_as_they_are(kernel):
    """Nothing is closed, and what the frontend still says harms nobody."""
    widgets = Widgets(lambda ids: None)
    reply = kernel.run(
        f"%%isolated\n{WIDGET}bar = ipywidgets.IntProgress(max=2)\ndisplay(bar)\nbar.value = 2", on_message=widgets
    )
    assert [c["data"]["state"] for c in reply.of("comm_msg")] == [{"value": 2}]
    assert reply.of("comm_close") == []
    click(kernel, widgets.ids["IntProgressModel"])
    assert kernel.run("print('alive')").text() == "alive\n"


def ask_for_all(kernel):
    """As JupyterLab does when a page is loaded again."""
    session, channel = kernel.client.session, kernel.client.shell_channel
    opened = {"comm_id": "control", "target_name": "jupyter.widget.control", "data": {}}
    channel.send(session.msg("comm_open", opened, metadata={"version": "1.0.0"}))
    channel.send(session.msg("comm_msg", {"comm_id": "control", "data": {"method": "request_states"}}))


def told(kernel):
    """Wait for the answer: models with their values, and the binary parts by their paths."""
    while True:
        message = kernel.client.get_iopub_msg(timeout=20)
        data = message["content"].get("data", {})
        if message["msg_type"] == "comm_msg" and data.get("method") == "update_states":
            values = [(s["model_name"], s["state"].get("value")) for s in data["states"].values()]
            parts = {
                (data["states"][i]["model_name"], *path): b
                for (i, *path), b in zip(data["buffer_paths"], message["buffers"])
            }
            return sorted(pair for pair in values if pair[1]), {path: bytes(part) for path, part in parts.items()}


def test_a_page_that_is_loaded_again_gets_the_widgets_of_a_cell_that_runs(kernel):
    """By the protocol in which JupyterLab asks for them."""

    source = (
        f"%%isolated\n{WIDGET}slider = ipywidgets.IntSlider(value=4)\ndisplay(slider)\nprint('ready')\ntime.sleep(0.5)"
    )
    widgets, states = Widgets(lambda ids: ask_for_all(kernel)), []
    request = kernel.client.execute(source)
    while True:  # the answer comes under the frontend's own message, not the cell's
        message = kernel.client.get_iopub_msg(timeout=20)
        mine = message["parent_header"].get("msg_id") == request
        if message["msg_type"] == "comm_msg" and message["content"]["data"].get("method") == "update_states":
            states.append(message["content"]["data"]["states"])
        elif mine:
            widgets(message)
        if mine and message["content"].get("execution_state") == "idle":
            break
    kernel.client.get_shell_msg(timeout=20)
    (found,) = states
    assert 4 in [state["state"].get("value") for state in found.values()]


@pytest.mark.parametrize("own", [[], [("IntTextModel", 5)]])
def test_a_page_that_is_loaded_again_gets_the_widgets_of_a_cell_that_has_ended(start_kernel, own):
    """As they were at last, beside the notebook's own; the frontend may have the last word. Those of its last run."""
    kernel = start_kernel()
    if own:
        assert kernel.run(f"{WIDGET}number = ipywidgets.IntText(5)").ok
    source = f"%%isolated\n{WIDGET}bar = ipywidgets.IntProgress(max=2)\nbar.value = 2\n"
    source += "picture = ipywidgets.Image(value=b'first')\npicture.value = b'last'\n"
    source += "page, gone = ipywidgets.HTML(), ipywidgets.Text('gone')\ngone.close()"
    for _ in range(2):
        widgets = Widgets(lambda ids: None)
        assert kernel.run(source, on_message=widgets).ok
        click(kernel, widgets.ids["HTMLModel"], method="update", state={"value": "said"}, buffer_paths=[])
        assert kernel.run("%%isolated\nprint('another')").ok
        ask_for_all(kernel)
        values, parts = told(kernel)
        assert values == sorted([("HTMLModel", "said"), ("IntProgressModel", 2), *own])
        assert parts == {("ImageModel", "state", "value"): b"last"}
    kernel.close()


def test_what_is_printed_while_a_widget_is_heard_belongs_to_the_widgets_message(kernel):
    """By that an Output catches it; what the cell prints meanwhile is the cell's."""
    source = f"%%isolated\n{WIDGET}button = ipywidgets.Button()\nseen = []\n"
    source += "button.on_click(lambda _: (print('heard'), seen.append(1)))\ndisplay(button)" + WAIT
    widgets = Widgets(lambda ids: click(kernel, ids["ButtonModel"]))
    request = kernel.client.execute(source)
    heard, mine = [], []
    while True:
        message = kernel.client.get_iopub_msg(timeout=20)
        of_cell = message["parent_header"].get("msg_id") == request
        if message["msg_type"] == "stream":
            (mine if of_cell else heard).append((message["content"]["text"], message["parent_header"]["msg_type"]))
        if of_cell:
            widgets(message)
            if message["content"].get("execution_state") == "idle":
                break
    kernel.client.get_shell_msg(timeout=20)
    assert heard == [("heard\n", "comm_msg")]
    assert "".join(text for text, _ in mine) == "ready\n[1]\n"


def test_bad_messages_to_widgets_hurt_nobody(kernel):
    """Unknown comms, missing fields."""
    session, channel = kernel.client.session, kernel.client.shell_channel
    for kind, content in [
        ("comm_msg", {"comm_id": "nobody", "data": {}}),
        ("comm_close", {"comm_id": "nobody", "data": {}}),
        ("comm_open", {"comm_id": "x", "target_name": "nobody", "data": {}}),
    ]:
        channel.send(session.msg(kind, content))
    assert kernel.run("%%isolated\nprint('alive')").text() == "alive\n"


@pytest.mark.parametrize("end", ["interrupt", "shutdown"])
def test_a_widget_that_does_not_come_to_an_end_holds_nobody_for_good(start_kernel, end):
    """The notebook waits for it, as for a widget of its own; an interrupt, or the kernel's end, is the end of it."""
    kernel, widgets = start_kernel(args=("--IsoKernel.exit_grace=0.5",)), Widgets(lambda ids: None)
    source = (
        f"%%isolated --linger 60s\n{WIDGET}button = ipywidgets.Button()\nbutton.on_click(lambda _: time.sleep(600))"
    )
    assert kernel.run(source, on_message=widgets).ok
    click(kernel, widgets.ids["ButtonModel"])
    while kernel.client.get_iopub_msg(timeout=20)["content"].get("execution_state") != "busy":
        pass
    if end == "interrupt":
        kernel.manager.interrupt_kernel()
        assert kernel.run("print('alive')").text() == "alive\n"
    kernel.close()


def test_tqdm_shows_its_bar_as_a_widget(kernel):
    """As in a notebook's own process."""
    reply = kernel.run("%%isolated\nfrom tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass")
    assert "application/vnd.jupyter.widget-view+json" in reply.of("display_data")[0]["data"]
    assert reply.text("stderr") == ""


LINGERING = f"""%%isolated --linger 60s
{WIDGET}import os
from atexit import register
button = ipywidgets.Button()
label = ipywidgets.Label()
button.on_click(lambda _: setattr(label, 'value', 'clicked'))
register(print, 'left')
display(button)
print(os.getpid())"""


def lingering(kernel, widgets):
    """Run the cell; its process, which is there still."""
    reply = kernel.run(LINGERING, on_message=widgets)
    assert "Its widgets are heard for 1 min more" in str(reply.of("display_data"))
    return psutil.Process(int(reply.text()))


@pytest.mark.parametrize("end", ["interrupt", "again"])
def test_a_cell_lingers_for_its_widgets_when_asked(kernel, end):
    """Until it is run again or an interrupt comes while nothing runs; its exit handlers run then."""
    widgets = Widgets(lambda ids: None)
    process = lingering(kernel, widgets)
    click(kernel, widgets.ids["ButtonModel"])
    states = []
    while states[-1:] != ["idle"]:  # what comes behind it a frontend takes for nobody's
        message = kernel.client.get_iopub_msg(timeout=20)
        states.append(message["content"].get("execution_state") or message["content"]["data"]["state"]["value"])
    assert states == ["busy", "clicked", "idle"]
    assert kernel.run("%%isolated\nprint('other')").text() == "other\n"
    assert process.is_running()
    if end == "interrupt":
        kernel.manager.interrupt_kernel()
    else:
        other = lingering(kernel, Widgets(lambda ids: None))
        kernel.manager.interrupt_kernel()
        other.wait(10)
    process.wait(10)
    assert kernel.run("%%isolated\nprint('fine')").text() == "fine\n"


def test_an_interrupt_is_the_running_cells_and_not_that_of_one_that_lingers(kernel):
    """Which goes on being heard."""
    process = lingering(kernel, Widgets(lambda ids: None))
    reply = kernel.run(
        "import time\nprint('go')\nend = time.time() + 20\nwhile time.time() < end: time.sleep(0.01)",
        on_message=lambda m: m["msg_type"] == "stream" and kernel.manager.interrupt_kernel(),
    )
    assert reply.content["ename"] == "KeyboardInterrupt" and process.is_running()
    kernel.manager.interrupt_kernel()
    process.wait(10)


def test_what_answers_a_widget_can_not_ask(kernel):
    """The answer would come the same way, behind it; the cell goes on."""
    source = f"%%isolated\n{WIDGET}button = ipywidgets.Button()\nseen = []\n"
    source += (
        "def asks(_):\n    try:\n        input('?')\n    except Exception as error:\n        seen.append(str(error))\n"
    )
    source += "button.on_click(asks)\ndisplay(button)" + WAIT
    widgets = Widgets(lambda ids: click(kernel, ids["ButtonModel"]))
    reply = kernel.run(source, on_message=widgets, allow_stdin=True, stdin_hook=lambda message: None)
    assert "can't ask for input" in reply.text()


def test_a_cell_that_does_not_linger_is_gone(kernel):
    """Its widgets stay as they are."""
    reply = kernel.run(LINGERING.replace(" --linger 60s", ""))
    pid, left = reply.text().split()
    assert left == "left"
    assert not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).wait(5) is None


def test_what_tensorflow_prints_is_output_and_no_error(tf_kernel):
    """As in a notebook's own process, where tf.print finds an IPython when TensorFlow is imported."""
    reply = tf_kernel.run("%%isolated\nimport tensorflow as tf\nprint('a'); tf.print('b'); print('c')")
    assert reply.text() == "a\nb\nc\n"


def test_with_the_debugger_started_a_cell_says_once_where_breakpoints_work(start_kernel):
    """A frontend's debugger looks into one process, the notebook's own."""
    pytest.importorskip("debugpy")
    kernel = start_kernel()
    told = "isokernel: breakpoints work in cells that run in the notebook itself; tag the cell `not-isolated`"
    assert told not in kernel.run("%%isolated\nprint(1)").text("stderr")
    kernel.debug(
        "initialize", clientID="test", adapterID="", pathFormat="path", linesStartAt1=True, columnsStartAt1=True
    )
    kernel.debug("attach")
    first, second = (kernel.run("%%isolated\nprint(2)") for _ in range(2))
    assert (first.text(), second.text()) == ("2\n", "2\n")
    assert told in first.text("stderr") and told not in second.text("stderr")
    kernel.debug("disconnect", restart=False, terminateDebuggee=True)
    kernel.close()
