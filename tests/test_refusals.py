"""End to end: what is refused before anything is started, to the letter, and what a failed run leaves."""

from __future__ import annotations

import pytest

REFUSED = {
    "unknown option": (
        "%%isolated --frobnicate\n1",
        "BadOption: %%isolated has no option --frobnicate; %%isolated? lists the options.",
    ),
    "near option": ("%%isolated --outptu x\n1", "BadOption: %%isolated has no option --outptu; did you mean --output?"),
    "missing input": ("%%isolated -i nowhere\n1", "MissingInput: -i nowhere: the notebook has no variable nowhere."),
    "output never bound": (
        "%%isolated -o modle\nmodel = 1",
        "UnboundOutput: -o modle: the cell never assigns modle. Did you mean model?",
    ),
    "expression that raises": ("%%isolated -i a=1/0\n1", "ZeroDivisionError: division by zero"),
    "empty cell": ("%%isolated\n\n", "EmptyCell: The cell has nothing to run: there is no code below its declaration."),
    "only comments": (
        "%%isolated\n# later",
        "EmptyCell: The cell has nothing to run: there is no code below its declaration.",
    ),
    "undeclared read": (
        "%%isolated -o y\ny = undeclared_one + 1",
        "UndeclaredName: The cell reads undeclared_one from the notebook; declare it with -i:\n\n"
        "    %%isolated -i undeclared_one -o y\n\nline 2 reads undeclared_one",
    ),
    "unpackable input": (
        "%%isolated -i held\nheld",
        "UnpackableInput: The input held can't be carried over, because of held['gen'] (a generator)",
    ),
}


@pytest.fixture(scope="module")
def prepared(kernel):
    kernel.run("undeclared_one = 1; held = {'gen': (i for i in [1])}")
    return kernel


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_bad_input_is_named_before_anything_is_started(prepared, case):
    """The exact words, one error message, and a kernel that goes on."""
    code, told = REFUSED[case]
    reply = prepared.run(code)
    assert reply.error.startswith(told)
    assert len(reply.of("error")) == 1
    assert prepared.run("1").ok


def test_a_syntax_error_is_ipythons_and_starts_nothing(kernel):
    """The caret points into the cell, under its number."""
    before = kernel.run("import isokernel; print(isokernel.last_run() and isokernel.last_run().id)").text()
    plain = kernel.run("x = (1 +").content["ename"]  # newer Pythons have one of their own for what is incomplete
    reply = kernel.run("%%isolated -o x\nx = (1 +")
    n = reply.content["execution_count"]
    assert reply.content["ename"] == plain and plain in ("SyntaxError", "_IncompleteInputError")
    assert f"Cell In[{n}], line 2" in reply.traceback and "x = (1 +" in reply.traceback
    assert "isokernel/" not in reply.traceback
    assert kernel.run("print(isokernel.last_run() and isokernel.last_run().id)").text() == before


def test_an_expression_that_raises_says_which_input_it_was(kernel):
    """The exception is the user's own; a note says that nothing was started."""
    assert "-i a=1/0" in kernel.run("%%isolated -i a=1/0\n1").traceback


def test_undeclared_reads_of_functions_are_found_with_their_path(kernel):
    """The stale global of a training function never passes silently."""
    kernel.run("learning_rate = 0.1\ndef train():\n    return learning_rate\ndef create():\n    return train()")
    reply = kernel.run("# %% isolated -i create -o r\nr = create()")
    assert reply.content["ename"] == "UndeclaredName"
    assert "create -> train" in reply.error and "# %% isolated -i create,train" in reply.error


def test_a_users_exception_is_his_own(kernel):
    """Class, message and the cell's lines; none of ours; and %tb shows it again."""
    reply = kernel.run("%%isolated\ndef f(x):\n    return 1 / x\n\nf(0)")
    n = reply.content["execution_count"]
    assert reply.error == "ZeroDivisionError: division by zero"
    assert f"Cell In[{n}], line 5" in reply.traceback and "----> 5 f(0)" in reply.traceback
    assert "isokernel" not in reply.traceback.replace("isokernel/tests", "")
    assert reply.content["traceback"] == reply.of("error")[0]["traceback"]
    assert "----> 5 f(0)" in kernel.run("%tb").traceback


def test_an_exception_can_be_caught_by_its_class(kernel):
    """Where the magic is called from code, `except` works."""
    reply = kernel.run(
        "try:\n    get_ipython().run_cell_magic('isolated', '', '{}[1]')\nexcept KeyError as e:\n    print('caught', e.args)"
    )
    assert reply.text() == "caught (1,)\n"


def test_an_exception_of_a_class_of_the_cell_arrives_by_name(kernel):
    """Its class came with it or a stand-in did: the frontend sees the same."""
    reply = kernel.run("%%isolated\nclass Mine(Exception): pass\nraise Mine('x')")
    assert reply.error == "Mine: x"


def test_a_failed_run_changes_nothing_and_keeps_what_it_had(kernel):
    """All or nothing; the rest is in partial until taken, and the message says so."""
    kernel.run("a = 1; b = 1; globals().pop('c', None)")  # another test's
    reply = kernel.run("%%isolated -i a -o b, c\nb = 2\nc = [3]\na = 5\nraise ValueError('late')")
    assert reply.error == "ValueError: late"
    assert "%keep b" in reply.traceback
    assert kernel.value("[a, b, 'c' in globals()]") == [1, 1, False]
    assert kernel.value("sorted(__import__('isokernel').last_run().partial)") == ["a", "b", "c"]
    assert kernel.run("%keep c").ok
    assert kernel.value("c") == [3]
    assert "the last run has no c" in kernel.run("%keep c").text("stderr")


def test_an_output_that_can_not_be_packed_is_named_and_the_others_kept(kernel):
    """Variable, path and type of the culprit; everything else is in partial."""
    reply = kernel.run("%%isolated -o good, bad\ngood = 1\nbad = {'deep': [open('/dev/null')]}")
    assert reply.content["ename"] == "UnpackableOutput"
    assert "bad['deep'][0]" in reply.error and "TextIOWrapper" in reply.error
    assert kernel.value("dict(__import__('isokernel').last_run().partial)") == {"good": 1}


def test_an_output_that_was_not_bound_after_all_is_named(kernel):
    """Bound somewhere in the cell, but not on the way it went."""
    reply = kernel.run("%%isolated -o maybe\nif False:\n    maybe = 1")
    assert reply.error.startswith("UnboundOutput: -o maybe: the cell never assigns maybe.")


def test_a_name_error_at_run_time_carries_the_hint(kernel):
    """A read that only running shows, of a name that the notebook has."""
    kernel.run("there = 1")
    reply = kernel.run("%%isolated\nif len([1]):\n    pass\nelse:\n    there = 2\nthere")
    assert reply.content["ename"] == "NameError" and "-i there" in reply.traceback


def test_sys_exit_ends_the_cell_only(kernel):
    """As in ipykernel: an error, and the kernel lives."""
    reply = kernel.run("%%isolated -o x\nimport sys; x = 1; sys.exit(3)")
    assert reply.content["ename"] == "SystemExit"
    assert kernel.run("1").ok


def test_exit_does_not_reach_the_frontend(kernel):
    """exit() in a cell must not close the console."""
    reply = kernel.run("%%isolated\nexit()")
    assert not any(p["source"] == "ask_exit" for p in reply.content["payload"])


def test_a_lone_surrogate_loses_no_reply(kernel):
    """In a message it is escaped; the client gets its reply."""
    reply = kernel.run("%%isolated\nraise ValueError('\\ud800')")
    assert reply.content["ename"] == "ValueError"


def test_inputs_that_a_failed_run_changed_are_kept_and_the_others_not(kernel):
    """A large array that it only read isn't shipped back for nothing."""
    kernel.run("import numpy as np; read = np.ones(2_000_000); changed = np.ones(2_000_000); items = []")
    kernel.run("%%isolated -i read,changed,items\nread.sum(); changed[0] = 5; items.append(1); 1/0")
    assert kernel.value("sorted(__import__('isokernel').last_run().partial)") == ["changed", "items"]


REDUCER = "import os\nclass Reduced:\n    def __reduce__(self):\n        {}\n"


def test_a_reducer_that_raises_is_a_refusal(kernel):
    """Named by variable, path and type, with what it raised."""
    source = REDUCER.format("raise OSError('disk full')")
    reply = kernel.run(f"%%isolated -o a,b\na = 1\n{source}b = {{'k': [Reduced()]}}")
    assert reply.error == (
        "UnpackableOutput: The output b can't be carried over, because of b['k'][0] (a Reduced): packing it failed "
        "with OSError: disk full"
    )
    assert kernel.value("dict(__import__('isokernel').last_run().partial)") == {"a": 1}


@pytest.mark.parametrize("side", ["output", "input"])
def test_a_reducer_that_ends_its_process_is_a_death(kernel, side):
    """Of the worker; while it packs, and while it opens what the notebook gave it."""
    if side == "output":
        reply = kernel.run(f"%%isolated -o b\n{REDUCER.format('os._exit(6)')}b = Reduced()")
    else:
        kernel.run(f"{REDUCER.format('return os._exit, (6,)')}b = Reduced()")
        reply = kernel.run("%%isolated -i b\n1")
    kernel.run("Reduced = b = None")
    assert reply.content["ename"] == "WorkerDied"
    assert "os._exit(6)" in reply.error
    assert kernel.run("%%isolated\n1").result == "1"


@pytest.mark.parametrize("side", ["output", "input", "opening"])
def test_a_reducer_that_hangs_can_be_interrupted(kernel, side):
    """In the worker the message says how far the run had come; in the notebook nothing was started."""
    hang = "print('go', flush=True)\n        while True: pass"
    kernel.run(
        REDUCER.format("return Reduced, ()" if side == "opening" else hang)
        + (
            "    def __init__(self):\n        if hasattr(type(self), 'made'): print('go', flush=True)\n"
            "        while hasattr(type(self), 'made'): pass\n"
            if side == "opening"
            else ""
        )
        + "b = Reduced()\nReduced.made = True"
    )
    cell = "%%isolated -i Reduced -o b\nb = Reduced()" if side == "output" else "%%isolated -i Reduced,b\n1"
    sent = []

    def on_message(message):
        if message["msg_type"] == "stream" and "go" in message["content"]["text"] and not sent:
            sent.append(message)
            kernel.manager.interrupt_kernel()

    reply = kernel.run(cell, on_message=on_message)
    told = {
        "output": "KeyboardInterrupt: the cell had run, and of its results b was being packed; they are lost",
        "input": "KeyboardInterrupt: ",
        "opening": "KeyboardInterrupt: its inputs were being opened, and the cell had not begun",
    }
    assert reply.error == told[side]
    kernel.run("del Reduced, b")
    assert kernel.run("%%isolated\n1").result == "1"


@pytest.mark.parametrize(
    ("change", "evidence"),
    [
        ("data[:-1] + b'!'", "the bytes of a changed on the way"),
        ("data + b'!'", "a parcel came with 0 descriptors and 1 "),
    ],
)
def test_a_corrupt_payload_is_refused_and_harms_nothing(kernel, change, evidence):
    """As after a stray write of C code in the cell's process; nothing of it is opened."""
    kernel.run("a = 'before'")
    reply = kernel.run(
        "%%isolated -o a\na = ['word']\nfrom isokernel.payload import Parcel\nwire = Parcel.wire\n"
        f"def corrupt(parcel, wire=wire):\n    facts, data, fds = wire(parcel)\n    return facts, {change}, fds\n"
        "Parcel.wire = corrupt"
    )
    assert reply.content["ename"] in ("ProtocolError", "WorkerDied")  # found when it is opened, or when it arrives
    assert evidence in reply.error
    assert kernel.value("a") == "before"
    assert kernel.run("%%isolated\n1").result == "1"


def test_stop_iteration_is_the_cells_own(kernel):
    """Though no coroutine can raise it, and a run is one."""
    reply = kernel.run("%%isolated\nrows = iter([])\nnext(rows)")
    assert reply.content["ename"] == "StopIteration"
    assert "----> 3 next(rows)" in reply.traceback
    assert "isokernel/" not in reply.traceback
    told = kernel.run(
        "try:\n    get_ipython().run_cell_magic('isolated', '', 'next(iter([]))')\nexcept StopIteration:\n    print('caught')"
    )
    assert told.text() == "caught\n"


def test_an_exception_that_says_how_it_is_rebuilt_is_whole(kernel):
    """json's own is one: it has its position from its arguments."""
    reply = kernel.run("%%isolated -o e\nimport json\ntry: json.loads('{')\nexcept ValueError as error: e = error")
    assert reply.ok, reply.traceback
    assert kernel.value("[str(e), e.pos, e.doc]") == [
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", 1, "{",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["break", "return 1", "def f():\n    x = 1\n    nonlocal x"])
def test_what_only_the_compiler_finds_is_shown_as_a_syntax_error(kernel, source):
    """With the cell's line, and none of ours."""
    reply = kernel.run(f"%%isolated\n{source}")
    assert reply.content["ename"] == "SyntaxError"
    assert "Cell In[" in reply.traceback
    assert "isokernel/" not in reply.traceback


@pytest.mark.parametrize("blank", ["\n", " \n\n"])
def test_a_declaration_below_blank_lines_is_one(kernel, blank):
    """In both forms alike."""
    for first in ("# %% isolated -o pid", "%%isolated -o pid"):
        assert kernel.run(f"{blank}{first}\nimport os; pid = os.getpid()").ok
        assert kernel.value("pid") != kernel.pid


def test_what_cannot_be_shown_loses_nothing_else(kernel):
    """Half of an emoji is shown as its escape; the rest of the output and the results are there."""
    reply = kernel.run("%%isolated -o y\nprint('\\ud83d'); print('after'); y = 1")
    assert reply.ok, reply.traceback
    assert reply.text() == "\\ud83d\nafter\n"
    assert kernel.value("y") == 1


def test_matplotlibs_magic_works(kernel):
    """In a process that has no application with a kernel."""
    pytest.importorskip("matplotlib")
    reply = kernel.run("%%isolated\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert reply.ok, reply.traceback
    assert [c["data"]["text/plain"] for c in reply.of("display_data")] == ["<Figure size 640x480 with 1 Axes>"]


def test_copies_of_a_packed_result(kernel):
    """It can't be changed, so a copy is the same; to pickle it says what to do."""
    kernel.run("%%isolated --packed -o table\ntable = [1]")
    assert (
        kernel.run("import copy\ncopy.copy(table) is copy.deepcopy([table])[0] is table", store_history=False).result
        == "True"
    )
    assert "only isokernel can carry it" in kernel.run("import pickle\npickle.dumps(table)", store_history=False).error
    assert "is packed" in kernel.run("table.summary()", store_history=False).error


def test_lines_of_other_cells_are_named_by_their_cell(kernel):
    """In a traceback through functions that were defined here and in an isolated cell before."""
    first = kernel.run("def fails(x):\n    return x / 0").content["execution_count"]
    second = kernel.run("%%isolated -i fails -o calls\ndef calls(x):\n    return fails(x)").content["execution_count"]
    reply = kernel.run("%%isolated -i calls,fails\ncalls(1)")
    assert f"Cell In[{first}], line 2, in fails(x)" in reply.traceback
    assert f"Cell In[{second}], line 3, in calls(x)" in reply.traceback
