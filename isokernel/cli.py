"""The command ``isokernel``: install, uninstall, doctor, demo, check.

This process imports no framework; what the others learn about one, they learn from processes they start.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, devices, learned, specs


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = parser().parse_args(argv)
    return options.run(options)


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line."""
    top = argparse.ArgumentParser(prog="isokernel", description="Training cells in processes of their own.")
    top.add_argument("--version", action="version", version=f"isokernel {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _install_options(commands.add_parser("install", help="write a kernelspec that names this Python"))
    _uninstall_options(commands.add_parser("uninstall", help="remove this Python's kernelspecs, caches and lock files"))
    _doctor_options(commands.add_parser("doctor", help="say what keeps isolation, or its speed, from working here"))
    _demo_options(commands.add_parser("demo", help="run a notebook on python3 and on isokernel, and compare"))
    _check_options(commands.add_parser("check", help="say whether notebooks can be trusted"))
    return top


def _install_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Write a kernelspec that names this Python. Without --user, --prefix or --sys-prefix it is written for all "
        "users. `--name python3 --sys-prefix` makes isokernel the standard kernel of a lab or class."
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for the current user")
    where.add_argument("--prefix", metavar="P", help="below P/share/jupyter/kernels")
    where.add_argument(
        "--sys-prefix", action="store_const", const=sys.prefix, dest="prefix", help="below this Python's own prefix"
    )
    command.add_argument("--name", default=specs.NAME, help="the kernelspec's name (default: %(default)s)")
    command.add_argument("--display-name", metavar="TEXT", help="what Jupyter shows (default: Python 3 (isokernel))")
    command.add_argument("--profile", help="an IPython profile to load")
    command.add_argument(
        "--env", action="append", nargs=2, metavar=("K", "V"), default=[], help="set a variable; repeatable"
    )
    command.add_argument(
        "--frozen_modules", action="store_true", help="start with frozen modules, which the debugger can't enter"
    )
    command.set_defaults(run=_install)


def _install(options: argparse.Namespace) -> int:
    display_name = options.display_name
    if display_name is None and options.name not in (specs.NAME, "python3"):
        display_name = options.name  # as ipykernel does: two kernels of one display name can't be told apart
    spec = specs.content(
        display_name=display_name,
        profile=options.profile,
        env=dict(options.env),
        frozen_modules=options.frozen_modules,
    )
    try:
        directory = specs.install(spec, options.name, user=options.user, prefix=options.prefix)
    except ValueError as error:
        return _fail(str(error))
    except PermissionError as error:
        return _fail(f"{error.filename} can't be written; install with --user or --sys-prefix instead.")
    print(f"Installed the kernel {options.name} in {directory}")
    return 0


def _uninstall_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Remove every kernelspec that starts isokernel with this Python, put back what it had replaced, "
        "and remove caches and lock files."
    )
    command.add_argument(
        "--prefix", action="append", default=[], metavar="P", help="look below P too, as given to install; repeatable"
    )
    command.set_defaults(run=_uninstall)


def _uninstall(options: argparse.Namespace) -> int:
    status = 0
    for spec in specs.installed(options.prefix):
        if not spec.here:
            print(f"Left {spec.directory}: it starts {spec.python or 'another Python'}")
            continue
        try:
            replaced = specs.uninstall(spec)
        except PermissionError as error:
            status = _fail(f"{error.filename} can't be removed: you may not write there.")
        else:
            print(f"Removed {spec.directory}" + (", and put back what it had replaced" if replaced else ""))
    try:
        if (cache := learned.forget()) is not None:
            print(f"Removed {cache}")
    except PermissionError as error:
        status = _fail(f"{error.filename} can't be removed: you may not write there.")
    folder = devices.Folder()
    if left := devices.clear(folder):
        print(f"Left {folder.path}: {left}")
    elif left is not None:
        print(f"Removed {folder.path}")
    return status


def _doctor_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Say what would keep isolation, or its speed, from working here. Ends with status 1 on a problem."
    )
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from . import doctor

    findings = doctor.examine()
    print(doctor.as_json(findings) if options.json else doctor.as_table(findings))
    return int(any(finding.level == "problem" for finding in findings))


def _demo_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Run one notebook on the kernel python3 and on isokernel, and compare what each left from run to run. "
        "Ends with status 1 if a claim of its table doesn't hold."
    )
    command.add_argument(
        "--out",
        type=Path,
        default=Path("isokernel-demo"),
        metavar="DIR",
        help="for the notebooks (default: ./%(default)s)",
    )
    command.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from . import demo

    return demo.main(options.out)


def _check_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Run notebooks from top to bottom on the kernel python3 and twice on isokernel, each in its own folder, and "
        "name the first cell whose printed numbers depend on hidden state, on the order of the cells or on a missing "
        "seed. The notebooks aren't changed. Ends with status 0 if all can be trusted, 1 if one has a flaw, 2 if one "
        "couldn't be judged."
    )
    command.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    command.add_argument("--json", metavar="PATH", help="write a report, whose schema docs/check.md has; - prints it")
    command.add_argument(
        "--timeout",
        type=_seconds,
        default=600,
        metavar="SECONDS",
        help="for one cell; 0 for no limit (default: %(default)s)",
    )
    command.set_defaults(run=_check)


def _seconds(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of seconds")
    return int(text)


def _check(options: argparse.Namespace) -> int:
    from . import check

    return check.main(options.notebooks, timeout=options.timeout, report_to=options.json)


def _fail(message: str) -> int:
    print(f"isokernel: {message}", file=sys.stderr)
    return 1
