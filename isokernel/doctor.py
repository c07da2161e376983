"""What keeps isolation, or its speed, from working here.

Findings are data; :func:`examine` makes them by trying, :func:`as_table` and :func:`as_json` show them. This process
imports no framework: what is to be known of one, a template that is started for it tells.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import __version__, specs
from .configuration import Settings
from .devices import VARIABLE, Device, Devices, Folder, Unusable, holder, reach
from .errors import WorkerNotStarted
from .session import Session

OK, WARN, PROBLEM = "ok", "warn", "problem"
BROKEN = [sys.executable, "-P", "-m", "isokernel.contracts", "--broken"]
PACKAGES = ("ipykernel", "ipython", "jupyter_client", "multiprocess", "cloudpickle", "tensorflow", "keras", "numpy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it stands, the facts, and what to do where it isn't well."""

    name: str
    level: str
    fact: str
    advice: str = ""


def examine() -> list[Finding]:
    """Look at everything; takes as long as the frameworks' import."""
    return [finding for check in CHECKS for finding in check()]


def as_table(findings: list[Finding]) -> str:
    """For a terminal."""
    width = max(len(f.name) for f in findings)
    lines = []
    for f in findings:
        lines.append(f"{f.level:8}{f.name:{width}}  {f.fact}")
        if f.advice:
            lines.append(" " * (8 + width) + f"  -> {f.advice}")
    return "\n".join(lines)


def as_json(findings: list[Finding]) -> str:
    """For a program."""
    return json.dumps([asdict(f) for f in findings], indent=1)


def _versions() -> Iterator[Finding]:
    found = [
        f"isokernel {__version__}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.release()}",
    ]
    for package in PACKAGES:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    yield Finding("versions", OK, ", ".join(found))


def _kernelspec() -> Iterator[Finding]:
    found = [spec for spec in specs.installed() if spec.here]
    if found:
        yield Finding("kernelspec", OK, ", ".join(f"{s.name} in {s.directory}" for s in found))
    else:
        yield Finding("kernelspec", PROBLEM, "none starts this Python", "isokernel install --user (or --sys-prefix)")


def _system() -> Iterator[Finding]:
    if not hasattr(os, "pidfd_open"):
        yield Finding("system", PROBLEM, "no pidfd_open", "isokernel needs Linux, and a Python that was built for 5.3")
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        fact = f"no pidfd_open ({error.strerror}); processes are known by their numbers alone"
        yield Finding("system", WARN, fact, "a run ends with the process that warm cells are copied from")
    try:
        os.close(os.memfd_create("isokernel"))
    except (AttributeError, OSError) as error:
        fact = f"no memfd_create ({error}); values cross in unlinked temporary files"
        yield Finding("system", WARN, fact, "large values are then as fast as the file system of TMPDIR")
        return
    yield Finding("system", OK, "memfd and pidfd")


def _contracts() -> Iterator[Finding]:
    # All of them, always: who misses one gets wrong results, and the template imports the frameworks anyhow. In a
    # process of its own, which sees no GPU.
    done = subprocess.run(BROKEN, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"})
    if done.returncode:
        fact = f"what isokernel stands on can't be looked at: {done.stderr.strip().rpartition(chr(10))[2]}"
        yield Finding("contracts", WARN, fact)
        return
    broken = json.loads(done.stdout.splitlines()[-1])
    for told in broken:
        yield Finding("contracts", PROBLEM, told, "an older release of that package, or a newer one of isokernel")
    if not broken:
        yield Finding("contracts", OK, "what isokernel stands on is as it knows it")


def _bytecode() -> Iterator[Finding]:
    if not sys.dont_write_bytecode:
        return
    for package in ("tensorflow", "keras"):
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.origin:
            continue
        if not Path(importlib.util.cache_from_source(spec.origin)).exists():
            fact = f"PYTHONDONTWRITEBYTECODE is set and {package} has no compiled bytecode: each import compiles it all"
            yield Finding("bytecode", WARN, fact, f"python -m compileall -q {Path(spec.origin).parent}")
            return
    yield Finding("bytecode", OK, "compiled, though Python may not write it here")


def _gpus() -> Iterator[Finding]:
    found = Devices()
    given, means = found.given(os.environ), found.means(os.environ)
    if not given:
        fact = f"none for this process ({means})" if means else "none"
        if means == "NVML can't be asked":
            yield Finding("gpus", WARN, fact, "pip install isokernel[gpu], or name them: ISOKERNEL_GPUS=0,1")
        else:
            yield Finding("gpus", OK, fact)
        return
    yield Finding("gpus", OK, f"{', '.join(device.label for device in given)} ({means})")
    yield from _leases(given)


def _leases(devices: Sequence[Device]) -> Iterator[Finding]:
    folder = Folder()
    try:
        held = [(device.label, holder(folder, device.key)) for device in devices]
    except Unusable as error:
        yield Finding("leases", PROBLEM, f"GPUs can't be leased: {error}", f"{VARIABLE}=FOLDER names another one")
        return
    if why := reach(folder.path):
        advice = f"mount one folder of the host into all containers, and name it: {VARIABLE}=FOLDER"
        yield Finding("leases", WARN, f"in {folder.path}, which reaches only part of the host: {why}", advice)
    else:
        yield Finding("leases", OK, f"in {folder.path}, for all notebooks of this host")
    told = ", ".join(f"{label} by {who}" for label, who in held if who is not None)
    yield Finding("leased now", OK, told or "nothing")


def _workers() -> Iterator[Finding]:
    session = Session(Settings())
    try:
        session.warm()
        yield from _template(session)
        yield from _cold(session)
    finally:
        session.close()


def _template(session: Session) -> Iterator[Finding]:
    try:
        session.standbys.take(cold=False).result()
    except WorkerNotStarted as error:
        yield Finding("template", PROBLEM, error.what, error.evidence.strip().rpartition("\n")[2])
        return
    report = session.standbys.report
    loaded = ", ".join(f"{name} in {seconds:.1f} s" for name, seconds in report["modules"].items()) or "nothing"
    yield Finding("template", OK, f"ready in {report['seconds']:.1f} s, preloaded {loaded}")
    known = session.standbys.learned
    if known is not None:
        again = ", ".join(f"{name} ({package.runs} runs)" for name, package in sorted(known.packages.items()))
        where = f"; kept in {known.file}" if known.file else ""
        yield Finding("learned", OK, f"imported by cells again and again: {again or 'nothing yet'}{where}")
    for name, reason in report["skipped"].items():
        level = OK if reason == "not installed" else WARN
        yield Finding("preload", level, f"{name} is not preloaded: {reason}")
    if report["threads"] or report["devices"]:
        fact = f"{len(report['threads'])} threads, devices {report['devices']} in the template"
        yield Finding("fork", PROBLEM, fact, "leave out of IsoKernel.preload what starts or opens them")
    else:
        yield Finding("fork", OK, "no thread that a fork would cut off, no device open")


def _cold(session: Session) -> Iterator[Finding]:
    try:
        session.standbys.take(cold=True).result()
    except WorkerNotStarted as error:
        yield Finding("cold start", PROBLEM, error.what, error.evidence.strip().rpartition("\n")[2])
    else:
        yield Finding("cold start", OK, "a fresh interpreter starts")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _versions,
    _kernelspec,
    _system,
    _contracts,
    _bytecode,
    _gpus,
    _workers,
)
