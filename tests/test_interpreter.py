"""What a cell can see of its interpreter is, attribute by attribute, what it would see in ipykernel."""

from __future__ import annotations

import fnmatch
import json

import pytest

PROBE = r"""
def portrait():
    import __main__, asyncio, builtins, copyreg, decimal, gc, locale, logging, os, resource, signal, sys, threading
    import warnings
    from traitlets.config import Application

    def text(value):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        return f"{kind} {value!r}" if isinstance(value, (str, int, float, bytes, tuple, type(None))) else kind

    def name(value):
        return getattr(value, "__qualname__", None) or type(value).__qualname__

    def had(of, each):
        try:
            return getattr(of, each)
        except Exception as error:  # a property that is deprecated, or of an open file
            return type(error)

    shell, root, found = get_ipython(), logging.root, {}
    for owner, of in (("sys", sys), ("builtins", builtins), ("__main__", __main__), ("shell", shell)):
        for each in dir(of):
            if owner == "sys" or not each.startswith("_") or each.endswith("__"):
                found[f"{owner}.{each}"] = text(had(of, each))
    for label, cls in (("shell", type(shell)), ("kernel", type(shell.kernel)), ("stdout", type(sys.stdout))):
        found[f"class of {label}"] = sorted({f"{each.__module__}.{each.__qualname__}" for each in cls.__mro__})
        found[f"class of {label}, text"] = cls.__doc__
    found["__main__ is"] = [
        shell.user_ns is vars(__main__), shell.user_module is __main__, shell.user_ns is globals(), __name__]
    for key, held in shell.events.callbacks.items():
        found[f"callbacks {key}"] = [*map(name, held)]
    for key in ("ast_transformers", "input_transformers_cleanup", "input_transformers_post"):
        found[key] = [*map(name, getattr(shell, key))]
    for kind, held in shell.magics_manager.magics.items():
        found |= {f"{kind} magic {each}": True for each in held}
    found["aliases"] = sorted(map(str, shell.alias_manager.aliases))
    for mime, formatter in shell.display_formatter.formatters.items():
        printers = [*formatter.type_printers, *formatter.deferred_printers]
        found[f"formatter {mime}"] = [formatter.enabled, sorted(map(str, printers))]
    for number in signal.valid_signals():
        found[f"signal {int(number)}"] = name(signal.getsignal(number)), str(signal.getsignal(number))[:9]
    found["blocked"] = sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    found["filters"] = [*map(repr, warnings.filters)]
    found["warnings"] = [*map(name, (warnings.showwarning, warnings.formatwarning))]
    found["root logger"] = [root.level, [*map(name, root.handlers)], root.filters, root.disabled, root.manager.disable]
    found["last resort"], found["loggers' class"] = repr(logging.lastResort), repr(logging.getLoggerClass())
    for key, logger in root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            found[f"logger {key}"] = [logger.level, [*map(name, logger.handlers)], logger.propagate]
    found |= {f"variable {key}": value for key, value in os.environ.items()}
    found["argv"], found["path"], found["folder"] = sys.argv[1:2], sys.path, os.getcwd()
    for stream in ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"):
        of = getattr(sys, stream)
        for each in dir(of):
            if not each.startswith("_"):
                found[f"{stream}.{each}"] = text(had(of, each))
        for each in ("isatty", "readable", "writable"):
            found[f"{stream}.{each}()"] = getattr(of, each)()
    found["threads"] = sorted(each.name for each in threading.enumerate())
    found["thread"] = threading.current_thread() is threading.main_thread()
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook, sys.breakpointhook
    for hook in hooks:
        found[f"hook {len(found)}"] = name(hook)
    loop = asyncio.get_event_loop()
    found["loop"] = [text(asyncio.get_event_loop_policy()), loop.is_running(), loop.get_debug(), text(loop)]
    found["application"] = Application.initialized()
    found["copyreg"] = sorted(map(str, copyreg.dispatch_table))
    found["finders"], found["path hooks"] = [*map(name, sys.meta_path)], [*map(name, sys.path_hooks)]
    found["gc"] = [gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks)]
    found["limits"] = [sys.getrecursionlimit(), sys.getswitchinterval(), name(sys.gettrace()), name(sys.getprofile())]
    found |= {each: resource.getrlimit(getattr(resource, each)) for each in dir(resource) if each.startswith("RLIM")
              and each != "RLIM_INFINITY"}
    found["locale"] = [locale.setlocale(locale.LC_ALL), locale.getpreferredencoding(), repr(decimal.getcontext())]
    found["umask"] = os.umask(0o22)
    os.umask(found["umask"])
    found["priority"] = [os.nice(0), os.sched_getscheduler(0), len(os.sched_getaffinity(0))]
    found |= {f"module {each.partition('.')[0]}": True for each in sys.modules}
    import json
    print(json.dumps(found, default=repr))
portrait()
"""

ALLOWED = {
    "module isokernel": "ours",
    "module dill": "ours: what packs",
    "logger dill": "likewise",
    "module cloudpickle": "likewise",
    "module *multiproc*": "what forks",
    "module _posixshmem": "likewise",
    "module __mp_main__": "likewise",
    "module *pydev*": "ipykernel's debugger; a worker has none",
    "module debugpy": "likewise",
    "module _cython_*": "likewise",
    "sys.breakpointhook": "likewise",
    "hook *": "likewise; that they are all of them is in sys.*",
    "builtins.execfile": "likewise: leaves names among the builtins",
    "builtins.runfile": "likewise",
    "module _pyio": "what dill imports",
    "module difflib": "likewise",
    "module mmap": "what packs",
    "module fractions": "what packs: of the standard library",
    "module secrets": "of the standard library, as what follows",
    "module *sqlite3": "the history's database, which the notebook's process has",
    "module http": "what the debugger imports",
    "module gzip": "likewise",
    "module mimetypes": "likewise",
    "module pkgutil": "likewise",
    "module pydoc": "likewise",
    "module pyexpat": "likewise",
    "module xml*": "likewise",
    "module stringprep": "likewise",
    "application": "a worker has no server, and so no application",
    "logger IPKernelApp": "likewise",
    "logger tornado": "likewise",
    "logger isokernel.worker": "the worker's kernel tells nobody anything",
    "variable ISOKERNEL_RUN": "by which a run's processes are known",
    "variable ISOKERNEL_TESTS": "likewise, a test's",
    "callbacks post_run_cell": "by which a worker has a cell's result",
    "finders": "tell what a cell imports",
    "shell.banner": "has a tip, which is drawn",
    "shell.compile": "names a cell's code as the notebook would",
    "shell.last_execution_result": "ended with the process of the cell before",
    "shell.show_interrupt": "has an await's interrupt shown as Python's",
    "shell.sys_excepthook": "what was there before IPython: the application's",
    "std*.echo": "of the thread that publishes: a worker has a queue",
    "std*.session": "likewise",
    "std*.pub_thread": "likewise",
    "std*.watch_fd_thread": "likewise",
    "std*.outbox": "likewise",
    "threads": "of sockets there, of the channel here",
    "__std*__.write_through": "Python's own wait for their buffer to be full, unless they are told not to",
    "__std*__.buffer": "likewise",
    "argv": "the connection file's name",
    "sys.orig_argv": "what started the process",
    "sys.flags": "likewise",
    "sys.stdlib_module_names": "a set, whose order is its own",
}
"""What may differ, by what is compared, and why."""


@pytest.fixture(scope="module")
def seen(start_kernel):
    """Both portraits."""
    replies = []
    for kernel, mark in ((start_kernel("plain"), ""), (start_kernel(), "%%isolated\n")):
        kernel.run("pass")
        replies.append(kernel.run(mark + PROBE))
        kernel.close()
    assert all(reply.ok for reply in replies), [reply.error for reply in replies]
    return [json.loads(reply.text()) for reply in replies]


def test_an_undeclared_cells_interpreter_looks_as_ipykernels(seen):
    """But for what is listed with its reason."""
    there, here = seen
    different = {key for key in {*there, *here} if there.get(key, "absent") != here.get(key, "absent")}
    told = {
        key: (there.get(key, "absent"), here.get(key, "absent"))
        for key in sorted(different)
        if not any(fnmatch.fnmatchcase(key, pattern) for pattern in ALLOWED)
    }
    assert not told, "\n".join(f"{key}: {value}" for key, value in told.items())
    assert len(there) > 500


def test_the_standard_files_are_files(kernel):
    """As they are in ipykernel: with a buffer for bytes, and an input that ends at once."""
    reply = kernel.run(
        "%%isolated\nimport sys\nprint(sys.stdin.read() == sys.__stdin__.read() == '')\n"
        "sys.__stdout__.buffer.write('\u00e9 in bytes\\n'.encode())\n"
        "from ipykernel.iostream import OutStream\n"
        "print(isinstance(sys.stdout, OutStream), sys.stdout.errors, file=sys.__stdout__)"
    )
    assert reply.ok, reply.error
    assert set(reply.text().splitlines()) == {"True", "\u00e9 in bytes", "True None"}
