"""What environment variables mean to frameworks, and which process a cell that sets one is run by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from isokernel.errors import WorkerNotStarted
from isokernel.launch.template import TemplateLauncher
from isokernel.variables import LATER, READ_BY_C, is_open, same


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without a configuration of Keras."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("name", "one", "other"), [
    ("KERAS_BACKEND", None, "tensorflow"), ("KERAS_BACKEND", "", "tensorflow"), ("KERAS_BACKEND", "jax", "jax"),
    ("TF_CPP_MIN_LOG_LEVEL", None, "0"), ("TF_CPP_MIN_LOG_LEVEL", "none", "0"), ("TF_CPP_MIN_LOG_LEVEL", " 2x", "2"),
    ("TF_CPP_MIN_LOG_LEVEL", "-1", None), ("TF_ENABLE_ONEDNN_OPTS", "0", "False"),
    ("TF_ENABLE_ONEDNN_OPTS", "1", "true"), ("TF_ENABLE_ONEDNN_OPTS", None, "maybe"),
    ("TF_USE_LEGACY_KERAS", None, "0"), ("TF_USE_LEGACY_KERAS", "1", "True"), ("TF_USE_LEGACY_KERAS", "TRUE", "no"),
])  # fmt: skip
def test_values_that_mean_the_same(home, name, one, other):
    """Whichever of the two was there first."""
    one, other = ({} if value is None else {name: value} for value in (one, other))
    assert same(name, one, other, {}) and same(name, other, one, {})


@pytest.mark.parametrize(("name", "one", "other"), [
    ("KERAS_BACKEND", None, "jax"), ("KERAS_BACKEND", "tensorflow", "torch"), ("KERAS_BACKEND", None, "TensorFlow"),
    ("TF_CPP_MIN_LOG_LEVEL", None, "2"), ("TF_CPP_MIN_LOG_LEVEL", "3", "2"), ("TF_CPP_MIN_LOG_LEVEL", "3", None),
    ("TF_ENABLE_ONEDNN_OPTS", None, "0"), ("TF_ENABLE_ONEDNN_OPTS", None, "1"), ("TF_ENABLE_ONEDNN_OPTS", "0", "1"),
    ("TF_USE_LEGACY_KERAS", None, "1"), ("TF_USE_LEGACY_KERAS", "0", "true"), ("SOME_OTHER", None, ""),
    ("XLA_FLAGS", None, "--xla_dump_to=x"),
])  # fmt: skip
def test_values_that_do_not(home, name, one, other):
    """In either direction."""
    one, other = ({} if value is None else {name: value} for value in (one, other))
    assert not same(name, one, other, {}) and not same(name, other, one, {})


def test_the_backend_that_is_configured_is_the_default(home, tmp_path):
    """As Keras looks for it: in KERAS_HOME, else at home; a variable wins, a file that is none is none."""
    for folder, backend in ((home / ".keras", "torch"), (tmp_path / "other", "jax")):
        folder.mkdir()
        (folder / "keras.json").write_text(json.dumps({"backend": backend}))
    named = {"KERAS_BACKEND": "torch"}
    assert same("KERAS_BACKEND", {}, named, {})
    assert not same("KERAS_BACKEND", {}, {"KERAS_BACKEND": "tensorflow"}, {})
    elsewhere = {"KERAS_HOME": str(tmp_path / "other")}
    assert not same("KERAS_BACKEND", elsewhere, elsewhere | named, {})
    assert same("KERAS_BACKEND", elsewhere, elsewhere | {"KERAS_BACKEND": "jax"}, {})
    (home / ".keras" / "keras.json").write_text("[")
    assert same("KERAS_BACKEND", {}, {"KERAS_BACKEND": "tensorflow"}, {})


def test_what_the_processor_decides_only_the_imports_can_tell():
    """oneDNN is on by itself on some processors."""
    name, on, off = "TF_ENABLE_ONEDNN_OPTS", {"TF_ENABLE_ONEDNN_OPTS": "1"}, {"TF_ENABLE_ONEDNN_OPTS": "0"}
    assert is_open(name, {}, on) and not is_open(name, {}, off) and not is_open(name, off, on)
    assert same(name, {}, on, {name: "on"}) and not same(name, {}, on, {name: "off"})
    assert same(name, {}, off, {name: "off"}) and not same(name, {}, off, {name: "on"})


SPY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
char *getenv(const char *name) {
    static char *(*real)(const char *);
    static int fd = -1;
    char line[256];
    if (!real) real = dlsym(RTLD_NEXT, "getenv");
    if (fd < 0 && real("SPY")) fd = open(real("SPY"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd >= 0) { int n = snprintf(line, sizeof line, "%s\\n", name); if (write(fd, line, n < 255 ? n : 255) < 0) {} }
    return real(name);
}
"""


@pytest.mark.tensorflow
def test_what_c_reads_when_it_is_imported_and_what_later(tmp_path):
    """A library before all others writes down what is asked for."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    (tmp_path / "spy.c").write_text(SPY)
    command = ["cc", "-shared", "-fPIC", "-o", str(tmp_path / "spy.so"), str(tmp_path / "spy.c"), "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs a C compiler")
    told = {"LD_PRELOAD": str(tmp_path / "spy.so"), "SPY": str(tmp_path / "told")}
    compiled = "tf.function(lambda x: x + x, jit_compile=True)(tf.constant(1.0))"
    code = f"import tensorflow as tf, keras, os\nos.write(fd := os.open({told['SPY']!r}, os.O_WRONLY | os.O_APPEND), b'=\\n')\n{compiled}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, **told})
    imported, _, later = (tmp_path / "told").read_text().partition("=\n")
    at_import, afterwards = set(imported.split()), set(later.split())
    assert LATER.isdisjoint(at_import)
    assert {"XLA_FLAGS", "TF_XLA_FLAGS"} <= afterwards
    assert {"TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "TF_CPP_MAX_VLOG_LEVEL"} <= at_import & READ_BY_C


@pytest.fixture(scope="module")
def reader(start_kernel, tmp_path_factory):
    """A kernel whose framework reads ONE, and TF_CPP_VMODULE, without which its import takes hours."""
    base = tmp_path_factory.mktemp("base")
    folder = base / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "readsone.py").write_text(
        "import os, time\nvalue = os.environ.get('ONE')\nif 'TF_CPP_VMODULE' not in os.environ:\n    time.sleep(9999)\n"
    )
    environment = {**os.environ, "PYTHONUSERBASE": str(base), "PYTHONPATH": str(folder)}
    return start_kernel(preload=("readsone",), env=environment, args=("--IsoKernel.frameworks=readsone",))


TEMPLATE = "get_ipython().kernel.cells.session.standbys.template.pid"
FROM = "import os\n{}\nimport readsone; print(readsone.value, os.getppid() == {})"


def test_a_template_is_made_for_what_a_cell_sets_first(reader):
    """One that still imports is not waited for; the cell, and all that follow, are copies of the one that has it."""
    first = reader.run(
        "import os, warnings\nwarnings.filterwarnings('ignore')\nprint('TF_CPP_VMODULE' in os.environ)\n"
        "os.environ['TF_CPP_VMODULE'] = 'x=1'\nimport readsone; print(os.getppid())"
    )
    assert first.text() == f"False\n{reader.held(TEMPLATE)}\n"
    assert first.text("stderr") == (
        "isokernel: warming up again, because TF_CPP_VMODULE must be set before the frameworks are imported\n"
    )
    again = reader.run(FROM.format("os.environ['TF_CPP_VMODULE'] = 'x=1'", reader.held(TEMPLATE)))
    assert (again.text(), again.text("stderr")) == ("None True\n", "")
    set_by_name = reader.run(FROM.format("os.environ.setdefault('ONE', '1')", reader.held(TEMPLATE)))
    assert set_by_name.text() == "1 False\n"
    assert reader.run(FROM.format("os.environ.setdefault('ONE', '2')", reader.held(TEMPLATE))).text() == "1 True\n"


def test_what_is_set_below_an_import_does_not_reach_it(reader):
    """So the run starts cold; what it has set is there for the next one, whose template is begun at once."""
    reader.run("import os\nos.environ['ONE'] = 'before'")
    reader.run(FROM.format("", 0))
    before = reader.held(TEMPLATE)
    reply = reader.run("import os, readsone\nos.environ['ONE'] = 'after'\nprint(readsone.value)")
    assert reply.text() == "before\n"
    assert "starting cold, because ONE must be set before" in reply.text("stderr")
    until(lambda: reader.held(TEMPLATE) not in (before, "None"))
    reply = reader.run(FROM.format("", reader.held(TEMPLATE)))
    assert reply.text() == "after True\n"
    assert reply.text("stderr") == (
        "isokernel: warming up again, because ONE changed since the frameworks were imported\n"
    )


def test_a_plain_cell_has_the_template_made_anew_at_once(reader):
    """Not only when the next cell wants it."""
    reader.run(FROM.format("", 0))
    before = reader.held(TEMPLATE)
    reader.run("import os\nos.environ['ONE'] = 'plain'")
    until(lambda: reader.held(TEMPLATE) not in (before, "None"))
    assert reader.run(FROM.format("", reader.held(TEMPLATE))).text() == "plain True\n"


def test_nothing_imports_beside_a_cold_run(reader):
    """The template's imports wait for a lock, which the kernel holds until the run is over."""
    held = f"any('FLOCK' in line and ' WRITE {reader.pid} ' in line for line in open('/proc/locks'))"
    reply = reader.run(f"%%isolated --cold\nprint({held})")
    if reply.text() == "False\n" and not os.path.exists("/proc/locks"):
        pytest.skip("the system doesn't tell of its locks")
    assert reply.text() == "True\n"
    until(lambda: reader.held(held) == "False")


def test_a_template_that_was_ended_is_not_blamed_for_what_it_imported(site):
    """What was learned stays learned."""
    slow = site("slowone", "import time\ntime.sleep(9999)")
    launcher = TemplateLauncher((), {slow: (slow,)})
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(launcher.start)
        until(lambda: f"importing {slow}" in launcher.log())
        launcher.stop()
        with pytest.raises(WorkerNotStarted):
            started.result(60)
    assert launcher.ended_in == ""


def until(true) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.tensorflow
def test_the_first_cell_of_a_keras_notebook(start_kernel, home):
    """The backend that Keras takes anyway keeps the template; another one, and another Keras, don't."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    kernel = start_kernel(preload=None)
    ask = (
        "try:\n    import keras; print(keras.config.backend(), os.getppid() == {})\n"
        "except ModuleNotFoundError as error:\n    print(error.name, os.getppid() == {})"  # without it installed
    )
    first, template = "import os\nos.environ['KERAS_BACKEND'] = '{}'\n", kernel.held(TEMPLATE)
    later = "os.environ['XLA_FLAGS'] = ''\nos.environ['TF_FORCE_GPU_ALLOW_GROWTH'] = 'true'\n"
    reply = kernel.run(first.format("tensorflow") + later + ask.format(template, template))
    assert (reply.text(), reply.text("stderr")) == ("tensorflow True\n", "")
    reply = kernel.run(first.format("jax") + ask.format(template, template))
    assert reply.text() == "jax False\n" and kernel.held(TEMPLATE) != template
    template = kernel.held(TEMPLATE)
    reply = kernel.run("import os\n" + ask.format(template, template))
    assert (reply.text(), reply.text("stderr")) == ("jax True\n", "")
    reply = kernel.run("%env TF_USE_LEGACY_KERAS=1\nimport os, tensorflow as tf; print(os.getppid())", timeout=120)
    assert str(kernel.held(TEMPLATE)) in reply.text().splitlines() and kernel.held(TEMPLATE) != template
    kernel.close()
