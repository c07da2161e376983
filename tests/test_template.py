"""The template, as a session sees it: what it preloads, what it refuses to, and what it tells."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from isokernel.configuration import Settings
from isokernel.errors import WorkerNotStarted
from isokernel.session import Session


def report(*preload: str) -> dict:
    """What a template with these modules tells."""
    session = Session(Settings(preload=list(preload)))
    try:
        session.standbys.take(cold=False).result(60)
        return session.standbys.report
    finally:
        session.close()


def test_what_is_installed_is_preloaded_and_what_is_not_is_told(site):
    """A machine without TensorFlow works, with nothing preloaded."""
    found = report(site("installed_one", "x = 1"), "no_such_module")
    assert list(found["modules"]) == ["installed_one"]
    assert found["skipped"] == {"no_such_module": "not installed"}
    assert found["threads"] == [] and found["devices"] == []


def test_a_module_that_starts_a_thread_is_not_preloaded(site):
    """A fork would cut it off in the middle of something."""
    offender = site(
        "threads_one", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    )
    found = report(site("good_one", "x = 1"), offender)
    assert list(found["modules"]) == ["good_one"]
    assert found["skipped"]["threads_one"].startswith("its import starts 1 threads")
    assert found["threads"] == []


def test_a_module_that_opens_a_device_is_not_preloaded(site, monkeypatch):
    """A forked copy of a device's context is broken. /dev/full stands for the device."""
    code = "import isokernel.worker.template as t\nt.DEVICES += ('/dev/full',)\nfd = open('/dev/full')"
    found = report(site("opens_one", code))
    assert found["skipped"] == {"opens_one": "its import opens /dev/full"}


def test_a_module_whose_import_fails_is_told_and_left_out(site):
    """It is only for speed: the run that imports it will tell the user."""
    found = report(site("fails_one", "raise RuntimeError('no')"))
    assert found["skipped"] == {"fails_one": "its import fails: RuntimeError: no"}


def test_a_module_that_ends_the_process_is_an_error_with_its_words(site):
    """As told by the template's own output."""
    session = Session(Settings(preload=[site("ends_one", "import os\nos.write(2, b'last words')\nos._exit(3)")]))
    try:
        with pytest.raises(WorkerNotStarted, match="last words"):
            session.standbys.take(cold=False).result(60)
    finally:
        session.close()


def test_project_code_is_never_preloaded(site, tmp_path, monkeypatch):
    """It would be stale after the next edit."""
    (tmp_path / "own_code.py").write_text("x = 1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ["PYTHONPATH"], str(tmp_path)]))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert report("own_code")["skipped"]["own_code"].startswith("not an installed package")


def test_variables_that_imports_read_are_recorded(site):
    """Those that a package reads, not those that Python reads for it."""
    found = report(
        site("reads_one", "import os\nos.environ.get('ONE_OF_MANY')\nos.getenv('ANOTHER')\nos.path.expanduser('~')")
    )
    assert {"ONE_OF_MANY", "ANOTHER"} <= set(found["reads"]) and "HOME" not in found["reads"]


def test_a_template_that_was_killed_is_started_again(site):
    """The session's next worker comes from a new one."""
    session = Session(Settings(preload=[]))
    try:
        first = session.standbys.take(cold=False).result(30)
        before = session.standbys.template.pid
        os.kill(before, signal.SIGKILL)
        os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
        session.standbys.take(cold=False).result(30)
        assert session.standbys.template.pid != before
        assert not first.gone.done()
    finally:
        session.close()


def test_a_worker_gets_the_environment_whichever_template_it_is_of(start_kernel):
    """Standbys outlive their template; what was set since it began is new to them, though not to the next one."""
    kernel = start_kernel()
    kernel.run("%%isolated\n1")
    kernel.run("import os; os.environ['SINCE'] = 'yes'")
    template = None
    for each in kernel.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # a process of the last cell, which is just leaving
            if "forkserver" in " ".join(each.cmdline()) and each.children():
                template = each
    template.kill()
    with contextlib.suppress(psutil.NoSuchProcess):  # when the kernel wants another
        while template.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    for _ in range(4):
        assert kernel.run("%%isolated\nimport os; print(os.environ.get('SINCE'))").text() == "yes\n"
    kernel.close()


def test_without_a_template_every_worker_is_a_fresh_interpreter(start_kernel):
    """IsoKernel.warm = False, from the start."""
    kernel = start_kernel(args=("--IsoKernel.warm=False",))
    for _ in range(2):
        assert kernel.run("%%isolated\n1").result == "1"
    assert not [each for each in kernel.processes() if "forkserver" in " ".join(each.cmdline())]
    kernel.close()


@pytest.mark.parametrize("start", ["", " --cold"])
def test_a_text_has_one_hash_in_all_processes(kernel, start):
    """What was hashed in one cell is found in the next; and what a cell starts draws its own secret, as ever."""
    cell = "import os\nmade, known = hash('a'), [name for name in os.environ if 'HASHSEED' in name]"
    kernel.run(f"%%isolated -o made,known{start}\n{cell}")
    assert kernel.value("made == hash('a')") is True
    assert kernel.value("known + [name for name in __import__('os').environ if 'HASHSEED' in name]") == []


def test_a_variable_called_file_runs_nothing(start_kernel, tmp_path):
    """multiprocess would take it for the main module, and run it in every child."""
    (tmp_path / "script.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    kernel = start_kernel()
    kernel.run(f"__file__ = {str(tmp_path / 'script.py')!r}")
    assert kernel.run("%%isolated\n1").result == "1" and kernel.run("%%isolated --cold\n1").result == "1"
    assert not (tmp_path / "ran").exists()
    kernel.close()


def test_a_fresh_kernel_uses_the_template_that_it_started(start_kernel, site):
    """Nothing that the kernel itself sets while it starts counts as a change of the environment."""
    reader = site("plots_one", "import os\nos.environ.get('MPLBACKEND')")
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    kernel = start_kernel(preload=(reader,), env=environment)
    reply = kernel.run("%%isolated\nimport sys; print('plots_one' in sys.modules)")
    assert (reply.text(), reply.text("stderr")) == ("True\n", "")
    kernel.run("import os; os.environ['MPLBACKEND'] = 'svg'")
    reply = kernel.run("%%isolated\nimport os; print(os.environ['MPLBACKEND'])")
    assert reply.text() == "svg\n"
    assert reply.text("stderr") == (
        "isokernel: warming up again, because MPLBACKEND changed since the frameworks were imported\n"
    )
    assert kernel.run("%%isolated\n1").text("stderr") == ""
    kernel.close()


def test_a_package_that_was_upgraded_is_imported_again(start_kernel, site, tmp_path):
    """The template that holds the old one makes place for a new one; another package's installation disturbs nothing."""
    name = site("upgraded_one", "version = 1")
    folder = tmp_path / "base" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def install(module: str, version: int) -> None:
        note = folder / f"{module}-{version}.dist-info"
        note.mkdir()
        (note / "RECORD").write_text(f"{module}.py,,\n{note.name}/RECORD,,\n")
        site(module, f"version = {version}")

    kernel = start_kernel(preload=(name,))
    cell = "%%isolated\nimport upgraded_one; print(upgraded_one.version)"
    assert kernel.run(cell).text() == "1\n"
    install("another_one", 1)
    reply = kernel.run(cell)
    assert (reply.text(), reply.text("stderr")) == ("1\n", "")
    install(name, 22)
    reply = kernel.run(cell)
    assert (reply.text(), reply.text("stderr")) == (
        "22\n", "isokernel: warming up again, because upgraded_one changed on disk since it was imported\n"
    )  # fmt: skip
    assert kernel.run(cell).text("stderr") == ""
    kernel.close()


def test_variables_of_the_interpreter_are_there_when_it_starts(kernel):
    """So the run starts cold, and says why."""
    reply = kernel.run("%%isolated --env PYTHONHASHSEED=0 -o h\nh = hash('a')")
    assert "starting cold, because PYTHONHASHSEED must be set before" in reply.text("stderr")
    expected = subprocess.run(
        [sys.executable, "-c", "print(hash('a'))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    assert kernel.value("h") == int(expected.stdout)


@pytest.mark.tensorflow
def test_a_kernel_begins_its_template_before_it_can_read_its_configuration(start_kernel):
    """And nothing that ipykernel sets meanwhile makes it stale."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel(preload=None)
    reply = kernel.run("%%isolated\nprint('ran')")
    kernel.close()
    assert reply.text() == "ran\n"
    assert "warming up again" not in reply.text("stderr")


def test_a_template_is_not_ended_while_it_imports(site):
    """However short the idle time is: another one would begin for the standbys that are wanted of it."""
    session = Session(Settings(preload=[site("slow_to_import", "import time\ntime.sleep(1)")], idle=0.2))
    try:
        session.warm()
        session.standbys.ready().result(30)
        template = psutil.Process(session.standbys.template.pid)
        template.wait(30)
        assert session.standbys.template.pid is None
    finally:
        session.close()


def test_an_idle_template_is_ended_and_started_again_when_it_is_wanted():
    """Its memory is the notebook's for as long as nothing is trained."""
    session = Session(Settings(preload=[], idle=0.3))
    try:
        first = session.standbys.take(cold=False).result(30)
        session.call(first.kill, "the test").result()
        session.warm()
        template = psutil.Process(session.standbys.template.pid)
        template.wait(30)
        assert session.standbys.template.pid is None
        assert session.standbys.take(cold=False).result(30).process.pid
    finally:
        session.close()
