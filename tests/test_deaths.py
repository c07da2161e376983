"""End to end: interrupts, deaths, orphans. Each test leaves a kernel that works, or none."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
from conftest import gone


def alive(kernel):
    """The next plain and the next isolated cell work."""
    assert kernel.run("1").ok
    assert kernel.run("%%isolated\n1").result == "1"


def interrupt_when_running(kernel, code, times=1):
    """Run a cell that would take ten minutes, and interrupt it at its first output."""
    sent = []

    def on_message(message):
        if message["msg_type"] == "stream" and "go" in message["content"]["text"] and not sent:
            sent.append(message)
            for _ in range(times):
                kernel.manager.interrupt_kernel()

    return kernel.run(code, on_message=on_message)


@pytest.mark.parametrize("name", ["isokernel", "isokernel-signal"])
@pytest.mark.parametrize("wait", ["time.sleep(600)", "await asyncio.sleep(600)", "while True: pass"])
def test_an_interrupt_stops_the_cell(start_kernel, name, wait):
    """In both of Jupyter's modes, whatever the cell waits in; it counts as failed and keeps what it had."""
    kernel = start_kernel(name)
    kernel.run("epoch = 0")
    reply = interrupt_when_running(kernel, f"%%isolated -o epoch\nimport asyncio, time\nepoch = 7\nprint('go')\n{wait}")
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert kernel.value("[epoch, __import__('isokernel').last_run().partial['epoch']]") == [0, 7]
    alive(kernel)
    kernel.close()


def test_an_interrupt_stops_a_blocking_run(start_kernel):
    """The magic below another one passes the interrupt on, too."""
    kernel = start_kernel()
    reply = interrupt_when_running(kernel, "%%time\n%%isolated\nimport time\nprint('go')\ntime.sleep(600)")
    assert reply.content["ename"] == "KeyboardInterrupt"
    alive(kernel)
    kernel.close()


def test_code_that_ignores_an_interrupt_is_killed_by_the_second(start_kernel):
    """And the message says that what it had is lost."""
    kernel = start_kernel()
    reply = interrupt_when_running(
        kernel,
        "%%isolated\nimport signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('go')\ntime.sleep(600)",
        times=2,
    )
    assert "killed after a second interrupt" in reply.error
    alive(kernel)
    kernel.close()


DEATHS = {
    "segfault": ("import ctypes; ctypes.string_at(0)", "segmentation fault", "SIGSEGV"),
    "kill": ("import os; os.kill(os.getpid(), 9)", "killed (SIGKILL) from outside", "SIGKILL"),
    "exit": ("import os; os._exit(3)", "os._exit(3)", "exit status 3"),
    "exit 0": ("import os; os._exit(0)", "os._exit(0)", "exit status 0"),
    "abort": ("import os; os.abort()", "abort()", "SIGABRT"),
}


@pytest.mark.parametrize("how", DEATHS, ids=str)
def test_a_death_is_told_with_its_cause(kernel, how):
    """Status and cause in words, the variables as they were, and the next cell works."""
    code, cause, status = DEATHS[how]
    kernel.run("x = 1")
    reply = kernel.run(f"%%isolated -o x\nx = 2\n{code}")
    assert reply.content["ename"] == "WorkerDied"
    assert cause in reply.error and status in reply.error
    assert kernel.value("x") == 1
    alive(kernel)


def test_a_crash_shows_the_python_lines_that_ran(kernel):
    """faulthandler's dump is the worker's last words."""
    reply = kernel.run("%%isolated\nimport ctypes; ctypes.string_at(0)")
    assert "Its last words" in reply.error and "string_at" in reply.error


def test_a_worker_that_loses_its_channel_is_ended(kernel):
    """Code that closes descriptors it doesn't own ends its own run, not the kernel."""
    reply = kernel.run("%%isolated\nimport os; os.closerange(3, 200)")
    assert reply.content["ename"] == "WorkerDied" and "closed by code in the cell" in reply.error
    alive(kernel)


def test_a_dead_template_is_started_again(start_kernel):
    """Killed while idle, with its standby: the next run starts a new one."""
    kernel = start_kernel()
    kernel.run("%%isolated\n1")
    for process in kernel.processes():
        if process.pid != kernel.pid:
            process.kill()
    alive(kernel)
    kernel.close()


def test_what_writes_without_end_holds_up_no_death(kernel):
    """What the worker has started fills its pipe as fast as that is emptied."""
    reply = kernel.run(
        "%%isolated\nimport os, subprocess\nsubprocess.Popen(['yes'], start_new_session=True)\n"
        "import time; time.sleep(0.2)\nos._exit(3)"
    )
    assert reply.content["ename"] == "WorkerDied"
    alive(kernel)


def test_a_template_that_dies_in_mid_run_harms_nothing(start_kernel):
    """The run goes on and is committed."""
    kernel = start_kernel()
    killed = []

    def kill_template(message):
        if message["msg_type"] == "stream" and not killed:
            killed.extend(
                p for p in kernel.processes() if "forkserver" in " ".join(p.cmdline()) and p.ppid() == kernel.pid
            )
            for process in killed:
                process.kill()

    reply = kernel.run(
        "%%isolated -o done\nimport time\nprint('go')\ntime.sleep(0.5)\ndone = 1", on_message=kill_template
    )
    assert killed and reply.ok, reply.error
    alive(kernel)
    kernel.close()


def test_children_of_a_run_end_with_it(kernel):
    """What a cell starts and leaves is not there when the next one runs."""
    reply = kernel.run("%%isolated\nimport subprocess; print(subprocess.Popen(['sleep', '60']).pid)")
    pid = int(reply.text())
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=60)
    assert not psutil.pid_exists(pid)


def test_named_shared_memory_of_a_run_is_gone_after_it(kernel):
    """The run's resource tracker has taken it away when the next one may start."""
    cell = "from multiprocessing import shared_memory as s\nb = s.SharedMemory('isokernel-test', create=True, size=64)"
    assert kernel.run("%%isolated\n" + cell).ok
    assert kernel.run("%%isolated\n" + cell).ok
    assert not os.path.exists("/dev/shm/isokernel-test")


@pytest.mark.parametrize("group", [False, True], ids=["kernel", "group"])
def test_a_killed_kernel_leaves_no_process(start_kernel, group):
    """Template, standby and a running worker notice, whoever was killed beside the kernel."""
    kernel = start_kernel()
    kernel.run("%%isolated\n1")
    kernel.client.execute("%%isolated\nimport time\nprint('go')\ntime.sleep(60)")
    while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
        pass
    (os.killpg if group else os.kill)(kernel.pid, signal.SIGKILL)
    gone(kernel.mark)
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_shutdown_ends_everything(start_kernel):
    """In mid-run, too; nothing has to be killed by whoever asked for it."""
    kernel = start_kernel()
    kernel.run("%%isolated\n1")
    kernel.client.execute("%%isolated\nimport time; print('go'); time.sleep(600)")
    while kernel.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    kernel.close()


def test_exit_handlers_run_and_open_files_are_written(kernel, tmp_path):
    """Trackers rely on atexit, which multiprocessing's children never run."""
    kernel.run(
        f"%%isolated\nimport atexit, pathlib\nhome = pathlib.Path({str(tmp_path)!r})\n"
        "atexit.register(lambda: (home / 'left').write_text('by'))\natexit.register(print, 'bye')\n"
        "f = open(home / 'open', 'w'); f.write('kept')"
    )
    assert [(tmp_path / n).read_text() for n in ("left", "open")] == ["by", "kept"]


def test_descriptors_stay_flat_over_many_runs(kernel):
    """Good runs, failed ones and deaths leave no descriptor and no thread in the kernel."""
    count = "import os, threading; print(len(os.listdir('/proc/self/fd')), threading.active_count())"
    cells = ["%%isolated\n1", "%%isolated\n1/0", "%%isolated\nimport os; os._exit(1)", "%%isolated -i nope\n1"]
    for cell in cells:
        kernel.run(cell)
    time.sleep(0.5)
    before = kernel.run(count).text()
    for _ in range(5):
        for cell in cells:
            kernel.run(cell)
    time.sleep(0.5)
    after = kernel.run(count).text()
    fds = [int(t.split()[0]) for t in (before, after)]
    assert abs(fds[1] - fds[0]) <= 8, (before, after)  # a standby more or less under way


def test_what_a_dead_worker_started_ends_too(kernel):
    """Whether it left by a crash or by an exit that runs nothing: nobody else would."""
    for end in ("os._exit(3)", "os.kill(os.getpid(), signal.SIGSEGV)"):
        reply = kernel.run(
            "%%isolated\nimport os, signal, subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
            f"print(child.pid, flush=True)\n{end}"
        )
        assert reply.content["ename"] == "WorkerDied"
        assert ended(int(reply.text()))


def ended(pid, within=60.0):
    """Whether a process ends in time; what nobody waits for stays as a zombie."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_destructors_run_at_the_end(kernel, tmp_path):
    """An archive that the cell left open is complete for the next one, and pending tasks make no noise."""
    path = str(tmp_path / "a.zip")
    reply = kernel.run(
        f"%%isolated\nimport asyncio, zipfile\narchive = zipfile.ZipFile({path!r}, 'w')\narchive.writestr('a', 'hello')\n"
        "async def wait(): await asyncio.sleep(60)\ntask = asyncio.ensure_future(wait())\nawait asyncio.sleep(0)\narchive"
    )
    assert (reply.error, reply.text("stderr")) == ("", "")
    read = kernel.run(f"%%isolated\nimport zipfile\nprint(zipfile.ZipFile({path!r}).read('a').decode())")
    assert read.text() == "hello\n"


def test_threads_that_still_run_find_what_they_use(kernel):
    """They are cut off with the process, in the middle, and not told before that their globals are gone."""
    reply = kernel.run(
        "%%isolated\nimport atexit, threading, time\nrate = 1.0\n"
        "def work():\n    while True: rate * 2; time.sleep(0)\n"
        "threading.Thread(target=work, daemon=True).start()\natexit.register(time.sleep, 0.1)"
    )
    assert (reply.error, reply.text("stderr")) == ("", "")


WORK = {
    "a thread": "import threading\nthreading.Thread(target=save).start()",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().submit(save)",
    "a pool of processes": "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(1).submit(save)",
    "a process": "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=save).start()",
    "a finalizer": "import weakref\nclass Kept: pass\nkept = Kept()\nweakref.finalize(kept, save)",
    "a handler of records": (
        "import logging, logging.handlers\nto = logging.FileHandler(path)\n"
        "held = logging.handlers.MemoryHandler(100, target=to)\nlogging.getLogger('held').addHandler(held)\n"
        "logging.getLogger('held').warning('saved')"
    ),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
@pytest.mark.parametrize("cold", ["", " --cold"])
def test_work_that_python_would_wait_for_is_done(kernel, tmp_path, work, cold):
    """Whatever the template has imported, and before the next cell."""
    path = tmp_path / "saved"
    save = (
        f"path = {str(path)!r}\ndef save():\n    import time\n    time.sleep(0.2)\n    open(path, 'w').write('saved')\n"
    )
    reply = kernel.run(f"%%isolated{cold}\n{save}{work}")
    assert reply.ok, reply.traceback
    assert path.read_text().strip() == "saved"


def test_a_pool_of_joblib_ends_with_the_cell(kernel):
    """Its workers are told to; nobody waits for them in vain, and nothing is printed."""
    pytest.importorskip("joblib")
    reply = kernel.run(
        "%%isolated\nfrom joblib import Parallel, delayed\nprint(Parallel(n_jobs=2)(delayed(abs)(i) for i in (-1, 2)))"
    )
    assert (reply.text(), reply.text("stderr")) == ("[1, 2]\n", "")


def test_exit_handlers_that_take_too_long_are_cut_off_and_told(start_kernel, tmp_path):
    """The results are there; what was not done is said, with what to do."""
    kernel = start_kernel(args=("--IsoKernel.exit_grace=0.5",))
    reply = kernel.run("%%isolated -o y\nimport atexit, time\natexit.register(time.sleep, 30)\ny = 1")
    assert reply.ok, reply.traceback
    assert kernel.value("y") == 1
    assert "its exit handlers took longer than 0.5 s and were cut off" in reply.text("stderr")
    kernel.close()


def test_a_crash_in_an_exit_handler_loses_no_results(kernel):
    """They were handed over before; the crash is told."""
    reply = kernel.run("%%isolated -o y\nimport atexit, ctypes\natexit.register(ctypes.string_at, 0)\ny = 78")
    assert reply.ok, reply.traceback
    assert kernel.value("y") == 78
    assert "its process ended in its exit handlers, before all of them had run (signal SIGSEGV)" in reply.text("stderr")


def test_a_fork_of_the_cell_that_runs_to_its_end_ends_alone(kernel):
    """It is no cell, and hands over nothing."""
    reply = kernel.run("%%isolated\nimport os, sys\nif os.fork() == 0:\n    sys.exit(0)\nos.wait()\nprint('parent')\n5")
    assert (reply.error, reply.text(), reply.result) == ("", "parent\n", "5")


@pytest.mark.parametrize("delay", [0, 0.0005, 0.001, 0.002, 0.004])
def test_an_interrupt_right_after_the_start_is_not_lost(kernel, delay):
    """Wherever the cell's process is by then; of one between Python's last look and a long sleep Python hears late."""
    sent = []

    def on_message(message):
        if message["msg_type"] == "execute_input" and not sent:
            sent.append(message)
            time.sleep(delay)
            kernel.manager.interrupt_kernel()

    reply = kernel.run("%%isolated\nimport time\nfor _ in range(60_000):\n    time.sleep(0.01)", on_message=on_message)
    assert reply.content["ename"] == "KeyboardInterrupt"


def test_what_fails_while_a_cell_is_concluded_is_told(kernel):
    """The second failure, of telling the first, ends no process; a setting that can't be had isn't carried."""
    reply = kernel.run("%%isolated --auto\nx = 1\nget_ipython().magics_manager.magics = {}")
    assert reply.error == "KeyError: 'line'"
    reply = kernel.run("%%isolated --auto\nimport locale\nlocale.setlocale = None\ny = 2")
    assert reply.ok, reply.error
    assert kernel.value("y") == 2
    kernel.run("del y")
