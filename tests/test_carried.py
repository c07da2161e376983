"""End to end: what a cell sets for its process is felt by the next cells, wherever they run."""

from __future__ import annotations

import numpy as np
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


def test_the_shell_is_what_libraries_take_for_a_notebook_s(kernel):
    """By the name and the module of its class: plotly puts out megabytes where it isn't."""
    asked = "kind = type(get_ipython()); print(kind.__module__, kind.__name__)"
    assert kernel.run(f"%%isolated --auto\n{asked}").text() == "ipykernel.zmqshell ZMQInteractiveShell\n"


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


def alternate(kernel, cells):
    """What each cell prints, where they run in the notebook and elsewhere by turns; and the other way round."""
    told_by = []
    for first in (True, False):
        kernel.run("for _name in [n for n in globals() if n.startswith('x_')]: del globals()[_name]")
        mine = [
            code.replace("x_config", f"x_config_{first}").replace("x_helper", f"x_helper_{first}") for code in cells
        ]
        told_by.append([told(kernel, code, bool(number % 2) == first) for number, code in enumerate(mine)])
    return told_by


CASES = {
    "a function of a library": (
        [
            "import textwrap\nx_old = textwrap.dedent\ntextwrap.dedent = lambda text: 'mine ' + x_old(text)",
            "import textwrap; print(textwrap.dedent(' a'), x_old is textwrap.dedent)",
            "textwrap.dedent = x_old",
            "print(textwrap.dedent(' a'), x_old is textwrap.dedent)",
        ],
        ["", "mine a False\n", "", "a True\n"],
    ),
    "builtins and new names": (
        [
            "import builtins, math\nx_print = builtins.print\nmath.x_new = [1]; x_same = math.x_new\n"
            "def x_loud(*args): x_print('LOUD', *args)\nbuiltins.print = x_loud",
            "print(math.x_new); x_same.append(2)",
            "print(math.x_new, x_same is math.x_new); builtins.print = x_print; del math.x_new",
            "print(hasattr(math, 'x_new'))",
        ],
        ["", "LOUD [1]\n", "LOUD [1, 2] True\n", "False\n"],
    ),
    "handlers": (
        [
            "class x_Keep(logging.Handler):\n    def __init__(self): super().__init__(); self.seen = []\n"
            "    def emit(self, record): self.seen.append(record.getMessage())\n"
            "x_log, x_keep = logging.getLogger('x'), x_Keep(); x_log.addHandler(x_keep)\n"
            "x_file = logging.FileHandler('x.log', 'w'); x_log.addHandler(x_file)\nx_log.warning('one')",
            "x_log.warning('two')",
            "x_log.warning('three'); print(x_keep.seen, x_log.handlers[0] is x_keep, open('x.log').read().split())",
            "x_log.handlers.clear(); x_log.warning('four'); os.remove('x.log')",
            "print(x_log.handlers, x_keep.seen)",
        ],
        ["", "", "['one', 'two', 'three'] True ['one', 'two', 'three']\n", "", "[] ['one', 'two', 'three']\n"],
    ),
    "transformers and callbacks": (
        [
            "x_ip = get_ipython()\ndef x_dollar(lines): return [line.replace('$', '100 + ') for line in lines]\n"
            "x_ip.input_transformers_cleanup.append(x_dollar)\nx_seen = []\n"
            "def x_after(result): x_seen.append(result.success)\nx_ip.events.register('post_run_cell', x_after)",
            "print($ 1)",
            "x_ip.input_transformers_cleanup.remove(x_dollar); x_ip.events.unregister('post_run_cell', x_after)",
            "print(x_seen, x_dollar in x_ip.input_transformers_cleanup)",
        ],
        ["", "101\n", "", "[True, True] False\n"],
    ),
    "a module of the user's": (
        [
            "open('x_config.py', 'w').write('RATE = 0.1\\nSEEN = []\\nclass S:\\n    n = 0\\n')\n"
            "open('x_helper.py', 'w').write('import x_config\\ndef rate():\\n    x_config.SEEN.append(1)\\n    x_config.S.n += 1\\n"
            "    return x_config.RATE\\n')\nsys.path.insert(0, os.getcwd())\n"
            "import x_config, x_helper\nx_config.RATE = 0.5",
            "print(x_helper.rate(), x_config.SEEN, x_config.S.n)",
            "from x_config import SEEN as x_seen\nx_seen.append(2)",
            "print(x_config.SEEN, x_seen is x_config.SEEN, x_helper.rate(), x_config.S.n)",
            "for name in ('a', 'b'): setattr(x_config, name, name * 3)",
            "print(x_config.a, x_config.b, x_config.RATE); sys.path.remove(os.getcwd())\n"
            "os.remove('x_config.py'); os.remove('x_helper.py')",
        ],
        ["", "0.5 [1] 1\n", "", "[1, 2, 1] True 0.5 2\n", "", "aaa bbb 0.5\n"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_set_outside_of_the_names_is_felt_by_later_cells(kernel, name, tmp_path):
    """In both directions, one object with what shares it, and gone where it is undone: as in one process."""
    cells, expected = CASES[name]
    kernel.run(f"%cd -q {tmp_path}")
    try:
        assert alternate(kernel, cells) == [expected, expected]
    finally:
        kernel.run("%cd -q -\nfor _name in [n for n in globals() if n.startswith('x_')]: del globals()[_name]")
        kernel.run("import sys\nfor _name in [n for n in sys.modules if n.startswith('x_')]: del sys.modules[_name]")
        assert (
            kernel.run("__import__('isokernel').extension.loaded().session.outside.take(get_ipython())").result == "{}"
        )


def test_a_declared_cell_is_given_nothing_of_it(kernel):
    """It is a function of its inputs."""
    kernel.run("import math; math.x_foo = 1")
    assert kernel.run("%%isolated\nimport math; print(hasattr(math, 'x_foo'))").text() == "False\n"
    kernel.run("del math.x_foo")


def test_what_cannot_be_carried_is_told_once(kernel):
    """A library's attribute that holds what belongs to one process."""
    kernel.run("import math, threading; math.x_thread = threading.Thread()")
    try:
        said = [kernel.run("%%isolated --auto\npass").text("stderr") for _ in range(2)]
        assert said == [
            "isokernel: math.x_thread can't be carried into this cell, and doesn't see what it changes\n",
            "",
        ]
    finally:
        kernel.run("del math.x_thread")


@pytest.mark.tensorflow
def test_what_is_set_on_a_framework_is_felt_by_later_cells(tf_kernel):
    """The notebook has no framework, and keeps it packed."""
    cells = [
        "import keras\nx_fit, x_log = keras.Model.fit, []\ndef x_mine(self, *args): x_log.append(args)\nkeras.Model.fit = x_mine",
        "keras.Model().fit(1); print(x_log)\nkeras.utils.get_custom_objects()['x_twice'] = lambda x: 2 * x",
        "print(keras.utils.get_custom_objects()['x_twice'](4)); keras.utils.get_custom_objects().clear()\nkeras.Model.fit = x_fit",
        "print('x_twice' in keras.utils.get_custom_objects(), keras.Model.fit is x_fit)",
    ]
    assert [told(tf_kernel, code, True) for code in cells] == ["", "[(1,)]\n", "8\n", "False True\n"]


def test_a_stream_waits_for_its_library(start_kernel):
    """numpy loads its random module at the first use: what an isolated cell seeded is felt whenever that is."""
    kernel = start_kernel(args=("--IsoKernel.isolate=all",), preload=("numpy",))
    kernel.run("import numpy as np\nnp.random.seed(3)")
    expected = np.random.RandomState(3).rand(3).tolist()
    told = [kernel.run("print(np.random.rand())").text() for _ in range(2)]
    told.append(kernel.run("%%isolated\n0").text())  # a declared cell is given none of it
    told.append(str(kernel.value("np.random.rand()")))
    assert [float(text) for text in told if text] == expected
    kernel.close()


def test_a_library_warns_once_for_each_place_of_a_notebook(kernel, tmp_path):
    """Whichever process it warned in; and again, as in one process, when the filters were changed meanwhile."""
    module = tmp_path / "warner_of_tests.py"
    module.write_text("import warnings\ndef warn(text): warnings.warn(text)\n")
    warn = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]\nimport warner_of_tests\nwarner_of_tests.warn('{{}}')"
    isolated = "%%isolated --auto\n"
    try:
        shown = [
            "UserWarning" in kernel.run(prefix + warn.format(text)).text("stderr")
            for prefix, text in [
                (isolated, "one"), (isolated, "one"), ("", "one"), ("", "two"), (isolated, "two"),
                ("import warnings\nwith warnings.catch_warnings(): pass\n", "two"), (isolated, "two"),
            ]
        ]  # fmt: skip
        assert shown == [True, False, False, True, False, True, False]
    finally:
        kernel.run(f"sys.path[:] = [each for each in sys.path if each != {str(tmp_path)!r}]")


def test_a_declared_cell_says_once_what_it_is_not_given(kernel):
    """A function of a library that was replaced, and a handler."""
    kernel.run("import textwrap, logging; x_old = textwrap.dedent\ntextwrap.dedent = lambda text: 'mine'")
    kernel.run("x_handler = logging.NullHandler(); logging.getLogger('x').addHandler(x_handler)")
    try:
        said = [kernel.run("# %% isolated\nimport textwrap; print(textwrap.dedent(' a'))") for _ in range(2)]
        assert [each.text() for each in said] == ["a\n", "a\n"]
        first, second = ("".join(map(str, each.messages)) for each in said)
        assert "textwrap.dedent" in first and "the handlers of logger x" in first and "aren't given" in first
        assert "aren't given" not in second
    finally:
        kernel.run("textwrap.dedent = x_old; logging.getLogger('x').removeHandler(x_handler)")


def test_a_worker_knows_for_which_modules_it_warned(kernel):
    """It looks at no others: what is on the way to each module costs a page."""
    cell = """%%isolated
import sys, warnings
from isokernel.carried import OF_THE_NOTEBOOK, take

class Modules(dict):
    def __iter__(self): raise AssertionError("all modules are looked at")
    keys = values = items = __iter__

def shown():
    before, sys.modules = sys.modules, Modules(sys.modules)
    try:
        return take(OF_THE_NOTEBOOK).get("warnings that were shown", {})
    finally:
        sys.modules = before

first = shown()
warnings.simplefilter("default")
warner = sys.modules["warner"] = type(sys)("warner")
exec("import warnings; warnings.warn('mind')", vars(warner))
print(first, [(text, place[1]) for text, place, *_ in shown()["warner"]])"""
    reply = kernel.run(cell)
    assert reply.text() == "{} [('mind', 'UserWarning')]\n", reply.error + reply.text()
