"""The command: exact words, real folders, a real kernel started from what install wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from isokernel import cli, doctor, specs
from isokernel.devices import Devices, Folder, Request
from isokernel.doctor import Finding


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Jupyter's folders of this test only: uninstall removes what it finds in them."""
    monkeypatch.setattr("jupyter_core.paths.ENV_JUPYTER_PATH", [str(tmp_path / "environment")])
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [str(tmp_path / "system")])
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    monkeypatch.setenv("ISOKERNEL_LEASES", str(tmp_path / "leases"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)


def test_install_writes_a_spec_that_names_this_python(tmp_path, capsys):
    """Absolute, so that a Jupyter of another environment starts this one."""
    assert cli.main(["install", "--prefix", str(tmp_path), "--env", "A", "1"]) == 0
    home = tmp_path / "share" / "jupyter" / "kernels" / "isokernel"
    assert capsys.readouterr().out == f"Installed the kernel isokernel in {home}\n"
    spec = json.loads((home / "kernel.json").read_text())
    assert spec["argv"] == [
        sys.executable,
        "-Xfrozen_modules=off",
        "-m",
        "isokernel.launcher",
        "-f",
        "{connection_file}",
    ]
    assert (spec["display_name"], spec["interrupt_mode"], spec["env"]) == (
        "Python 3 (isokernel)",
        "message",
        {"A": "1"},
    )
    assert {p.name for p in home.iterdir()} == {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}


def test_install_for_the_user_is_found_by_jupyter():
    """As in the launcher."""
    assert cli.main(["install", "--user", "--name", "mine", "--display-name", "Mine"]) == 0
    assert KernelSpecManager().get_kernel_spec("mine").display_name == "Mine"


def test_uninstall_removes_ours_and_puts_back_what_was_there(tmp_path, capsys, monkeypatch):
    """A standard kernel that was replaced is there again."""
    home = tmp_path / "share" / "jupyter" / "kernels" / "python3"
    home.mkdir(parents=True)
    (home / "kernel.json").write_text('{"argv": ["other"], "display_name": "Before", "language": "python"}')
    cli.main(["install", "--name", "python3", "--prefix", str(tmp_path)])
    for kept in (tmp_path / "cache" / "isokernel", tmp_path / "named"):
        kept.mkdir(parents=True)
        (kept / "imports-0123.json").touch()
    monkeypatch.delenv("ISOKERNEL_CACHE")
    os.close(Folder().open("queue"))
    capsys.readouterr()
    assert cli.main(["uninstall", "--prefix", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"Removed {home}, and put back what it had replaced\n" in out
    assert f"Removed {tmp_path / 'cache' / 'isokernel'}\n" in out
    assert json.loads((home / "kernel.json").read_text())["display_name"] == "Before"
    assert f"Removed {tmp_path / 'leases'}\n" in out
    assert not (tmp_path / "cache" / "isokernel").exists() and not (tmp_path / "leases").exists()
    monkeypatch.setenv("ISOKERNEL_CACHE", str(tmp_path / "named"))
    (tmp_path / "named" / "mine").touch()
    assert cli.main(["uninstall"]) == 0
    assert [file.name for file in (tmp_path / "named").iterdir()] == ["mine"]


def test_a_bad_command_is_a_usage_error(capsys):
    """Status 2, and the words of argparse."""
    with pytest.raises(SystemExit, match="2"):
        cli.main(["instal"])
    assert "invalid choice: 'instal'" in capsys.readouterr().err


def test_doctor_ends_with_status_1_on_a_problem_only(monkeypatch, capsys):
    """A warning is none."""
    found = [Finding("a", "ok", "fine"), Finding("bee", "warn", "slow", "do this")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    assert cli.main(["doctor"]) == 0
    assert capsys.readouterr().out == "ok      a    fine\nwarn    bee  slow\n             -> do this\n"
    found.append(Finding("c", "problem", "broken"))
    assert cli.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[2]["level"] == "problem"


def test_doctor_says_what_is_missing(monkeypatch):
    """No kernelspec is a problem with a remedy; a template that can't start is one, too."""
    monkeypatch.setattr(specs, "installed", lambda: iter(()))
    (finding,) = doctor._kernelspec()
    assert (finding.level, finding.advice) == ("problem", "isokernel install --user (or --sys-prefix)")


def test_doctor_says_which_promise_of_whom_is_gone(monkeypatch):
    """Looked at by another process, which imports the frameworks; it may say more than is asked."""
    (finding,) = doctor._contracts()
    assert (finding.level, finding.fact) == ("ok", "what isokernel stands on is as it knows it")
    code = "print('hello'); print('[\"gone\"]')"
    monkeypatch.setattr(doctor, "BROKEN", [sys.executable, "-c", code])
    (finding,) = doctor._contracts()
    assert (finding.level, finding.fact) == ("problem", "gone")
    monkeypatch.setattr(doctor, "BROKEN", [sys.executable, "-c", "import no_such_name"])
    (finding,) = doctor._contracts()
    assert finding.level == "warn"
    assert finding.fact.endswith("ModuleNotFoundError: No module named 'no_such_name'")


@pytest.fixture
def named(monkeypatch, tmp_path):
    """A machine of two GPUs, by name, with a folder of its own for leases."""
    for variable in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("ISOKERNEL_GPUS", "0,1")
    monkeypatch.setenv("ISOKERNEL_LEASES", str(tmp_path / "leases"))


def test_doctor_says_who_holds_which_gpu(named):
    """And by what means they were found, and where the locks are."""
    devices = Devices().given(os.environ)
    lease = Request(Folder(), devices, 1).attempt()
    gpus, leases, now = doctor._gpus()
    lease.release()
    assert gpus.fact == "GPU 0, GPU 1 (named by ISOKERNEL_GPUS)"
    assert os.environ["ISOKERNEL_LEASES"] in leases.fact
    assert re.fullmatch(r"GPU 0 by this notebook since \d\d:\d\d", now.fact)
    assert list(doctor._gpus())[2].fact == "nothing"


def test_doctor_says_which_gpus_were_left_out(named, monkeypatch):
    """By the variable that did it."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert next(doctor._gpus()).fact == "GPU 1 (named by ISOKERNEL_GPUS, of which CUDA_VISIBLE_DEVICES=1)"


def test_doctor_says_whom_the_leases_do_not_reach(named, monkeypatch):
    """A container's own folder is nobody else's."""
    monkeypatch.setattr(doctor, "reach", lambda path: "this is a container, and / is its own")
    _, leases, _ = doctor._gpus()
    assert leases.level == doctor.WARN and "only part of the host: this is a container" in leases.fact
    assert "ISOKERNEL_LEASES=FOLDER" in leases.advice


def test_doctor_says_why_gpus_cannot_be_leased(named, monkeypatch):
    """And that another folder can be named."""
    monkeypatch.setenv("ISOKERNEL_LEASES", "/proc/none/leases")
    _, leases = doctor._gpus()
    assert leases.level == doctor.PROBLEM and "can't be leased: /proc/none/leases" in leases.fact


def test_doctor_tries_the_template_and_a_cold_start():
    """In processes of their own: this one imports no framework."""
    code = (
        "import sys; from isokernel import doctor; from isokernel.configuration import Settings; from isokernel.session import Session\n"
        "s = Session(Settings(preload=['json', 'no_such_module']))\n"
        "print([(f.name, f.level, f.fact) for f in [*doctor._template(s), *doctor._cold(s)]]); s.close()\n"
        "print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    findings, loaded = done.stdout.splitlines()
    names = [(name, level) for name, level, _ in eval(findings)]
    assert names == [("template", "ok"), ("preload", "ok"), ("fork", "ok"), ("cold start", "ok")] and loaded == "[]"
