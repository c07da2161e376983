"""End to end: a notebook whose training cells run elsewhere prints what it prints in one process, or says why not."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def notebook(start_kernel):
    """A kernel as a user has it, with frameworks in the template."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel(preload=("tensorflow", "keras"))
    kernel.run("import tensorflow as tf, keras, numpy as np")
    yield kernel
    kernel.close()


@pytest.fixture(scope="module")
def ordinary(start_kernel):
    """An ordinary kernel, which holds the framework itself."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel("plain")
    kernel.run("import tensorflow as tf, keras, numpy as np")
    kernel.run("tf.get_logger().setLevel('ERROR')  # in one process there are many traces, of which it warns")
    yield kernel
    kernel.close()


def told(kernel, cells):
    """For each cell what it prints, shows and raises."""
    found = []
    for cell in cells:
        reply = kernel.run(cell)
        found.append((reply.text(), reply.result, reply.error))
    return found


SAME = {
    "a model that is fitted across three cells trains on, to the same weights": [
        "keras.utils.set_random_seed(1)\nX, y = np.ones((8, 3)), np.arange(8.0)\n"
        "model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')",
        "h = model.fit(X, y, epochs=2, batch_size=4, verbose=0)",
        "h = model.fit(X, y, epochs=2, batch_size=4, verbose=0)",
        "h = model.fit(X, y, epochs=2, batch_size=4, verbose=0)",
        "print([w.tobytes().hex() for w in model.get_weights()], model.optimizer.iterations.numpy())",
    ],
    "optimizer, model and loop may be in three cells": [
        "keras.utils.set_random_seed(1)\nopt = keras.optimizers.Adam(0.1)",
        "net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
        "for i in range(3):\n    with tf.GradientTape() as t:\n        loss = tf.reduce_mean((net(tf.ones((4, 3))) - 1) ** 2)\n"
        "    opt.apply_gradients(zip(t.gradient(loss, net.trainable_variables), net.trainable_variables))",
        "print([w.tobytes().hex() for w in net.get_weights()], opt.iterations.numpy())",
    ],
    "two models share one layer, whichever cells made them": [
        "keras.utils.set_random_seed(0)\nshared = keras.layers.Dense(1)",
        "one = keras.Sequential([keras.Input((2,)), shared])\none.compile('sgd', 'mse')",
        "two = keras.Sequential([keras.Input((2,)), shared])",
        "h = one.fit(tf.ones((4, 2)), tf.ones((4, 1)), verbose=0)",
        "print(two(tf.ones((1, 2))).numpy(), one.layers[0] is two.layers[0], two.layers[0] is shared)",
    ],
    "a model that is also in a list and a dict of the notebook is the same there": [
        "m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])",
        "models = [m]\nby_name = {'first': models}",
        "m.layers[0].kernel.assign([[1.0], [2.0]])",
        "print(models[0].layers[0].kernel.numpy(), by_name['first'][0] is m)",
    ],
    "a failing cell leaves what it did": [
        "a, b = [1], 1",
        "a.append(int(tf.constant(2)))\nb = 2\nc = 3\n1 / 0\nd = 4",
        "print(a, b, c, 'd' in globals())",
    ],
    "a cell that raises inside a with-block has left it": [
        "class Room:\n    def __enter__(self):\n        print('in')\n        return self\n"
        "    def __exit__(self, *error):\n        print('out', error[0].__name__)\n        self.left = True",
        "with Room() as room:\n    inside = float(tf.ones(()))\n    raise ValueError('no')",
        "print(room.left, inside)",
    ],
    "a list that is appended to is seen by all that hold it": [
        "log = []\nother = log\nheld = {'k': {'deeper': [log]}}\nclass Holder: pass\nholder = Holder()\nholder.log = log",
        "log.append(float(tf.ones(())))",
        "print(other, held, holder.log, log is other is held['k']['deeper'][0] is holder.log)",
    ],
    "a dict under two names is one dict": [
        "d = {}\ne = d",
        "d['x'] = float(tf.ones(()))\ne['y'] = 2",
        "print(d, d is e)",
    ],
    "functions that share a variable of an enclosing one still share it": [
        "def counter():\n    n = 0\n    def count():\n        nonlocal n\n        n += 1\n    return count, lambda: n\n"
        "count, counted = counter()",
        "count()\ntf.ones(1).shape",
        "count()\nprint(counted())",
    ],
    "a function reads the present value of a name of another cell": [
        "rate = 2",
        "def scaled(x): return x * rate",
        "print(float(scaled(tf.ones(()))))",
        "rate = 5",
        "print(float(scaled(tf.ones(()))))",
    ],
    "so does one in a list, an attribute, a nested container of results": [
        "rate = 2\nclass Holder:\n    def __init__(self, f): self.f = f\nfs = [lambda x: x * rate]\nholder = Holder(fs[0])",
        "box = {'f': lambda x: x * rate, 'one': tf.ones(())}",
        "print(float(fs[0](box['one'])), float(holder.f(box['one'])), float(box['f'](box['one'])))",
        "rate = 5\nouter = [{'box': box}]",
        "print(float(fs[0](tf.ones(()))), float(holder.f(tf.ones(()))), float(outer[0]['box']['f'](tf.ones(()))))",
    ],
    "what was a module when a value was packed is what it is now": [
        "import math as m2\nf = lambda x: m2.sqrt(x)",
        "box = [f, tf.ones(1)]",
        "class m2:\n    sqrt = staticmethod(lambda x: 'other')",
        "print(box[0](9.0), box[1].shape)",
    ],
    "so does the activation of a layer, and a callback": [
        "rate = 2\ndef act(x): return x * rate",
        "layer = keras.layers.Dense(1, activation=act, kernel_initializer='ones')",
        "print(layer(tf.ones((1, 1))).numpy())",
        "rate = 5",
        "print(layer(tf.ones((1, 1))).numpy())",
        "cb = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print('rate', rate))\n"
        "m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\nm.compile('sgd', 'mse')",
        "rate = 9",
        "h = m.fit(tf.ones((2, 1)), tf.ones((2, 1)), verbose=0, callbacks=[cb])",
    ],
    "a custom loss is the notebook's function, also in the model that was compiled with it": [
        "def loss(y, p): return tf.reduce_mean((y - p) ** 2)\n"
        "m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\nm.compile('sgd', loss)",
        "h = m.fit(np.ones((2, 1)), np.ones(2), verbose=0)",
        "print(m.loss is loss)",
    ],
    "a global that a called function sets is set": [
        "total = 0\ndef add():\n    global total\n    total += int(tf.constant(2))",
        "add()",
        "add()",
        "print(total)",
    ],
    "a cell that is run again counts on": [
        "x = 1",
        "x = x + int(tf.constant(1))",
        "x = x + int(tf.constant(1))",
        "print(x)",
    ],
    "a name set through globals() is there": [
        "globals()['through'] = float(tf.ones(()))",
        "print(through)",
    ],
    "names of a star import are there": [
        "from tensorflow.keras.layers import *",
        "dense = Dense(2)",
        "print(dense.units, type(Dropout(0.1)).__name__)",
    ],
    "await works at the top level of a cell": [
        "import asyncio\nasync def later(v):\n    await asyncio.sleep(0)\n    return tf.ones(()) * v",
        "print(float(await later(3)))",
    ],
    "a deleted name is gone": [
        "a, b = 1, 2",
        "del a\nt = tf.ones(1)",
        "print('a' in globals(), b)",
        "del t",
        "print('t' in globals())",
    ],
    "a model that is deleted and made again is a new one": [
        "m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer='ones')])",
        "m.layers[0].kernel.assign([[7.0]])",
        "del m",
        "m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer='ones')])",
        "print(m.get_weights()[0])",
    ],
    "old instances keep the old class": [
        "class Point:\n    x = 1\np = Point()",
        "print(isinstance(p, Point), tf.ones(1).shape)",
        "class Point:\n    x = 2",
        "print(isinstance(p, Point), p.x, tf.ones(1).shape)",
        "print(isinstance(p, Point), p.x, Point().x)",
    ],
    "an array that is written to is changed, with its views": [
        "small, large = np.zeros(3), np.zeros(300_000)\nview = small[:2]",
        "small[0] = float(tf.ones(()))\nlarge[5] = 1",
        "print(small, view, large[5])",
    ],
    "a column of a DataFrame that is added is there": [
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})",
        "df['b'] = tf.ones(2).numpy()",
        "print(df)",
    ],
    "a list's iterator goes on where it stopped": [
        "it = iter([1, 2, 3])",
        "print(next(it), tf.ones(1).shape)",
        "print(next(it))",
        "print(next(it), tf.ones(1).shape)",
    ],
    "a ConcreteFunction may be called later": [
        "@tf.function\ndef double(x): return x * 2",
        "concrete = double.get_concrete_function(tf.TensorSpec([], tf.float32))",
        "print(float(concrete(tf.constant(2.0))))",
    ],
    "a cached dataset has the same elements": [
        "ds = tf.data.Dataset.range(3).map(lambda x: x * 2).cache()",
        "print([int(x) for x in ds])",
        "print([int(x) for x in ds])",
    ],
    "the last results are those of all cells": [
        "tf.ones(1) * 3",
        "_ + 1",
        "_ + __",
        "41",
        "_ + 1",
        "float(_ + tf.ones(()))",
    ],
    "what %%capture takes is kept, and names come back": [
        "%%capture taken\nprint('hidden')\nt = float(tf.ones(()))",
        "print(taken.stdout, t)",
    ],
    "an environment variable and a working directory are the notebook's": [
        "import os\nhere = os.getcwd()",
        "%env SET_IN_A_CELL=yes\nt = tf.ones(1)",
        "print(os.environ.pop('SET_IN_A_CELL'))",
        "%cd -q /\nt = tf.ones(1)",
        "print(os.getcwd())\nos.chdir(here)",
    ],
    "exit() of sys is an error that says how to exit": ["import sys", "t = tf.ones(1)\nsys.exit()"],
    "the shell is the shell": [
        "ip = get_ipython()\nt = tf.ones(1)",
        "ip.user_ns['made'] = float(tf.ones(()))\nprint(type(ip).__name__, 'IPKernelApp' in ip.config)",
        "print(made, ip is get_ipython())",
    ],
    "magics and aliases of the notebook are known": [
        "from IPython.core.magic import register_line_magic\nword = 'hello'\n@register_line_magic\ndef greet(line):\n"
        "    print(word, line)\n    return len(line)\n%alias said echo said %s",
        "n = %greet you\nprint(n, tf.ones(1).shape)",
        "word = 'bye'",
        "%greet all\nt = tf.ones(1)",
        "%said so\nt = tf.ones(1)",
    ],
}


@pytest.mark.parametrize("promise", SAME)
def test_a_notebook_is_the_notebook_of_one_process(notebook, ordinary, promise):
    """Cell by cell it prints, shows and raises the same."""
    assert told(notebook, SAME[promise]) == told(ordinary, SAME[promise])


def test_results_of_two_cells_ago_are_there(notebook):
    """By ``Out[n]`` and ``_n``, in a cell that runs elsewhere and in the notebook."""
    count = notebook.run("tf.ones(1) * 4").content["execution_count"]
    plain = notebook.run("6 * 7").content["execution_count"]
    assert notebook.run(
        f"print(float(Out[{count}][0]), float(_{count}[0]), _{plain} + tf.ones(()).numpy())"
    ).text() == ("4.0 4.0 43.0\n")
    assert notebook.run(f"Out[{plain}] + _{plain}").result == "84"


def test_the_line_below_a_cell_is_not_captured(notebook):
    """It is no output of the cell."""
    reply = notebook.run("%%capture\nfirst_captured = float(tf.ones(()))\nprint('hidden')")
    assert [c["data"]["text/plain"] for c in reply.of("display_data")] == ["# %% isolated -o first_captured"]
    assert reply.text() == ""


def test_time_is_told_once(notebook):
    """``%%time`` runs where the cell runs, and its names come back."""
    reply = notebook.run("%%time\ntimed = float(tf.ones(()))")
    assert reply.text().count("Wall time") == 1
    assert notebook.value("timed") == 1


def test_a_plot_is_shown_once(notebook):
    """``%matplotlib inline`` in a plain cell is felt by a training cell, which shows its figure."""
    notebook.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    reply = notebook.run("plt.plot(tf.range(3).numpy())\nplt.show()")
    assert [sorted(c["data"]) for c in reply.of("display_data")] == [["image/png", "text/plain"]]


def test_a_models_summary_is_a_table_as_in_a_notebook(notebook):
    """Libraries find that they are in one."""
    reply = notebook.run("keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).summary()")
    assert "text/html" in reply.of("display_data")[0]["data"]


def test_a_traced_function_is_traced_once(notebook):
    """Its print shows when it is traced, and not when it is called, whichever cell calls it."""
    notebook.run("@tf.function\ndef traced(x):\n    print('tracing')\n    return x * 2")
    call = "print(float(traced(tf.constant(2.0))), float(traced(tf.constant(3.0))))"
    assert [notebook.run(call).text() for _ in range(2)] == ["tracing\n4.0 6.0\n", "4.0 6.0\n"]


def test_what_stays_behind_is_named_below_its_cell(notebook):
    """With what to do, once; the rest of the cell comes back."""
    cell = "squares = (n * n for n in range(3))\nfirst = next(squares) + int(tf.constant(1))"
    reply = notebook.run(cell)
    assert "squares (a generator) can't be carried out of this cell; join it with the cell" in reply.text("stderr")
    assert notebook.value("first") == 1
    assert "squares" not in notebook.run(cell).text("stderr")


def test_an_iterator_of_a_dataset_says_which_cells_to_join(notebook):
    """One that TensorFlow can't write down. A plain cell may ask it, and a training cell."""
    made = "tf.data.Dataset.from_generator(lambda: iter(range(3)), output_types=tf.int32)"
    notebook.run(f"places = iter({made})\nprint(next(places).numpy())")
    for ask in ("next(places)", "[p for p in places]", "print(tf.ones(1), next(places))"):
        reply = notebook.run(ask)
        assert reply.content["ename"] == "LostInput"
        assert "Join the cell that makes places and the cell that uses it" in reply.error


def test_a_tape_says_which_cells_to_join(notebook):
    """Asked in another cell than it was recorded in."""
    notebook.run("v = tf.Variable(3.0)\nwith tf.GradientTape() as recorded:\n    y = v * v")
    reply = notebook.run("print(recorded.gradient(y, v))")
    assert reply.content["ename"] == "LostInput"
    assert "Join the cell that makes recorded and the cell that uses it" in reply.error


def test_an_input_that_cannot_cross_is_named_before_anything_runs(notebook):
    """A generator of a plain cell; one that only shares something with an input stays out, and that is said."""
    notebook.run("numbers = (n for n in range(3))\nlog = []\nbundle = [log, (n for n in range(3))]")
    reply = notebook.run("print(next(numbers), tf.ones(1))")
    assert reply.content["ename"] == "UnpackableInput" and "numbers" in reply.error
    reply = notebook.run("log.append(float(tf.ones(())))")
    assert "bundle can't be carried into this cell, and doesn't see what it changes" in reply.text("stderr")
    assert notebook.value("log") == [1.0]


def test_a_cache_is_filled_anew_and_that_is_said_once(notebook):
    """When a second cell is given the dataset."""
    notebook.run("cached = tf.data.Dataset.range(3).cache().batch(2)")
    replies = [notebook.run("print([b.numpy().tolist() for b in cached])") for _ in range(3)]
    assert {reply.text() for reply in replies} == {"[[0, 1], [2]]\n"}
    assert sum("the cache() of" in reply.text("stderr") for reply in replies) <= 1


def test_an_interrupted_fit_leaves_the_model_as_far_as_it_got(notebook):
    """Stop at some epoch, then evaluate."""
    notebook.run(
        "m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\nm.compile('sgd', 'mse')\n"
        "X, y = np.ones((8, 2)), np.ones(8)"
    )
    sent = []

    def on_message(message):
        if message["msg_type"] == "stream" and "epoch 2" in message["content"]["text"] and not sent:
            sent.append(message)
            notebook.manager.interrupt_kernel()

    reply = notebook.run(
        "say = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print('epoch', epoch))\n"
        "h = m.fit(X, y, epochs=1_000_000, batch_size=8, verbose=0, callbacks=[say])",
        on_message=on_message,
    )
    assert reply.content["ename"] == "KeyboardInterrupt"
    reply = notebook.run("print(3 <= int(m.optimizer.iterations) < 1_000_000, len(m.predict(X, verbose=0)))")
    assert reply.text() == "True 8\n"


def test_a_local_module_that_imports_the_framework_stays_out_of_the_notebook(notebook, tmp_path):
    """A plain import of it makes a training cell."""
    (tmp_path / "local_nets.py").write_text("import tensorflow as tf\ndef one(): return float(tf.ones(()))\n")
    notebook.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    assert notebook.run("import local_nets").ok
    assert notebook.run("print(local_nets.one())").text() == "1.0\n"
    assert notebook.value("[m in sys.modules for m in ('tensorflow', 'keras', 'local_nets')]") == [False] * 3


SEEDED = [
    "import random\nkeras.utils.set_random_seed(3)\nX = np.random.rand(16, 3).astype('float32')\ny = X.sum(1)",
    "net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(1)])",
    "net.compile('adam', 'mse')\nhistory = net.fit(X, y, epochs=2, verbose=0).history['loss']",
    "print(history, random.random(), float(tf.random.uniform(())))",
    "print(X[0], np.random.rand())",
]


def test_run_all_twice_gives_the_same_numbers(notebook, ordinary):
    """In a seeded notebook, those of one process; names of layers count on, as they do there."""
    first, second = told(notebook, SEEDED), told(notebook, SEEDED)
    assert first == second == told(ordinary, SEEDED)
    names = "print([layer.name for layer in net.layers])"
    assert "dense\n" not in notebook.run(names).text()


def test_papermills_parameters_are_the_notebooks(notebook):
    """It puts a cell behind the tagged one, which sets them anew."""
    cells = ["epochs = 1\nrate = 0.5", "# Parameters\nepochs = 3\n", "print(int(tf.constant(epochs)), rate)"]
    assert told(notebook, cells)[-1][0] == "3 0.5\n"


def test_a_reset_notebook_goes_on(notebook):
    """``%reset`` takes all names away, those of the main module too."""
    kept = "import tensorflow as tf, keras, numpy as np"
    assert told(notebook, ["%reset -f", kept, "print(tf.ones(1).shape)", "%reset -f", kept])[2] == ("(1,)\n", None, "")
    assert notebook.run("print(tf.ones(1).shape)").text() == "(1,)\n"


def test_how_to_exit_is_said_once(notebook):
    """By the notebook's own IPython, where the cell's SystemExit arrives."""
    reply = notebook.run("import sys\nt = tf.ones(1)\nsys.exit()")
    assert reply.content["ename"] == "SystemExit"
    assert reply.text("stderr").count("To exit: use 'exit', 'quit', or Ctrl-D.\n  warn(") == 1


def test_a_declared_cell_is_told_what_a_packed_value_reads(notebook):
    """A function inside of it, which an undeclared cell made, reads the notebook's names."""
    notebook.run("rate = 2\nboxed = {'f': lambda x: x * rate, 'one': tf.ones(())}")
    reply = notebook.run("# %% isolated -i boxed\nprint(float(boxed['f'](boxed['one'])))")
    assert reply.content["ename"] == "UndeclaredName"
    assert "-i boxed,rate" in reply.error and "boxed -> rate" in reply.error
    assert notebook.run("# %% isolated -i boxed,rate\nprint(float(boxed['f'](boxed['one'])))").text() == "2.0\n"


def test_a_small_array_that_was_not_written_to_is_no_partial_result(notebook):
    """Of a declared cell that fails, only what changed is kept."""
    notebook.run("same, changed = np.zeros(3), np.zeros(3)")
    reply = notebook.run("# %% isolated -i same,changed\nchanged[0] = same[0] + 1\n1 / 0")
    assert "Kept from this run, until the next: changed (" in reply.traceback


def test_a_framework_in_a_cell_that_is_tagged_to_run_here_is_warned_of_once(start_kernel):
    """It is the user's own choice; what it costs is said."""
    kernel = start_kernel()
    kernel.run("%config IsoKernel.frameworks = ['colorsys']")
    warned = ["colorsys is in the notebook's own process now" in text for text in tagged(kernel, "import colorsys")]
    kernel.close()
    assert warned == [True, False]


def tagged(kernel, code):
    """What two runs of a cell that is tagged `not-isolated` write to their standard error."""
    for _ in range(2):
        request = kernel.client.session.msg("execute_request", {"code": code, "silent": False})
        request["content"].update(store_history=True, allow_stdin=False, user_expressions={}, stop_on_error=True)
        request["metadata"] = {"tags": ["not-isolated"]}
        kernel.client.shell_channel.send(request)
        text, state = "", ""
        while state != "idle":
            message = kernel.client.get_iopub_msg(timeout=20)
            if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                text += message["content"].get("text", "")
                state = message["content"].get("execution_state", "")
        yield text


def test_a_process_that_waits_for_a_thread_says_so(notebook):
    """The cell's code is done, and nothing else would tell why it goes on."""
    reply = notebook.run(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(4,), name='uploader').start()\ntf.ones(1).shape"
    )
    assert reply.ok
    assert "its process waits for what it started in the background: uploader" in reply.text("stderr")


def test_a_formatter_may_read_an_array(start_kernel):
    """Which travels beside the message as memory of its own, and is there until that is sent."""
    kernel = start_kernel()
    kernel.run(
        "import numpy as np\ntable = np.zeros(100_000)\nclass Point: pass\n"
        "def shown(point, printer, cycle): printer.text(f'a point among {table.size}')\n"
        "get_ipython().display_formatter.formatters['text/plain'].for_type(Point, shown)"
    )
    for _ in range(2):
        assert kernel.run("%%isolated -i Point\nPoint()").result == "a point among 100000"
    kernel.close()
