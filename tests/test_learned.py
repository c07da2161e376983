"""What cells import again and again is preloaded: what is known of it, and how another template takes over."""

from __future__ import annotations

import json
import os
import signal
import time

import psutil
import pytest

from isokernel import learned
from isokernel.configuration import Preload, Settings
from isokernel.launch.template import PRELOADED
from isokernel.learned import Learned, Package, of_environment


def test_a_package_is_worth_it_from_its_second_run_on():
    """One run may be a try."""
    known = Learned()
    known.saw({"pandas": ["pandas", "pandas.core"]})
    assert known.modules() == {}
    known.saw({"pandas": ["pandas", "pandas.io"], "scipy": ["scipy"]})
    assert known.modules() == {"pandas": ("pandas", "pandas.core", "pandas.io")}


def test_what_is_known_is_shared_by_the_kernels_of_an_environment(tmp_path):
    """Two kernels that import a package once each have imported it twice."""
    file = tmp_path / "folder" / "imports.json"
    one, other = Learned(file), Learned(file)
    one.saw({"pandas": ["pandas"]})
    other.saw({"pandas": ["pandas"]})
    assert Learned(file).modules() == {"pandas": ("pandas",)}


def test_what_a_package_brings_by_itself_is_not_kept(tmp_path):
    """A template tells which modules it had to ask for."""
    file = tmp_path / "imports.json"
    known = Learned(file)
    for _ in range(2):
        known.saw({"pandas": ["pandas", "pandas.core", "pandas.io"]})
    known.came({"pandas": ["pandas"], "tensorflow": ["tensorflow"]}, {})
    assert Learned(file).modules() == {"pandas": ("pandas",)}


def test_what_can_not_be_preloaded_is_tried_again_when_packages_have_changed(tmp_path, monkeypatch):
    """Another version may be fit."""
    file = tmp_path / "imports.json"
    known = Learned(file)
    for _ in range(2):
        known.saw({"threads": ["threads"]})
    known.came({}, {"threads": "its import starts 1 threads"})
    assert known.modules() == {} and Learned(file).modules() == {}
    monkeypatch.setattr(learned, "stamps", lambda: (("/site-packages", 1),))
    assert Learned(file).modules() == {"threads": ("threads",)}


def test_what_was_not_seen_for_a_month_is_forgotten(tmp_path, monkeypatch):
    """Nobody uses it any more, or it is preloaded, and will be learned anew."""
    file = tmp_path / "imports.json"
    known = Learned(file)
    for _ in range(2):
        known.saw({"pandas": ["pandas"]})
    now = time.time()
    monkeypatch.setattr(learned.time, "time", lambda: now + learned.KEPT + 1)
    assert Learned(file).modules() == {}


def test_there_is_a_bound(tmp_path):
    """The latest packages are preloaded where there are too many, and of each so many modules."""
    known = Learned()
    known.packages = {f"p{n:02}": Package(2, (f"p{n:02}",) * 700, seen=float(n)) for n in range(40)}
    found = known.modules()
    assert list(found) == [f"p{n}" for n in range(16, 40)] and {len(v) for v in found.values()} == {learned.MODULES}
    known.packages = {f"q{n}": Package(2, ("m" * 100,) * 400, seen=float(n)) for n in range(3)}
    assert list(known.modules()) == ["q2"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"installed": [], "packages": []}', '{"installed": 1, "packages": {"a": 1}}',
                                  '{"installed": [], "packages": {"a": {"runs": "x", "modules": 1, "seen": [], "unfit": 0}}}'])  # fmt: skip
def test_a_broken_file_is_as_none(tmp_path, text):
    """It is written anew with what is seen next."""
    file = tmp_path / "imports.json"
    file.write_text(text)
    known = Learned(file)
    assert known.modules() == {}
    known.saw({"pandas": ["pandas"]})
    assert json.loads(file.read_text())["packages"]["pandas"]["runs"] == 1


def test_a_folder_that_can_not_be_written_costs_no_run(tmp_path):
    """What was learned is then known in this kernel only."""
    (tmp_path / "file").write_text("")
    known = Learned(tmp_path / "file" / "imports.json")
    for _ in range(2):
        known.saw({"pandas": ["pandas"]})
    assert known.modules() == {"pandas": ("pandas",)}


def test_the_variable_says_where_it_is_kept(tmp_path, monkeypatch):
    """Or, empty, that it isn't."""
    monkeypatch.setenv(learned.VARIABLE, str(tmp_path))
    assert of_environment().file.parent == tmp_path
    monkeypatch.setenv(learned.VARIABLE, "")
    assert of_environment().file is None
    monkeypatch.delenv(learned.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert of_environment().file.parent == tmp_path / "isokernel"
    monkeypatch.setenv("XDG_CACHE_HOME", "no/folder")
    assert of_environment().file is None


@pytest.mark.parametrize(("given", "named", "learns", "apart"), [
    ("auto", PRELOADED, True, set()),
    (["auto", "torch"], (*PRELOADED, "torch"), True, set()),
    (["auto", "-keras", "-pandas"], ("tensorflow",), True, {"keras", "pandas"}),
    (["numpy"], ("numpy",), False, set()),
    ([], (), False, set()),
])  # fmt: skip
def test_what_is_preloaded_is_configured(given, named, learns, apart):
    """'auto' may be given alone, beside others, or less some."""
    found = Preload.of(Settings(preload=given).preload)
    assert (found.named, found.learns, found.apart) == (named, learns, apart)


CELL = "# %% isolated -o made_by,me\nimport os, {0}\nmade_by, me = {0}.PID, os.getpid()"


@pytest.fixture
def learning(start_kernel, site, tmp_path, monkeypatch):
    """A kernel that learns, apart from frameworks; and a package of 40 modules that takes two seconds to import.

    It tells which process has imported it, and each module leaves a line in a file.
    """
    name, lines = site("slow_one", "import os, importlib\nPID = os.getpid()\nimport slow_one_parts"), tmp_path / "lines"
    part = f"import time\nopen({str(lines)!r}, 'a').write('a module\\n')\ntime.sleep(0.05)\n"
    site("slow_one_parts", "\n".join(f"import slow_one_{n}" for n in range(40)))
    for n in range(40):
        site(f"slow_one_{n}", part)
    monkeypatch.setenv(learned.VARIABLE, str(tmp_path / "cache"))
    kernel = start_kernel(preload=("auto", "-tensorflow", "-keras"))
    yield kernel, name, lines
    kernel.close()


def templates(kernel) -> list[psutil.Process]:
    """The kernel's templates: there are two while the next one is made."""
    below = psutil.Process(kernel.manager.provisioner.pid).children()
    return [each for each in below if "forkserver" in " ".join(each.cmdline())]


def until(condition, seconds: float = 60.0):
    """Wait until something is true, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)
    return found


def test_what_two_runs_imported_is_there_before_the_third(learning, tmp_path):
    """Another template has it, and took over while nothing ran; the next kernel's has it from its start."""
    kernel, name, _ = learning
    (first,) = templates(kernel)
    for _ in range(2):
        kernel.run(CELL.format(name))
        assert kernel.value("made_by == me") is True
    until(lambda: not first.is_running())
    kernel.run(CELL.format(name))
    assert kernel.value("made_by == me") is False
    (file,) = (tmp_path / "cache").iterdir()
    assert Learned(file).packages[name].modules == (name,)


def test_a_package_that_ends_a_template_is_left_out(start_kernel, site, tmp_path, monkeypatch):
    """In a kernel that begins with it, and in those after it: which one it was is known."""
    name = site("breaks", "import os\nif 'ISOKERNEL_RUN' not in os.environ:\n    os.abort()")
    monkeypatch.setenv(learned.VARIABLE, str(tmp_path))
    known = of_environment()
    for _ in range(2):
        known.saw({name: [name]})
    kernel = start_kernel(preload=("auto", "-tensorflow", "-keras"))
    assert kernel.run(f"# %% isolated\nimport {name}\n1").result == "1"
    kernel.close()
    unfit = json.loads(known.file.read_text())["packages"][name]["unfit"]
    assert "ended as it imported it" in unfit


def test_another_template_is_held_up_while_a_cell_runs(learning):
    """It takes no time from the cell, and goes on behind it."""
    kernel, name, lines = learning
    for _ in range(2):
        kernel.run(CELL.format(name))
    (first, _) = until(lambda: len(found := templates(kernel)) == 2 and found)
    until(lambda: lines.read_text().count("\n") > 82)
    counting = f"def count():\n    return open({str(lines)!r}).read().count('a')\n"
    cell = f"%%isolated -o before,after\nimport time\n{counting}time.sleep(0.1)\nbefore = count()\ntime.sleep(0.5)\nafter = count()"
    assert kernel.run(cell).ok
    assert kernel.value("before") == kernel.value("after") < 120
    until(lambda: not first.is_running())
    assert lines.read_text().count("\n") == 120


def test_a_template_that_is_held_up_ends_with_its_kernel(learning):
    """However that ends."""
    kernel, name, _ = learning
    for _ in range(2):
        kernel.run(CELL.format(name))
    second = until(lambda: templates(kernel)[1:])[0]
    kernel.client.execute("%%isolated\nimport time\ntime.sleep(60)")
    psutil.wait_procs([second], timeout=0.3)
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    assert not psutil.wait_procs([second], timeout=60)[1]


TRACES = """
def traces():
    import logging, os, sys, warnings
    return [
        sorted(name for name in sys.modules if name.startswith("leaves_")), os.environ.get("LEFT_BEHIND"),
        len([each for each in warnings.filters if each[4] == 4711]), len(logging.root.handlers),
    ]
"""


def test_what_is_learned_leaves_no_trace_until_it_is_imported(start_kernel, site, tmp_path, monkeypatch):
    """Nor does the package that needs it, which brings it along as an import would."""
    site(
        "leaves_inner",
        "import os, warnings\nos.environ['LEFT_BEHIND'] = 'yes'\nwarnings.simplefilter('ignore', lineno=4711)",
    )
    site("leaves_outer", "import os\nPID = os.getpid()\nimport leaves_inner")
    site("leaves_a_handler", "import logging, os\nPID = os.getpid()\nlogging.root.addHandler(logging.NullHandler())")
    monkeypatch.setenv(learned.VARIABLE, str(tmp_path / "cache"))
    known = of_environment()
    for _ in range(2):
        known.saw({name: [name] for name in ("leaves_inner", "leaves_outer", "leaves_a_handler")})
    kernel = start_kernel(preload=("auto", "-tensorflow", "-keras"))
    cell = (
        f"%%isolated -o seen\n{TRACES}\nimport importlib.util, os\n"
        "seen = [traces(), importlib.util.find_spec('leaves_outer').origin is not None, traces()]\n"
        "import leaves_outer\nseen += [traces(), leaves_outer.PID == os.getpid(), leaves_outer.__spec__.name]\n"
        "import leaves_a_handler\nseen += [traces()[3], leaves_a_handler.PID == os.getpid()]"
    )
    assert kernel.run(cell).ok
    nothing = [[], None, 0, 0]
    whole = [["leaves_inner", "leaves_outer"], "yes", 1, 0]
    assert kernel.value("seen") == [nothing, True, nothing, whole, False, "leaves_outer", 1, True]
    kernel.close()
    assert json.loads(known.file.read_text())["packages"]["leaves_a_handler"]["unfit"] == (
        "its import changes the root logger"
    )


def test_each_worker_draws_numbers_of_its_own_from_what_was_hidden(start_kernel, tmp_path, monkeypatch):
    """numpy's global state is in the template, and would be each fork's."""
    monkeypatch.setenv(learned.VARIABLE, str(tmp_path / "cache"))
    known = of_environment()
    for _ in range(2):
        known.saw({"numpy": ["numpy", "numpy.random"]})
    kernel = start_kernel(preload=("auto", "-tensorflow", "-keras"))
    for name in ("one", "other"):
        cell = (
            f"%%isolated -o {name},{name}_there\nimport sys\n{name}_there = 'numpy' in sys.modules\n"
            f"import numpy as np\n{name} = float(np.random.random())"
        )
        assert kernel.run(cell).ok
    assert kernel.value("[one_there, other_there, one == other]") == [False, False, False]
    assert kernel.run("%%isolated --seed 3\nimport numpy as np\nprint(np.random.random() == np.random.RandomState(3).random())").text() == "True\n"  # fmt: skip
    kernel.close()
    assert not known.packages["numpy"].unfit
