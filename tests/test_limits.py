"""End to end: limits of time and memory, what a cell starts, and what it publishes."""

from __future__ import annotations

import os
import re
import time

import psutil
import pytest

LATE = "it took more than 0.5 s"


def alive(kernel):
    """The next plain and the next isolated cell work."""
    assert kernel.run("1").ok
    assert kernel.run("%%isolated\n1").result == "1"


def ended(pid, within=60.0):
    """Whether a process ends in time; what nobody waits for stays as a zombie."""
    deadline = time.monotonic() + within
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("wait", ["time.sleep(600)", "await asyncio.sleep(600)", "while True: pass"])
def test_a_cell_is_stopped_at_its_limit_of_time(kernel, wait):
    """With the place where it was, and what it had by then."""
    reply = kernel.run(f"%%isolated -o n --timeout 0.5s\nimport asyncio, time\nn = 7\n{wait}")
    assert reply.content["ename"] == "LimitExceeded" and LATE in reply.error
    assert wait in reply.traceback and "Kept from this run, until the next: n (%keep n)" in reply.traceback
    assert kernel.value("__import__('isokernel').last_run().partial['n']") == 7
    alive(kernel)


def test_a_limit_of_time_holds_against_code_that_blocks_signals(start_kernel):
    """It is killed, after the grace of an interrupt."""
    kernel = start_kernel(args=("--IsoKernel.grace=0.3",))
    block = "signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))"
    reply = kernel.run(f"%%isolated --timeout 0.5s\nimport signal, time\n{block}\ntime.sleep(600)")
    assert LATE in reply.error and "had to be killed" in reply.error
    alive(kernel)
    kernel.close()


def test_the_configured_limit_holds_where_the_cell_has_none(start_kernel):
    """By %config in the notebook; a declaration may give more."""
    kernel = start_kernel()
    kernel.run("%config IsoKernel.timeout = 0.5")
    assert LATE in kernel.run("%%isolated\nimport time; time.sleep(30)").error
    assert kernel.run("%%isolated --timeout 20s\nimport time; time.sleep(0.8)").ok
    kernel.run("%config IsoKernel.timeout = 0")
    assert kernel.run("%%isolated\nimport time; time.sleep(0.8)").ok
    kernel.close()


def test_a_cell_that_finishes_after_it_was_told_counts(kernel):
    """It has caught the interrupt, saved what it wanted to, and gone on to its end."""
    code = "try:\n    time.sleep(30)\nexcept KeyboardInterrupt:\n    saved = True"
    reply = kernel.run(f"%%isolated -o saved --timeout 0.5s\nimport time\n{code}")
    assert reply.ok, reply.traceback
    assert kernel.value("saved") is True
    assert "it was interrupted at its limit of 0.5 s" in reply.text("stderr")


def test_packing_takes_its_time_after_an_interrupt(start_kernel):
    """What an interrupted cell had is packed to the end, however short the grace."""
    kernel = start_kernel(args=("--IsoKernel.grace=0.2",))
    slow = "class Slow:\n    def __reduce__(self):\n        import time; time.sleep(1)\n        return (int, (5,))\n"
    reply = kernel.run(f"%%isolated -o n --timeout 0.3s\nimport time\n{slow}n = Slow()\ntime.sleep(30)")
    assert "it took more than 0.3 s" in reply.error and "had to be killed" not in reply.error
    assert kernel.value("__import__('isokernel').last_run().partial['n']") == 5
    kernel.close()


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("time.sleep(600)", "(the cell had run, and of its results n was being packed; they are lost)"),
        ("signal.pthread_sigmask(signal.SIG_BLOCK, {2, 15}); time.sleep(600)", "results were being packed). --timeout"),
    ],
)
def test_a_limit_of_time_holds_while_the_results_are_packed(start_kernel, work, said):
    """Whether it hears the interrupt or not."""
    kernel = start_kernel(args=("--IsoKernel.grace=0.2",))
    slow = f"class Slow:\n    def __reduce__(self):\n        import signal, time; {work}\n"
    reply = kernel.run(f"%%isolated -o m,n --timeout 0.5s\nm = 1\n{slow}n = Slow()")
    assert reply.content["ename"] == "LimitExceeded"
    assert said in reply.error
    assert kernel.run("%%isolated\n1").result == "1"
    kernel.close()


GREEDY = "held = []\nwhile True:\n    held.append(bytearray(b'x' * 20_000_000))\n    time.sleep(0.01)"


def test_a_cell_is_stopped_at_its_limit_of_memory(kernel):
    """The peak is told, and nothing but the cell is harmed."""
    kernel.run("x = 1")
    reply = kernel.run(f"%%isolated -i x --memory 400M\nimport time\n{GREEDY}")
    assert reply.content["ename"] == "LimitExceeded"
    assert "it used more memory than 419 MB" in reply.error and "--memory" in reply.error
    assert kernel.value("x") == 1
    alive(kernel)


def test_memory_of_what_a_cell_starts_counts(kernel):
    """And who held it is named."""
    reply = kernel.run(
        f"%%isolated --memory 400M\nimport subprocess, sys, textwrap\n"
        f"subprocess.run([sys.executable, '-c', {'import time; ' + chr(10) + GREEDY!r}])"
    )
    assert reply.content["ename"] == "LimitExceeded"
    assert "python" in reply.error and "(pid " in reply.error
    alive(kernel)


def test_a_limit_of_memory_that_is_not_reached_is_not_felt(kernel):
    """Nor is a limit that is a share of what there is."""
    assert kernel.run("%%isolated --memory 90%\nimport time; time.sleep(0.3); 5").result == "5"
    assert "a size is a number with K, M, G or %" in kernel.run("%%isolated --memory lots\n1").error


def test_a_bad_configured_limit_is_refused(kernel):
    """When it is set, not at the next cell."""
    reply = kernel.run("%config IsoKernel.memory = 'lots'")
    assert "IsoKernel.memory: 'lots' is no amount of memory, as 8G or 80% is" in reply.text() + reply.text("stderr")
    assert kernel.run("%config IsoKernel.memory = '80%'\n%config IsoKernel.memory = ''").ok


DETACHED = "subprocess.Popen(['sleep', '60'], start_new_session=True)"
DAEMON = (
    "import os\nr, w = os.pipe()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        os.write(w, str(os.getpid()).encode().ljust(10)); os.execvp('sleep', ['sleep', '60'])\n    os._exit(0)\n"
    "os.wait(); print(int(os.read(r, 10)), flush=True)\n"
)


@pytest.mark.parametrize("start", [f"print({DETACHED}.pid, flush=True)\n", DAEMON], ids=["session", "daemon"])
@pytest.mark.parametrize("cold", ["", " --cold"], ids=["warm", "cold"])
@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 9)", "os._exit(3)"], ids=["ends", "killed", "exits"])
def test_what_a_cell_starts_ends_with_it(kernel, start, cold, end):
    """In a session of its own, or by a double fork, too; where the cell ended well it is named, with the way to keep it."""
    reply = kernel.run(f"%%isolated{cold}\nimport os, subprocess\n{start}{end}")
    pid = int(reply.text().split()[0])
    assert ended(pid), psutil.Process(pid)
    if not end:
        # One that was started this moment may have no command line yet, only a name, or still be the fork. Python may
        # have warned before: the cell forks a process of several threads.
        told = rf"(?m)^isokernel: ended (\w+( 60)?|a fork of the cell) \(pid {pid}\), which the cell had left running \(--keep-children"
        assert re.search(told, reply.text("stderr"))
    alive(kernel)


def test_a_cell_without_children_says_nothing(kernel):
    """Nor one whose children have ended."""
    reply = kernel.run("%%isolated\nimport subprocess\nsubprocess.run(['true'])\nsubprocess.Popen(['true']).wait()")
    assert reply.text("stderr") == ""


@pytest.mark.parametrize("start", ["", " --cold"])
def test_children_are_kept_on_demand(start_kernel, start):
    """They live on through later runs and deaths, may write, and end with the kernel."""
    kernel = start_kernel()
    code = "import sys, time\nwhile True:\n    print('x' * 1000, flush=True); time.sleep(0.005)"
    kernel.run(
        f"%%isolated -o pid --keep-children{start}\nimport subprocess, sys\n"
        f"pid = subprocess.Popen([sys.executable, '-c', {code!r}], start_new_session=True).pid"
    )
    child = psutil.Process(kernel.value("pid"))
    kernel.run("%%isolated\nimport os; os._exit(1)")
    kernel.run("%%isolated\n1")
    time.sleep(1)
    assert child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    kernel.close()
    assert ended(child.pid)


def test_children_are_kept_beside_shared_memory(start_kernel):
    """Whose tracker is ended with other cells, after all that holds its pipe open."""
    kernel = start_kernel()
    kernel.run(
        "%%isolated -o pid --keep-children\nimport subprocess, sys\n"
        "from multiprocessing.shared_memory import SharedMemory\nblock = SharedMemory(create=True, size=64)\n"
        "pid = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid"
    )
    kernel.run("%%isolated\n1")
    child = psutil.Process(kernel.value("pid"))
    assert child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    kernel.close()
    assert ended(child.pid)


def test_a_killed_kernel_leaves_no_daemon_of_a_cell(start_kernel):
    """Not even where the cell's process can't notice: it holds the interpreter in C code."""
    kernel = start_kernel()
    hang = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # a PyDLL keeps the GIL
    kernel.client.execute(f"%%isolated\nimport os, subprocess\n{DAEMON}print(os.getpid(), flush=True)\n{hang}")
    pids = []
    while len(pids) < 2:
        message = kernel.client.get_iopub_msg(timeout=10)
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            pids += map(int, message["content"]["text"].split())
    os.kill(kernel.pid, 9)
    assert all(ended(pid) for pid in pids)
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_workers_are_what_the_system_ends_first(kernel):
    """Rather than the notebook, when memory runs out."""
    scores = [
        int(kernel.run(f"{head}open('/proc/self/oom_score_adj').read()").result.strip("'\\n"))
        for head in ("", "%%isolated\n")
    ]
    assert scores[1] == min(scores[0] + 500, 1000)


def test_what_is_published_survives_the_death_of_the_cell(kernel):
    """The latest of each name, from a cell that dies, fails, or is stopped."""
    for end, error in (
        ("os._exit(1)", "WorkerDied"),
        ("1/0", "ZeroDivisionError"),
        ("time.sleep(30)", "LimitExceeded"),
    ):
        reply = kernel.run(
            "%%isolated --timeout 1s\nimport isokernel, os, time\nfor i in range(3):\n    isokernel.publish(i=i, many=[i] * 3)\n"
            + end
        )
        assert reply.content["ename"] == error
        assert "Kept from this run, until the next: " in reply.traceback
        assert kernel.run("%keep i").ok
        assert kernel.value("[i, __import__('isokernel').last_run().partial['many']]") == [2, [2, 2, 2]]


def test_what_is_published_of_a_cell_that_goes_well_is_not_kept(kernel):
    """Its outputs are there."""
    assert kernel.run("%%isolated -o i\nimport isokernel\nisokernel.publish(i=1)\ni = 2").ok
    assert kernel.value("[i, list(__import__('isokernel').last_run().partial)]") == [2, []]


def test_publishing_what_cannot_be_carried_is_an_error_of_the_cell(kernel):
    """There, where it can be mended; elsewhere publishing does nothing."""
    assert (
        "UnpackableOutput" in kernel.run("%%isolated\nimport isokernel\nisokernel.publish(f=open('/dev/null'))").error
    )
    assert kernel.run("import isokernel; isokernel.publish(x=1)").ok


def test_a_model_is_published_each_epoch(tf_kernel, tmp_path):
    """A training that dies in its third epoch leaves the second's; checkpoints that it wrote are named."""
    reply = tf_kernel.run(
        f"%%isolated\nimport os, isokernel, keras, numpy as np\nos.chdir({str(tmp_path)!r})\n"
        "class Die(keras.callbacks.Callback):\n"
        "    def on_epoch_begin(self, epoch, logs=None):\n        if epoch == 2: os._exit(1)\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\nmodel.compile('adam', 'mse')\n"
        "model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=4, epochs=5, verbose=0,\n"
        "          callbacks=[isokernel.publish_each_epoch('model'), Die()])"
    )
    assert reply.content["ename"] == "WorkerDied" and "(%keep model)" in reply.traceback
    assert tf_kernel.run("%keep model").ok
    assert tf_kernel.run("%%isolated -i model\nprint(int(model.optimizer.iterations))").text() == "4\n"


def test_checkpoints_that_a_dead_cell_wrote_are_named(start_kernel, tmp_path):
    """Those of this run only."""
    (tmp_path / "old.keras").write_bytes(b"x")
    kernel = start_kernel(cwd=str(tmp_path))
    time.sleep(0.05)
    reply = kernel.run(
        "%%isolated\nimport os\nos.makedirs('ckpt')\nopen('ckpt/epoch-2.keras', 'wb').write(b'x' * 2000)\n"
        "open('notes.txt', 'w').write('x')\nos._exit(1)"
    )
    assert "Checkpoints that the cell wrote: ckpt/epoch-2.keras (2.0 kB, " in reply.traceback
    assert "old.keras" not in reply.traceback
    kernel.close()
