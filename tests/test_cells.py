"""End to end: a declared cell in the real kernel, as a client sees it."""

from __future__ import annotations

import pytest


def test_inputs_go_in_and_outputs_come_back(kernel):
    """A cell gets what it declares, and the notebook what it declares to leave; nothing else."""
    kernel.run("X = [1, 2, 3]; lr = 0.5")
    reply = kernel.run("%%isolated -i X -i rate=lr*2 -o total\ntotal = sum(X) * rate\nscratch = 1")
    assert reply.ok, reply.error
    assert kernel.value("[total, 'scratch' in globals(), 'rate' in globals()]") == [6.0, False, False]


def test_the_comment_form_is_the_same_declaration(kernel):
    """In any other kernel it would be a comment."""
    kernel.run("n = 20")
    reply = kernel.run("# %% isolated -i n -o m\nimport os\nm = n + 1\nwhere = os.getpid()")
    assert reply.ok, reply.error
    assert kernel.value("m") == 21


def test_the_cell_runs_in_another_process(kernel):
    """Not in the kernel's, and not in the one of the cell before."""
    pids = [kernel.run("%%isolated\nimport os; print(os.getpid())").text() for _ in range(2)]
    assert len({*pids, f"{kernel.pid}\n"}) == 3


def test_the_result_is_out_and_underscore(kernel):
    """The last expression is shown with the cell's own number, and kept as ipykernel keeps it."""
    reply = kernel.run("%%isolated\n[1, 2] + [3]")
    assert reply.result == "[1, 2, 3]"
    shown = reply.of("execute_result")[0]["execution_count"]
    assert shown == reply.content["execution_count"]
    kernel.run(f"same = Out[{shown}] == _ == [1, 2, 3]")
    assert kernel.value("same") is True


def test_in_and_history_are_as_written(kernel):
    """To In a cell is its code, without its declaration; the history has it as the user wrote it."""
    reply = kernel.run("%%isolated\n1")
    n = reply.content["execution_count"]
    assert kernel.value(f"[In[{n}], _i{n}, len(In) - 1 == {n} + 1]") == ["#\n1", "%%isolated\n1", True]


def test_streams_displays_and_results_come_in_order(kernel):
    """stdout, a display, its update, stderr and the result, in the order in which they were made."""
    reply = kernel.run(
        "%%isolated\nimport sys\nfrom IPython.display import display\nprint('a')\n"
        "h = display({'text/plain': 'b'}, raw=True, display_id=True)\nh.update({'text/plain': 'c'}, raw=True)\n"
        "print('d', file=sys.stderr)\n'e'"
    )
    kinds = [m["msg_type"] for m in reply.messages if m["msg_type"] not in ("status", "execute_input")]
    assert kinds == ["stream", "display_data", "update_display_data", "stream", "execute_result"]


def test_output_is_live(kernel, tmp_path):
    """What a cell prints is there before the cell ends."""
    heard = tmp_path / "heard"
    reply = kernel.run(
        f"%%isolated\nimport pathlib, time\nprint('now')\nwhile not pathlib.Path({str(heard)!r}).exists(): time.sleep(0.01)",
        on_message=lambda m: heard.touch() if m["msg_type"] == "stream" else None,
    )
    assert reply.ok


def test_c_code_and_subprocesses_are_heard(kernel):
    """What is written to descriptors 1 and 2 stands under the cell, too."""
    reply = kernel.run(
        "%%isolated\nimport ctypes, os, subprocess\nctypes.CDLL(None).puts(b'from C')\nos.write(2, b'from os\\n')\n"
        "subprocess.run(['echo', 'from a child'])\n!echo from a shell"
    )
    assert {"from C", "from a child", "from a shell"} <= set(reply.text().splitlines())
    assert "from os" in reply.text("stderr")


def test_magics_and_top_level_await_work(kernel):
    """The worker is a real IPython."""
    reply = kernel.run(
        "%%isolated -o files, slept\nimport asyncio\nawait asyncio.sleep(0)\nslept = True\nfiles = !echo one\n%who_ls"
    )
    assert reply.ok, reply.error
    assert "slept" in reply.result
    assert kernel.value("list(files)") == ["one"]


def test_a_cell_magic_below_the_declaration_works(kernel):
    """%%time and its like see the cell's body."""
    reply = kernel.run("%%isolated -o t\n%%time\nt = 5")
    assert reply.ok, reply.error
    assert "Wall time" in reply.text() and kernel.value("t") == 5


def test_the_magic_below_another_one_blocks_and_works(kernel):
    """Called from inside %%capture the run can't be awaited; its output is captured."""
    kernel.run("%%capture caught\n%%isolated -o inner\nprint('hidden'); inner = 3")
    assert kernel.value("[caught.stdout, inner]") == ["hidden\n", 3]


def test_pager_and_next_input_reach_the_frontend(kernel):
    """IPython's payloads travel with the reply."""
    reply = kernel.run("%%isolated\nlen?")
    assert [p["source"] for p in reply.content["payload"]] == ["page"]
    reply = kernel.run("%%isolated\nget_ipython().set_next_input('x = 1')")
    assert [p["source"] for p in reply.content["payload"]] == ["set_next_input"]


def test_a_widgets_comm_is_opened_in_the_frontend(kernel):
    """comm messages of a worker are relayed with their buffers."""
    reply = kernel.run("%%isolated\nfrom comm import create_comm\nc = create_comm('t', data={'a': 1}, buffers=[b'xy'])")
    (message,) = [m for m in reply.messages if m["msg_type"] == "comm_open"]
    assert message["content"]["data"] == {"a": 1} and bytes(message["buffers"][0]) == b"xy"


def test_the_notebooks_surroundings_hold(kernel, tmp_path):
    """Working directory, import path and environment are those of the notebook at this moment."""
    (tmp_path / "own_module.py").write_text("value = 41\n")
    kernel.run(f"import os, sys; home = os.getcwd(); os.chdir({str(tmp_path)!r}); os.environ['OWN'] = 'yes'")
    reply = kernel.run(
        "%%isolated -o seen\nimport os, own_module\nseen = [os.getcwd(), os.environ['OWN'], own_module.value]"
    )
    assert reply.ok, reply.error
    (tmp_path / "own_module.py").write_text("value = 'edited'\n")
    again = kernel.run("%%isolated -o seen2\nimport own_module\nseen2 = own_module.value")
    assert again.ok
    assert kernel.value("[seen, seen2]") == [[str(tmp_path), "yes", 41], "edited"]
    kernel.run("os.chdir(home); del os.environ['OWN']")


def test_libraries_know_a_cell_for_one_of_a_notebook(kernel):
    """As in the notebook's own kernel: rich and tqdm go by the name of the shell's class."""
    told = "print(type(get_ipython()).__name__)"
    assert kernel.run(f"%%isolated\n{told}").text() == kernel.run(told).text() == "ZMQInteractiveShell\n"


def test_what_a_run_sets_is_gone_after_it(kernel):
    """Globals, modules, environment and directory of one run are not those of the next."""
    kernel.run("%%isolated\nimport os, sys\nleft = 1\nos.environ['LEFT'] = '1'\nos.chdir('/')\nsys.left = 1")
    reply = kernel.run(
        "%%isolated -o fresh\nimport os, sys\n"
        "fresh = ['left' in globals(), 'LEFT' in os.environ, os.getcwd() == '/', hasattr(sys, 'left')]"
    )
    assert reply.ok and kernel.value("fresh") == [False] * 4


def test_ipythons_settings_hold_in_the_worker(kernel):
    """%config of the notebook applies to its isolated cells."""
    kernel.run("%config InteractiveShell.ast_node_interactivity = 'all'")
    reply = kernel.run("%%isolated\n1\n2")
    kernel.run("%config InteractiveShell.ast_node_interactivity = 'last_expr'")
    assert [c["data"]["text/plain"] for c in reply.of("execute_result")] == ["1", "2"]


def test_two_runs_draw_different_numbers_unless_seeded(kernel):
    """No fork inherits the random state of its template."""
    cell = "\nimport random, numpy as np\nprint(random.random(), np.random.rand())"
    free = [kernel.run("%%isolated" + cell).text() for _ in range(2)]
    seeded = [kernel.run("%%isolated --seed 7" + cell).text() for _ in range(2)]
    assert free[0] != free[1] and free[0].split()[1] != free[1].split()[1] and seeded[0] == seeded[1]


def test_cold_is_a_fresh_interpreter_with_the_same_promises(kernel):
    """--cold differs in where its process comes from and in nothing else."""
    kernel.run("a = [3]")
    reply = kernel.run("%%isolated --cold -i a -o b\nprint('cold'); b = a * 2\nb")
    assert (reply.error, reply.text(), reply.result) == ("", "cold\n", "[3, 3]")
    assert kernel.value("b") == [3, 3]


def test_env_is_set_before_the_cell(kernel):
    """--env holds for one run."""
    reply = kernel.run("%%isolated --env SOME_MODE=fast -o mode\nimport os; mode = os.environ['SOME_MODE']")
    assert reply.ok, reply.error
    assert kernel.run("import os; print(os.environ.get('SOME_MODE'), mode)").text() == "None fast\n"


def test_modules_of_the_notebook_need_no_declaration(kernel):
    """Imports are not state; what can be imported again is."""
    kernel.run("import math as m\nfrom collections import OrderedDict\nfrom os.path import join")
    reply = kernel.run("%%isolated -o r\nr = [m.floor(2.5), join('a', 'b'), list(OrderedDict(x=1))]")
    assert reply.ok, reply.error
    assert kernel.value("r") == [2, "a/b", ["x"]]


def test_a_function_reads_the_globals_of_the_cell_it_runs_in(kernel):
    """A function that crosses under a name is the cell's own."""
    kernel.run("k = 2\ndef scale(x):\n    return k * x")
    assert kernel.run("%%isolated -i scale,k -o r\nk = 5\nr = scale(1)").ok
    assert kernel.value("r") == 5


def test_a_function_that_comes_back_brings_what_the_cell_made_for_it(kernel):
    """Constants, helpers and imports that the notebook lacks go with it, without becoming names of the notebook."""
    kernel.run(
        "%%isolated -o area\nimport math as maths\nWIDTH = 4\ndef helper(x): return maths.floor(x) * WIDTH\ndef area(x): return helper(x)"
    )
    reply = kernel.run("%%isolated -i area -o r\nr = area(2.5)")
    assert reply.ok, reply.error
    assert kernel.value("[r, 'WIDTH' in globals(), 'helper' in globals(), 'maths' in globals()]") == [
        8,
        False,
        False,
        False,
    ]
    kernel.run("WIDTH = 100")
    assert "-i area,WIDTH" in kernel.run("%%isolated -i area -o r\nr = area(2.5)").traceback
    assert kernel.run("%%isolated -i area,WIDTH -o r\nr = area(2.5)").ok
    assert kernel.value("r") == 200
    kernel.run("del WIDTH")


def test_asyncio_run_works_in_a_cell(kernel):
    """In ipykernel it doesn't, because the kernel's loop runs; a worker's serves only the cell."""
    reply = kernel.run("%%isolated\nimport asyncio\nasync def f():\n    return 5\nasyncio.run(f())")
    assert reply.result == "5"
    assert (
        kernel.run("%%isolated\nimport asyncio\nasyncio.run(asyncio.sleep(0))\nawait asyncio.sleep(0, 3)").result == "3"
    )


def test_large_arrays_arrive_writable_and_the_notebooks_stay_intact(kernel):
    """An input is the cell's own copy; an output the notebook's."""
    kernel.run("import numpy as np\nbig = np.zeros(1_000_000)")
    reply = kernel.run("%%isolated -i big -o out\nbig[0] = 1\nout = big * 2")
    assert reply.ok, reply.error
    kernel.run("out[1] = 9")
    assert kernel.value("[float(big[0]), float(out[0]), float(out[1])]") == [0.0, 2.0, 9.0]


def test_what_is_shared_between_names_stays_shared(kernel):
    """One object under two names is one object on the other side, both ways."""
    kernel.run("a = []; b = [a]")
    kernel.run("%%isolated -i a,b -o a,b\nb[0].append(1)")
    assert kernel.value("[b[0] is a, a]") == [True, [1]]


def test_an_empty_declaration_is_a_declaration(kernel):
    """Nothing in, nothing out."""
    kernel.run("secret = 1")
    assert "secret" in kernel.run("%%isolated\nsecret").error


def test_plain_cells_run_in_the_kernel(kernel):
    """Without a declaration nothing is different."""
    assert kernel.run("import os; print(os.getpid())").text() == f"{kernel.pid}\n"


@pytest.mark.parametrize("silent", [True])
def test_silent_requests_do_not_count(kernel, silent):
    """A silent request leaves no number and no output."""
    before = kernel.run("1").content["execution_count"]
    kernel.run("2", silent=silent)
    assert kernel.run("3").content["execution_count"] == before + 1


def test_what_was_flushed_is_out_before_the_process_dies(kernel):
    """The last line before a crash is the one that tells."""
    reply = kernel.run("%%isolated\nimport os\nprint('here', flush=True)\nos._exit(1)")
    assert reply.text() == "here\n"


DRAWN = (
    "import random\nimport keras\nimport numpy as np\nimport tensorflow as tf\n"
    "drawn = [random.random(), float(np.random.rand()), float(tf.random.uniform(())),\n"
    "         float(keras.random.uniform(())), float(keras.initializers.GlorotUniform()((1, 1))[0, 0]),\n"
    "         float(keras.layers.Dense(1, kernel_initializer=keras.initializers.RandomNormal(seed=3))(tf.ones((1, 1)))[0, 0])]"
)


@pytest.mark.tensorflow
@pytest.mark.parametrize("cold", ["", pytest.param(" --cold", marks=pytest.mark.battery)])
def test_frameworks_draw_different_numbers_unless_seeded(tf_kernel, cold):
    """From every stream, whatever the template has drawn; a seed repeats all of them, and an explicit seed is kept."""
    drawn = []
    for options in ("", "", " --seed 7", " --seed 7", " --seed 8"):
        reply = tf_kernel.run(f"%%isolated -o drawn{cold}{options}\n{DRAWN}")
        assert reply.ok, reply.error
        drawn.append(tf_kernel.value("drawn"))
    *streams, explicit = zip(*drawn, strict=True)
    for first, second, seeded, again, other in streams:
        assert seeded == again
        assert len({first, second, seeded, other}) == 4
    assert len(set(explicit)) == 1


@pytest.mark.tensorflow
def test_a_framework_is_as_new_in_each_cell(tf_kernel):
    """Names, graph, eager switch, policies, threads and devices are as after an import, whatever a cell set."""
    state = (
        "import keras\nimport tensorflow as tf\n"
        "state = [keras.Sequential().name, tf.executing_eagerly(), keras.config.floatx(), keras.config.dtype_policy().name,\n"
        "         len(tf.compat.v1.get_default_graph().get_operations()), tf.config.threading.get_inter_op_parallelism_threads(),\n"
        "         tf.config.functions_run_eagerly(), tf.config.optimizer.get_jit()]\n"
    )
    change = (
        "tf.compat.v1.disable_eager_execution()\nkeras.config.set_floatx('float64')\ntf.compat.v1.placeholder(tf.float32)\n"
        "keras.mixed_precision.set_global_policy('mixed_float16')\ntf.config.run_functions_eagerly(True)\n"
        "tf.config.threading.set_inter_op_parallelism_threads(3)\ntf.config.optimizer.set_jit(True)\n"
    )
    found = []
    for _ in range(2):
        reply = tf_kernel.run(f"%%isolated -o state\n{state}{change}")
        assert reply.ok, reply.error
        found.append(tf_kernel.value("state"))
    assert found[0] == found[1]
    assert found[0][:5] == ["sequential", True, "float32", "float32", 0]
