"""End to end: cells that declare nothing run elsewhere and leave the notebook as if they had run in it."""

from __future__ import annotations

import pytest


def cells(kernel, *sources):
    """Run cells with ``--auto``; the text that each prints."""
    told = []
    for source in sources:
        reply = kernel.run(f"%%isolated --auto\n{source}")
        assert reply.ok, reply.traceback
        told.append(reply.text())
    return told


def line(reply):
    """The line that says what crossed."""
    return [c["data"]["text/plain"] for c in reply.of("display_data") if c["data"]["text/plain"].startswith("# %% iso")]


def test_what_is_read_goes_in_and_what_is_left_comes_back(kernel):
    """Through functions too; and the line under the cell is a declaration that would have said it."""
    kernel.run("factor = 3\ndef scale(x): return x * factor\nunused = object()")
    reply = kernel.run("%%isolated --auto\nresult = scale(2)")
    assert line(reply) == ["# %% isolated -i scale,factor -o result"]
    assert kernel.value("result") == 6
    assert line(kernel.run("%%isolated --auto\nresult = scale(2)")) == []  # once for each declaration
    kernel.run("factor = 5")
    assert kernel.run(f"{reply_line(reply)}\nresult = scale(2)").ok
    assert kernel.value("result") == 10


def reply_line(reply):
    (found,) = line(reply)
    return found


def test_changed_rebound_and_deleted_names(kernel):
    """A list that was appended to comes back changed, with what shares it; what wasn't touched stays what it was."""
    kernel.run("log = [1]\nheld = {'log': log}\nkept = [2]\nkept_id = id(kept)\ngone = 1\nagain = 'a'")
    cells(kernel, "log.append(len(kept))\nagain += 'b'\ndel gone")
    assert kernel.value("[log, held['log'] is log, id(kept) == kept_id, 'gone' in globals(), again]") == [
        [1, 1], True, True, False, "ab",
    ]  # fmt: skip


def test_a_failed_cell_leaves_what_it_did(kernel):
    """As in a notebook, where nothing is taken back."""
    kernel.run("steps = []")
    reply = kernel.run("%%isolated --auto\nfor i in range(5):\n    steps.append(i)\n    1 / (2 - i)")
    assert reply.content["ename"] == "ZeroDivisionError"
    assert kernel.value("[steps, i]") == [[0, 1, 2], 2]


def test_an_interrupted_cell_leaves_what_it_did(kernel):
    """Stop at epoch 7, then evaluate."""
    kernel.run("epoch = 0")
    sent = []

    def on_message(message):
        if message["msg_type"] == "stream" and "go" in message["content"]["text"] and not sent:
            sent.append(message)
            kernel.manager.interrupt_kernel()

    reply = kernel.run("%%isolated --auto\nimport time\nepoch = 7\nprint('go')\ntime.sleep(60)", on_message=on_message)
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert kernel.value("epoch") == 7


def test_what_cannot_cross_is_lost_with_a_name(kernel):
    """The cell succeeds; reading the name later says which cells to join, and nothing is started."""
    cells(kernel, "numbers = (n for n in range(3))\nfirst = next(numbers)")
    assert kernel.value("first") == 0
    assert "Join the cell that makes numbers and the cell that uses it" in kernel.held("numbers")
    before = kernel.value("__import__('isokernel').last_run().id")
    reply = kernel.run("%%isolated --auto\nnext(numbers)")
    assert reply.content["ename"] == "LostInput"
    assert "numbers was made by run" in reply.error
    assert kernel.value("__import__('isokernel').last_run().id") == before
    assert cells(kernel, "numbers = iter([5])\nprint(next(numbers))") == ["5\n"]


def test_a_function_reads_the_notebooks_present_globals(kernel):
    """Whichever cell defined it, and wherever it was defined."""
    cells(kernel, "base = 1\ndef add(x): return x + base")
    kernel.run("base = 10")
    assert cells(kernel, "print(add(1))") == ["11\n"]
    assert kernel.run("add(1)").result == "11"


def test_a_class_redefined_between_cells(kernel):
    """Old instances stay instances of the old class."""
    cells(kernel, "class Point:\n    x = 1\np = Point()", "class Point:\n    x = 2\nq = Point()")
    assert cells(kernel, "print(p.x, q.x, isinstance(p, Point), isinstance(q, Point))") == ["1 2 False True\n"]


def test_modules_are_the_real_ones(kernel):
    """What isn't a framework is simply imported, under the name that the cell gave it."""
    assert line(kernel.run("%%isolated --auto\nimport json")) == []  # nothing to declare
    cells(kernel, "import json as js\nfrom collections import OrderedDict as Ordered\nimport os.path")
    assert kernel.value("[js.dumps([1]), Ordered.__name__, os.path.basename('/a/b')]") == ["[1]", "OrderedDict", "b"]


def test_what_is_quoted_beside_a_look_at_all_names_goes_in_however_large(start_kernel):
    """The idiom of a cell that trains once."""
    kernel = start_kernel()
    kernel.run("import numpy as np\nmodel = np.ones(10_000_000)")
    for look in ("globals()", "dir()", "vars()"):
        assert kernel.run(f"%%isolated --auto\n'model' in {look}").result == "True"
    kernel.close()


def test_what_is_read_unseen_is_fetched(kernel):
    """exec() may read anything; what it does read is an input, as if it had been seen."""
    kernel.run("first, second, third = 1, 2, 3")
    reply = kernel.run("%%isolated --auto\nexec('total = first + second')")
    assert line(reply) == ["# %% isolated -i first,second -o total"]
    assert kernel.value("total") == 3


def test_out_and_the_last_result(kernel):
    """The result is the notebook's, and the next cell may use it."""
    assert kernel.run("%%isolated --auto\n[20]").result == "[20]"
    assert kernel.run("%%isolated --auto\n_[0] + 1").result == "21"


def test_random_streams_and_settings_are_those_of_one_notebook(kernel):
    """A seed in a plain cell, draws in cells elsewhere, and the stream goes on in the notebook."""
    alone = "import random, numpy as np\nrandom.seed(1); np.random.seed(2)\nprint([random.random() for _ in range(3)], np.random.rand(3))"
    expected = kernel.run(alone).text()
    kernel.run("random.seed(1); np.random.seed(2); drawn = []; arrays = []")
    draw = "drawn.append(random.random()); arrays.append(np.random.rand())"
    cells(kernel, draw, draw)
    kernel.run(draw)
    assert kernel.run("print(drawn, np.array(arrays))").text() == expected
    cells(kernel, "import os\nos.environ['SET_BY_A_CELL'] = 'yes'\nnp.set_printoptions(precision=2)")
    assert kernel.run("print(os.environ['SET_BY_A_CELL'], np.array([1.2345]))").text() == "yes [1.23]\n"
    assert cells(kernel, "print(os.environ['SET_BY_A_CELL'], np.array([1.2345]))") == ["yes [1.23]\n"]
    kernel.run("np.set_printoptions(precision=8); del os.environ['SET_BY_A_CELL']")


def test_magics_in_front_of_the_cell(kernel):
    """They run where the cell runs."""
    told = cells(kernel, "%%time\nx = 3", "%%capture caught\nprint('quiet')")
    assert "Wall time" in told[0]
    assert kernel.value("[x, caught.stdout]") == [3, "quiet\n"]


def run_tagged(kernel, code, tags):
    """Run a cell as JupyterLab does, with the cell's metadata."""
    request = kernel.client.session.msg("execute_request", {"code": code, "silent": False})
    request["content"].update(store_history=True, allow_stdin=False, user_expressions={}, stop_on_error=True)
    request["metadata"] = {"tags": tags}
    kernel.client.shell_channel.send(request)
    while kernel.client.get_shell_msg(timeout=20)["parent_header"].get("msg_id") != request["header"]["msg_id"]:
        pass


@pytest.mark.parametrize(("isolate", "tags", "elsewhere"), [
    ("declared", [], False), ("declared", ["isolated"], True), ("all", [], True), ("all", ["not-isolated"], False),
])  # fmt: skip
def test_which_cells_run_elsewhere(kernel, isolate, tags, elsewhere):
    """By the trait, and by the cell's tags, which come first."""
    kernel.run(f"%config IsoKernel.isolate = {isolate!r}")
    run_tagged(kernel, "import os; pid = os.getpid()", tags)
    kernel.run("%config IsoKernel.isolate = 'training'")
    assert kernel.value(f"pid != {kernel.pid}") is elsewhere


@pytest.mark.parametrize("tags", ["isolated", [1], {"a": 1}, None])
def test_tags_of_a_wrong_type_are_none(kernel, tags):
    """Metadata is the frontend's, and anything may stand there."""
    run_tagged(kernel, "import os; pid = os.getpid()", tags)
    assert kernel.value("pid") == kernel.pid


@pytest.mark.tensorflow
def test_a_model_over_several_cells_is_the_model_of_one_process(tf_kernel):
    """Optimizer, model, change of rate and training in a cell each: the weights are the same to the last bit."""
    parts = [
        "import keras\nimport numpy as np\nkeras.utils.set_random_seed(1)\nX, y = np.ones((8, 3)), np.arange(8.0)",
        "opt = keras.optimizers.Adam(0.1)\nlayer = keras.layers.Dense(4)",
        "model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dropout(0.5), keras.layers.Dense(1)])",
        "model.compile(opt, 'mse')",
        "model.fit(X, y, epochs=2, verbose=0)",
        "opt.learning_rate.assign(0.01)",
        "h = model.fit(X, y, epochs=2, verbose=0)",
        "print([w.tobytes().hex() for w in model.get_weights()], model.optimizer is opt, model.layers[0] is layer)",
    ]
    (together,) = cells(tf_kernel, "\n".join(parts))
    assert cells(tf_kernel, *parts)[-1] == together
    told = tf_kernel.run("print(keras, model)", store_history=False).text()
    assert told.startswith("<module keras, imported where isolated cells run> <packed keras")


@pytest.mark.tensorflow
def test_how_tensorflow_was_set_up_holds_in_the_next_cell(tf_kernel):
    """Logical devices, and tensors that behave as numpy's."""
    told = cells(
        tf_kernel,
        "import tensorflow as tf\ncpu = tf.config.list_physical_devices('CPU')[0]\n"
        "tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)\n"
        "tf.experimental.numpy.experimental_enable_numpy_behavior(prefer_float32=True)",
        "print(len(tf.config.list_logical_devices('CPU')))\nt = tf.ones((2, 3))",
        "print(t.T.shape, (t + 1.5).dtype.name, len(tf.config.list_logical_devices('CPU')))",
    )
    assert told == ["", "2\n", "(3, 2) float32 2\n"]


@pytest.mark.tensorflow
def test_tensorflows_logger_tells_on_stdout_as_in_a_notebook(tf_kernel):
    """It looks for a prompt when it is imported, which is before there is a cell; what crosses is told of once."""
    told = cells(
        tf_kernel,
        "import tensorflow as tf\ntf.get_logger().info('so')",
        "strategy = tf.distribute.MirroredStrategy(['CPU:0'])",
        "print(strategy.num_replicas_in_sync)",
    )
    assert told[0] == "INFO:tensorflow:so\n"
    assert "INFO:tensorflow:Using MirroredStrategy" in told[1]
    assert told[2] == "1\n"


@pytest.mark.tensorflow
def test_a_framework_import_in_the_notebook_itself_is_refused(tf_kernel, tmp_path):
    """With what to do; whether it is installed may be asked, and a library that can do without it goes on."""
    tf_kernel.run("%config IsoKernel.isolate = 'all'")
    (tmp_path / "can_do_without.py").write_text("try:\n    import keras\nexcept ImportError:\n    keras = None\n")
    not_here = f"%config IsoKernel.isolate = 'all'\nimport importlib.util, sys\nsys.path.insert(0, {str(tmp_path)!r})\n"
    try:
        reply = tf_kernel.run(f"{not_here}import tensorflow", store_history=False)
        assert reply.content["ename"] == "FrameworkImport"
        assert "Begin the cell with `# %% isolated --auto`" in reply.error
        told = tf_kernel.run(
            "import can_do_without\nprint(importlib.util.find_spec('keras') is not None, can_do_without.keras)",
            store_history=False,
        )
        assert told.text() == "True None\n"
    finally:
        tf_kernel.run("%config IsoKernel.isolate = 'training'\nsys.path.pop(0)", store_history=False)


@pytest.fixture(scope="module")
def training_kernel(start_kernel):
    """As a user has it: the default of IsoKernel.isolate, and frameworks in the template."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel(preload=("tensorflow", "keras"))
    yield kernel
    kernel.close()


@pytest.mark.tensorflow
def test_an_unmodified_notebook_trains_elsewhere(training_kernel):
    """Cell by cell: what touches the framework runs elsewhere, what doesn't runs in the notebook, which has none."""
    where = "import os\nwhere = os.getpid()\n"
    notebook = [
        ("import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n", True),
        ("import numpy as np\nX = np.ones((16, 4)); y = X.sum(1)\n", False),
        ("def build(units):\n    return keras.Sequential([layers.Dense(units), layers.Dense(1)])\n", False),
        ("model = build(3)\nmodel.compile('adam', 'mse')\n", True),
        ("history = model.fit(X, y, epochs=2, verbose=0)\n", True),
        ("models = [model]\nbest = models[0]\n", False),
        ("losses = history.history['loss']\n", True),
        ("falling = losses[0] > losses[-1]\n", False),
        ("scores = [float(m.evaluate(X, y, verbose=0)) for m in models]\n", True),
    ]
    for source, elsewhere in notebook:
        reply = training_kernel.run(source + where)
        assert reply.ok, reply.traceback
        assert (training_kernel.value("where") != training_kernel.pid) is elsewhere, source
    assert training_kernel.value("[falling, len(scores), len(losses)]") == [True, 1, 2]
    loaded = training_kernel.run("import sys; print([m for m in ('tensorflow', 'keras') if m in sys.modules])")
    assert loaded.text() == "[]\n"


@pytest.mark.tensorflow
def test_a_local_module_that_imports_the_framework_counts_as_one(training_kernel, tmp_path):
    """It never comes into the notebook, edited or not; one that doesn't is the notebook's own."""
    (tmp_path / "nets.py").write_text(
        "import keras\ndef build():\n    return keras.Sequential([keras.layers.Dense(1)])\n"
    )
    (tmp_path / "paths.py").write_text("data = 'here'\n")
    training_kernel.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    assert training_kernel.run("import nets, paths\nbuilt = nets.build()").ok
    told = training_kernel.run("print(nets, built, paths.data, 'nets' in sys.modules)", store_history=False).text()
    assert told.startswith("<module nets, imported where isolated cells run> <packed keras")
    assert told.endswith("here False\n")


@pytest.mark.tensorflow
def test_what_a_packed_value_reads_goes_in_with_it(training_kernel):
    """A method of its class reads the notebook's present globals, though only the instance is named."""
    training_kernel.run("import tensorflow as tf")
    training_kernel.run(
        "scale = 2.0\nclass Scaled(tf.Module):\n    def __call__(self, x): return x * scale\nscaled = Scaled()"
    )
    assert training_kernel.run("print(float(scaled(tf.constant(3.0))))").text() == "6.0\n"
    training_kernel.run("scale = 5.0")
    assert training_kernel.run("print(float(scaled(tf.constant(3.0))))").text() == "15.0\n"


@pytest.mark.tensorflow
def test_out_stays_in_the_notebook(training_kernel):
    """Though a packed model was shown, and is among what it holds."""
    shown = training_kernel.run("import keras\nnet = keras.Sequential()\nnet").content["execution_count"]
    count = training_kernel.run("40 + 2").content["execution_count"]
    assert training_kernel.run(f"Out[{count}] == 42, Out[{shown}] is not None").result == "(True, True)"


@pytest.mark.tensorflow
def test_what_cannot_cross_says_which_cells_to_join(training_kernel):
    """A tape that was recorded in one cell and is asked in the next."""
    assert training_kernel.run(
        "import tensorflow as tf\nx = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    y = x * x"
    ).ok
    for use in ("tape.gradient(y, x)", "print(tape)"):
        reply = training_kernel.run(use)
        assert reply.content["ename"] == "LostInput"
    assert "Join the cell that makes tape and the cell that uses it" in reply.error


def test_a_setting_that_holds_a_function_of_the_notebook_costs_no_cell(start_kernel):
    """It is carried, too."""
    kernel = start_kernel()
    kernel.run("import numpy as np\nnp.set_printoptions(formatter={'float': lambda x: f'<{x:.1f}>'})")
    for _ in range(2):
        assert kernel.run("%%isolated --auto\nprint(np.array([1.0]))\nkept = 1").text() == "[<1.0>]\n"
    assert kernel.value("kept") == 1
    kernel.close()


def test_a_result_whose_module_only_the_cell_can_import_stays_packed(start_kernel, tmp_path):
    """The others are there."""
    (tmp_path / "only_there.py").write_text("import os\nif 'ISOKERNEL_RUN' not in os.environ:\n    raise ImportError('not here')\n"
                                            "class Params: pass\n")  # fmt: skip
    kernel = start_kernel(cwd=str(tmp_path))
    reply = kernel.run("%%isolated --auto\nimport only_there\nbefore = [1]\nparams = only_there.Params()\nzeal = [2]")
    assert reply.ok and kernel.value("[before, zeal]") == [[1], [2]]
    assert "packed" in kernel.held("params")
    assert kernel.run("%%isolated -i params\ntype(params).__name__").result == "'Params'"
    kernel.close()


def test_a_path_that_a_cell_adds_is_there_for_its_results(start_kernel, tmp_path):
    """Their modules are found on it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "my_helpers.py").write_text("class Params:\n    x = 3\n")
    kernel = start_kernel(cwd=str(tmp_path))
    assert kernel.run(
        "%%isolated --auto\nimport sys\nsys.path.append('src')\nfrom my_helpers import Params\np = Params()"
    ).ok
    assert kernel.value("p.x") == 3
    kernel.close()


def test_a_submodule_that_one_cell_imports_is_there_in_the_next(start_kernel, tmp_path):
    """Though only its package has a name: in a cell elsewhere, in the notebook, in a function that reads it."""
    (tmp_path / "proj").mkdir()
    for name in ("__init__", "here", "there"):
        (tmp_path / "proj" / f"{name}.py").write_text("" if name == "__init__" else f"def f(): return {name!r}\n")
    kernel = start_kernel(cwd=str(tmp_path))
    kernel.run("import proj.here, os.path as p\ndef reads(): return proj.here.f()")
    assert kernel.run("%%isolated --auto\nproj.here.f()").result == "'here'"
    assert kernel.run("%%isolated --auto\nimport proj.there\nproj.there.f()").result == "'there'"
    assert kernel.run("proj.there.f() + proj.here.f()").result == "'therehere'"
    assert kernel.run("%%isolated --auto\nreads()").result == "'here'"
    assert kernel.run("%%isolated\nproj.there.f()").result == "'there'"
    kernel.close()


def test_a_package_of_which_a_part_needs_a_framework_is_one(start_kernel, tmp_path):
    """Cells that use it go where it can be had."""
    (tmp_path / "proj").mkdir()
    (tmp_path / "proj" / "__init__.py").write_text("")
    (tmp_path / "proj" / "layers.py").write_text("import keras\ndef f(): return keras.__name__\n")
    (tmp_path / "keras.py").write_text("")
    kernel = start_kernel(cwd=str(tmp_path))
    kernel.run("import proj.layers")
    assert "imported where isolated cells run" in kernel.held("proj")
    assert kernel.run("proj.layers.f()").result == "'keras'"
    kernel.close()


COPIES_ON_WRITE = """import pandas as pd
df = pd.DataFrame({'x': [1.0, 2.0], 'n': [3, 4]})
column, part, whole = df['x'], df.iloc[1:], df[:]
labels = pd.Index(column)"""
"""A table, and three that share its memory until one of them is written to."""


def test_a_table_that_looks_at_another_is_copied_when_one_of_them_is_written_to(kernel):
    """pandas' own books of that cross with the tables."""
    pytest.importorskip("pandas", minversion="3", reason="before, tables see what is written to each other")
    for cell in (COPIES_ON_WRITE, "df.loc[1, 'x'] = 9.0", "whole.loc[0, 'n'] = 7"):
        assert not kernel.run(f"%%isolated --auto\n{cell}").error
    look = "print(df.values.tolist(), list(column), part.values.tolist(), list(whole['n']), list(labels))"
    reply = kernel.run(f"%%isolated --auto\n{look}")
    assert reply.text() == "[[1.0, 3.0], [9.0, 4.0]] [1.0, 2.0] [[2.0, 4.0]] [7, 4] [1.0, 2.0]\n"
    kernel.run("del df, column, part, whole, labels")
