"""Results that stay packed: end to end with `--packed`, which needs no framework, and with Keras."""

from __future__ import annotations

import contextlib
import threading
import time

import psutil
import pytest

MEMFDS = (
    "import gc, os; gc.collect()\n"
    "print(sum(os.path.islink(p) and 'memfd:isokernel' in os.readlink(p)"
    " for p in (f'/proc/self/fd/{f}' for f in os.listdir('/proc/self/fd'))))"
)


def test_a_packed_result_tells_what_it_is(kernel):
    """Type, summary, size and run, without being opened."""
    reply = kernel.run("%%isolated --packed -o table\ntable = {i: str(i) for i in range(10)}")
    assert reply.ok, reply.error
    assert kernel.held("table").startswith("<packed dict: 10 items; ")
    assert kernel.value("[table.type, table.nbytes > 50, len(table.load())]") == ["dict", True, 10]


def test_touching_a_packed_result_says_what_to_do(kernel):
    """An attribute of the value isn't here."""
    kernel.run("%%isolated --packed -o parts\nparts = [1]")
    assert "# %% isolated -i parts" in kernel.run("parts.append", store_history=False).error
    assert kernel.run("dir(parts)", store_history=False).result == "['about', 'load', 'nbytes', 'run', 'type']"


def test_a_packed_result_arrives_opened_wherever_it_stands(kernel):
    """As an input, in a list, in a dict; one object however often it was named."""
    kernel.run("%%isolated --packed -o h\nh = [1, 2]")
    kernel.run("deep = {'a': [h], 'b': h}")
    reply = kernel.run(
        "%%isolated -i h,deep -o same\nh.append(3)\nsame = [deep['a'][0] is deep['b'], h, deep['b'] is h]"
    )
    assert reply.ok, reply.error
    assert kernel.value("same") == [True, [1, 2, 3], True]


def test_the_last_handle_frees_its_memory(kernel):
    """And that of a large neighbour which shares nothing with it is not kept alive by it."""
    before = int(kernel.run(MEMFDS).text())
    kernel.run("%%isolated --packed -o big, small\nbig = bytearray(5_000_000); small = bytearray(200_000)")
    assert int(kernel.run(MEMFDS).text()) == before + 2
    kernel.run("del big")
    assert int(kernel.run(MEMFDS).text()) == before + 1
    kernel.run("del small")
    assert int(kernel.run(MEMFDS).text()) == before


def test_passing_a_packed_result_on_does_not_copy_it(kernel):
    """It ships the descriptor that it holds."""
    kernel.run("%%isolated --packed -o big\nbig = bytearray(50_000_000)")
    before = int(kernel.run(MEMFDS).text())
    reply = kernel.run("%%isolated -i big -o n\nn = len(big)")
    assert reply.ok and kernel.value("n") == 50_000_000
    assert int(kernel.run(MEMFDS).text()) == before
    kernel.run("del big")


def test_a_large_shipment_is_told_in_one_line(kernel):
    """With the names that it was."""
    kernel.run("import numpy as np; wide = np.zeros(30_000_000)")
    reply = kernel.run("%%isolated -i wide -o first\nfirst = float(wide[0])")
    (line,) = reply.text("stderr").splitlines()
    assert line.startswith("isokernel: shipped 240 MB in ") and "s: wide (in) 240 MB, first (out) " in line
    kernel.run("del wide")


@pytest.mark.tensorflow
def test_a_model_stays_packed_and_trains_on(tf_kernel):
    """The kernel never opens it; its history, a plain dict, it does; training goes on where it stopped."""
    tf_kernel.run("import numpy as np; X = np.random.rand(64, 4).astype('f4'); y = X.sum(1)")
    reply = tf_kernel.run(
        "# %% isolated -i X,y --seed 3 -o model,history\nimport keras\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])\n"
        "model.compile(keras.optimizers.Adam(0.01), 'mse')\nhistory = model.fit(X, y, epochs=2, verbose=0).history",
        timeout=120,
    )
    assert reply.ok, reply.error
    assert tf_kernel.held("model").startswith("<packed keras.src.models.sequential.Sequential: Sequential, ")
    reply = tf_kernel.run(
        "# %% isolated -i model,X,y -o more,steps,name\nmore = model.fit(X, y, epochs=2, verbose=0).history\n"
        "steps = int(model.optimizer.iterations); name = model.layers[0].name"
    )
    assert reply.ok, reply.error
    assert tf_kernel.value("[steps, name, len(history['loss']), more['loss'][-1] < history['loss'][0]]") == [
        8,
        "dense",
        2,
        True,
    ]
    assert "would import" in tf_kernel.run("model.load()").error
    assert (
        tf_kernel.run("import sys; print('keras' in sys.modules, 'tensorflow' in sys.modules)").text()
        == "False False\n"
    )


def resident(kernel):
    """Bytes of all the kernel's processes together, pages that several map counted once (PSS)."""
    total = 0
    for process in kernel.processes():
        with contextlib.suppress(psutil.Error, OSError):  # gone meanwhile
            total += process.memory_full_info().pss
    return total


def settled(kernel, enough, within=60.0):
    """Wait until what is resident is `enough`, given it and what it was a moment before."""
    then, deadline = 0, time.monotonic() + within
    while not enough(now := resident(kernel), then):
        assert time.monotonic() < deadline, f"{now} bytes"
        then = now
        time.sleep(0.1)


def test_a_large_input_takes_its_size_once_and_nothing_afterwards(start_kernel):
    """Over all processes: one copy, which the worker maps and reads; with the run's end it is gone."""
    kernel, size = start_kernel(preload=("numpy",)), 512 << 20
    kernel.run(f"import numpy as np\nx = np.ones({size // 4}, 'float32')")
    kernel.run("%%isolated\n1")
    settled(kernel, lambda now, then: abs(now - then) < 1 << 20)  # standbys are there
    before, samples, done = resident(kernel), [], threading.Event()

    def watch():
        while not done.is_set():
            samples.append(resident(kernel))

    watching = threading.Thread(target=watch)
    watching.start()
    reply = kernel.run(
        "%%isolated -i x -o s\nimport time\ns = float(x.sum())\ntime.sleep(0.3)\ns = s + float(x[::1024].sum())"
    )
    done.set()
    watching.join()
    assert reply.ok, reply.error
    assert size * 0.95 < max(samples) - before < size * 1.05 + (30 << 20)  # the cell's own interpreter
    settled(kernel, lambda now, then: now - before < 20 << 20)
    kernel.close()
