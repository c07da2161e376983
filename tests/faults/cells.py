"""Rows: code that does it to itself."""

from __future__ import annotations

import textwrap

from .fault import Fault

BRIEF = "--timeout 0.5s"
LATE = r"it took more than 0\.5 s"
KILLED = LATE + r".* It had to be killed"


def _signals() -> list[Fault]:
    named = {
        "SIGHUP": "connection was closed", "SIGQUIT": "SIGQUIT", "SIGILL": "an instruction", "SIGTRAP": "SIGTRAP",
        "SIGABRT": r"abort\(\)", "SIGBUS": "a bus error", "SIGFPE": "an arithmetic error", "SIGUSR1": "SIGUSR1",
        "SIGSEGV": "a segmentation fault", "SIGUSR2": "SIGUSR2", "SIGALRM": "an alarm went off",
        "SIGTERM": "somebody asked it to end", "SIGSTKFLT": "SIGSTKFLT", "SIGXCPU": "processor time",
        "SIGVTALRM": "SIGVTALRM", "SIGPROF": "SIGPROF", "SIGIO": "SIG(IO|POLL)", "SIGPWR": "SIGPWR",
        "SIGSYS": "forbidden", "SIGRTMIN": "SIGRTMIN", "SIGKILL": r"killed \(SIGKILL\) from outside",
    }  # fmt: skip
    return [
        Fault(f"{name} to itself", f"import os, signal, time\nos.kill(os.getpid(), signal.{name}); time.sleep(5)", told)
        for name, told in named.items()
    ]


SIGNALS = (
    *_signals(),
    Fault("SIGINT to itself", "import os; os.kill(os.getpid(), 2); import time; time.sleep(5)", "", "KeyboardInterrupt"),
    Fault("SIGPIPE to itself, which Python ignores", "import os; os.kill(os.getpid(), 13)", ename=""),
    Fault(
        "SIGSTOP to itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", KILLED, "LimitExceeded", BRIEF,
        sample=True,
    ),
    Fault("SIGKILL to its own group", "import os; os.killpg(0, 9); import time; time.sleep(5)", r"SIGKILL"),
)  # fmt: skip

EXITS = (
    Fault("os._exit(0)", "import os; os._exit(0)", r"os\._exit\(0\)", sample=True),
    Fault("os._exit(3)", "import os; os._exit(3)", r"os\._exit\(3\)"),
    Fault("os._exit(70), which is also this package's", "import os; os._exit(70)", r"os\._exit\(70\)"),
    Fault("exit() of C", "import ctypes; ctypes.CDLL(None).exit(4)", r"os\._exit\(4\)"),
    Fault("sys.exit(1)", "import sys; sys.exit(1)", "", "SystemExit"),
    Fault("the process becomes another program, which ends", "import os; os.execv('/bin/true', ['true'])", "success"),
    Fault(
        "the process becomes another program, which goes on", "import os; os.execv('/bin/sleep', ['sleep', '30'])",
        "closed its connection to the notebook", sample=True,
    ),
    Fault("the main thread ends, the process doesn't", "import ctypes; ctypes.CDLL(None).pthread_exit(None)", KILLED,
          "LimitExceeded", BRIEF),
    Fault("the parent of a fork leaves, the child goes on", "import os, time\nif os.fork(): os._exit(0)\ntime.sleep(30)",
          r"os\._exit\(0\)"),
    Fault("a fork runs to the end of the cell", "import os\nif os.fork(): os.wait()", ename=""),
    Fault("a fork kills its parent", "import os, time\nif not os.fork(): os.kill(os.getppid(), 9)\ntime.sleep(30)", "SIGKILL"),
)  # fmt: skip

NEST = "def f(): return list(map(lambda _: f(), [0]))\nf()"
CRASHES = (
    Fault("a null pointer is read", "import ctypes; ctypes.string_at(0)", "segmentation fault.*(?s:.*)string_at", sample=True),
    Fault("in a thread", "import ctypes, threading, time\nthreading.Thread(target=ctypes.string_at, args=(0,)).start()\n"
          "time.sleep(5)", "segmentation fault"),
    Fault("memory is freed that was not taken", "import ctypes; ctypes.CDLL(None).free(ctypes.c_void_p(8 << 20))",
          "segmentation fault|abort"),
    Fault("an object is overwritten", "import ctypes\ny = [1]\nctypes.memset(id(y), 255, 64)\ny.append(2); print(y)",
          "segmentation fault|bus error|abort"),
    Fault("C's stack overflows", f"import sys\nsys.setrecursionlimit(10**8)\n{NEST}", "segmentation fault"),
    Fault("Python's stack overflows", NEST, "", "RecursionError"),
    Fault("a mapped file is cut", "import mmap, os, tempfile\nf = tempfile.TemporaryFile(); f.truncate(8192)\n"
          "m = mmap.mmap(f.fileno(), 8192); f.truncate(0); m[5000]", "bus error"),
    Fault("abort()", "import os; os.abort()", r"abort\(\)"),
    Fault("a fatal error of Python's", "import faulthandler; faulthandler._fatal_error_c_thread()\nimport time; time.sleep(5)",
          r"abort\(\)"),
    Fault("a result crashes while it is packed", "import ctypes\nclass Bad:\n"
          "    def __reduce__(self): ctypes.string_at(0)\nx = Bad()", "segmentation fault"),
    Fault("an exit handler crashes", "import atexit, ctypes\natexit.register(ctypes.string_at, 0)",
          "in its exit handlers.*SIGSEGV", ename=""),
    Fault("a destructor crashes", "import ctypes\nclass Bad:\n    def __del__(self, read=ctypes.string_at): read(0)\nbad = Bad()",
          "in its exit handlers.*SIGSEGV", ename=""),
)  # fmt: skip

LOCK = (  # of itself, twice; no signal ends that wait
    "import ctypes\nm, c = ctypes.create_string_buffer(64), ctypes.PyDLL(None)\n"
    "print('go', flush=True)\nc.pthread_mutex_lock(m); c.pthread_mutex_lock(m)"
)
BLOCK = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
HANGS = (
    Fault("an endless loop", "while True: pass", LATE, "LimitExceeded", BRIEF),
    Fault("an endless loop that catches every interrupt",
          "import time\nwhile True:\n    try: time.sleep(9)\n    except KeyboardInterrupt: pass", KILLED, "LimitExceeded", BRIEF),
    Fault("SIGINT is ignored", "import signal, time\nsignal.signal(2, signal.SIG_IGN)\ntime.sleep(30)", KILLED,
          "LimitExceeded", BRIEF),
    Fault("SIGINT and SIGTERM are ignored",
          "import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(30)", KILLED,
          "LimitExceeded", BRIEF),
    Fault("all signals are blocked", BLOCK + "time.sleep(30)", KILLED, "LimitExceeded", BRIEF, sample=True),
    Fault("C code hangs, and holds the interpreter", LOCK, KILLED,
          "LimitExceeded", BRIEF, sample=True),
    Fault("C code hangs, and holds the interpreter, in a thread",
          f"def lock():\n{textwrap.indent(LOCK, ' ')}\nimport threading, time\nthreading.Thread(target=lock).start()\ntime.sleep(9)", KILLED,
          "LimitExceeded", BRIEF),
    Fault("a long computation in C", "y = 3 ** (10 ** 9)", LATE, "LimitExceeded", BRIEF),
    Fault("a deadlock", "import threading\nlock = threading.Lock(); lock.acquire(); lock.acquire()", LATE, "LimitExceeded",
          BRIEF),
    Fault("a thread that never ends", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
          "took longer than 1 s and were cut off", ename=""),
    Fault("a daemon thread that never ends",
          "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin, daemon=True).start()", ename=""),
    Fault("an exit handler hangs", "import atexit, time; atexit.register(time.sleep, 60)", "took longer than 1 s", "",
          sample=True),
    Fault("an exit handler hangs in C", "import atexit, ctypes; atexit.register(ctypes.PyDLL(None).sleep, 60)",
          "took longer than 1 s", ""),
    Fault("a destructor hangs", "class Bad:\n    def __del__(self):\n        while True: pass\nbad = Bad()",
          "took longer than 1 s", ""),
    Fault("a task that never ends", "import asyncio\ntask = asyncio.ensure_future(asyncio.sleep(60))", ename=""),
    Fault("a pool of processes that never ends",
          "import concurrent.futures, time\npool = concurrent.futures.ProcessPoolExecutor(2)\npool.submit(time.sleep, 60)",
          "took longer than 1 s", ""),
)  # fmt: skip

LOST = r"closed by code in the cell|(closed|lost) its connection|made no sense"
CHANNEL = (
    "import os, socket, stat\n"
    "found = [fd for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2 and os.path.exists(f'/proc/self/fd/{fd}')\n"
    "         and stat.S_ISSOCK(os.fstat(fd).st_mode)]\n"
)
FILES = (
    Fault("descriptor 0 is closed", "import os; os.close(0)", ename=""),
    Fault("descriptors 1 and 2 are closed", "import os; os.close(1); os.close(2); print('lost')", ename=""),
    Fault("sys.stdout is closed", "import sys; sys.stdout.close(); sys.stderr.close()", ename=""),
    Fault("sys.stdout is None", "import sys; sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None", ename=""),
    Fault("all descriptors are closed", "import os; os.closerange(0, 300)", LOST + r"|os\._exit\(72\)\), or it could not go on", sample=True),
    Fault("descriptors from 3 are closed", "import os; os.closerange(3, 300)", LOST),
    Fault("the channel is shut down", CHANNEL + "for fd in found: socket.socket(fileno=os.dup(fd)).shutdown(2)", LOST),
    Fault("the channel becomes /dev/null",
          CHANNEL + "null = os.open(os.devnull, 2)\nfor fd in found: os.dup2(null, fd)", LOST),
    Fault("garbage is written to the channel", CHANNEL + "for fd in found: os.write(fd, b'garbage' * 9)", "made no sense",
          sample=True),
    Fault("half a frame is written to the channel",
          CHANNEL + "for fd in found: os.write(fd, b'ik' + bytes(7) + b'\\7')", "made no sense"),
    Fault("frames of a strange kind are written to the channel",
          CHANNEL + "text = b'{\"kind\": []}'\nfor fd in found: os.write(fd, b'ik' + bytes(7) + bytes([len(text)]) + text)",
          "made no sense"),
    Fault("the channel is read by the cell", CHANNEL + "for fd in found:\n    os.set_blocking(fd, False)\n    try: os.read(fd, 1)\n"
          "    except OSError: pass\n    os.set_blocking(fd, True)", ename=""),
    Fault("no descriptors are left in the cell",
          "import os\nheld = []\ntry:\n    while True: held.append(os.open(os.devnull, 0))\nexcept OSError: pass",
          ename="", sample=True),
    Fault("no descriptors are left for a large result",
          "import os\nheld = []\nx = b'x' * 1_000_000\ntry:\n    while True: held.append(os.open(os.devnull, 0))\n"
          "except OSError: pass", "has no room for its 1.0 MB .Too many open files", "UnpackableOutput"),
    Fault("50 MB on stdout, from C", "import os\nfor _ in range(800): os.write(1, b'x' * 65536)", ename=""),
    Fault("50 MB by print", "for _ in range(800): print('x' * 65536)", ename=""),
    Fault("20 MB on stderr, from a child, then a crash",
          "import subprocess, os\nsubprocess.run('head -c 20000000 /dev/zero >&2', shell=True)\nos.abort()", r"abort\(\)"),
    Fault("text without end", "while True: print('x' * 1000)", LATE, "LimitExceeded", BRIEF),
    Fault("text that is no text", "import os; os.write(1, bytes(range(128, 256)) * 100)", ename=""),
    Fault("descriptor 1 does not block, and is full",
          "import os; os.set_blocking(1, False)\ntry:\n    while True: os.write(1, b'x' * 65536)\nexcept BlockingIOError: pass",
          ename=""),
)  # fmt: skip

LEFT = "which the cell had left running"
DAEMON = (
    "import os, sys, time\n"
    "if not os.fork():\n    os.setsid()\n    if not os.fork():\n        time.sleep(60)\n    os._exit(0)\nos.wait()"
)
CHILDREN = (
    Fault("a child is left", "import subprocess; subprocess.Popen(['sleep', '60'])", "ended sleep 60.*" + LEFT, ""),
    Fault("a daemon is left: a session of its own, a double fork", DAEMON, LEFT, "", sample=True),
    Fault("a daemon is left, and the cell crashes", DAEMON + "\nos.abort()", r"abort\(\)", sample=True),
    Fault("a daemon without environment is left, and the cell crashes",
          "import os, subprocess\nsubprocess.Popen('setsid sleep 60 & setsid sleep 60', shell=True, env={})\n"
          "import time; time.sleep(0.1)\nos.abort()", r"abort\(\)"),
    Fault("a child ignores SIGTERM, SIGINT and SIGHUP",
          "import subprocess; subprocess.Popen(['sh', '-c', 'trap \"\" 1 2 15; while :; do sleep 1; done'])", LEFT, ""),
    Fault("a stopped child is left", "import os, subprocess; os.kill(subprocess.Popen(['sleep', '60']).pid, 19)", LEFT, ""),
    Fault("50 children are left", "import subprocess\nall_ = [subprocess.Popen(['sleep', '60']) for _ in range(50)]", LEFT, ""),
    Fault("50 zombies are left", "import os\nfor _ in range(50):\n    if not os.fork(): os._exit(0)", ename=""),
    Fault("a child forks again and again",
          "import subprocess; subprocess.Popen(['sh', '-c', 'while :; do sleep 1 & sleep 0.01; done'])", LEFT, ""),
    Fault("a child writes without end", "import subprocess; subprocess.Popen(['yes'])", LEFT, ""),
    Fault("a child is left by a cell that is stopped",
          "import subprocess, time; subprocess.Popen(['sleep', '60'], start_new_session=True)\ntime.sleep(30)", LATE,
          "LimitExceeded", BRIEF),
    Fault("the cell kills its parent, the template", "import os; os.kill(os.getppid(), 9)", ename="", sample=True),
    Fault("a forked copy holds the channel, and the cell crashes",
          "import os, time\nif not os.fork():\n    os.setsid(); time.sleep(60); os._exit(0)\nos.abort()", r"abort\(\)"),
    Fault("a pool of multiprocessing is left",
          "import multiprocessing, time\npool = multiprocessing.get_context('fork').Pool(2)\npool.map(abs, [1])", "", ""),
)  # fmt: skip

GREEDY = "held = []\nwhile True: held.append(b'x' * 20_000_000 + b'y')"
MEMORY = (
    Fault("more memory than --memory", GREEDY, "it used more memory than", "LimitExceeded", "--memory 300M", sample=True),
    Fault("a child takes more memory than --memory",
          f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {GREEDY!r}])", r"it used more memory.*python",
          "LimitExceeded", "--memory 300M"),
    Fault("more memory than there is", "y = bytearray(10 ** 15)", "", "MemoryError"),
    Fault("more memory than ulimit -v", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
          "held = []\nwhile True: held.append(bytearray(b'x' * 100_000_000))", "", "MemoryError"),
    Fault("C++ gets no memory",
          "import os; os.write(2, b'terminate called: what(): std::bad_alloc\\n'); os.abort()", "it got no more memory"),
    Fault("a larger file than ulimit -f",
          "import resource, tempfile\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
          "f = tempfile.TemporaryFile(); f.write(b'x' * 5000); f.flush()", "File too large", "OSError"),
    Fault("a result that is larger than ulimit -f",
          "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\nx = b'x' * 1_000_000", "File too large",
          "UnpackableOutput"),
    Fault("more processor time than ulimit -t",
          "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass", "processor time|SIGKILL"),
)  # fmt: skip

RAISING = "class Bad(Exception):\n    def {}(self, *_): raise ValueError('no')\n"
VALUES = (
    Fault("an output that can't be carried", "import threading; x = threading.Lock(); x.acquire()", "can't be carried over",
          "UnpackableOutput"),
    Fault("an output whose packing raises", "class Bad:\n    def __reduce__(self): raise ValueError('no')\nx = Bad()",
          "can't be carried over.*no", "UnpackableOutput"),
    Fault("an output whose packing ends the process",
          "import os\nclass Bad:\n    def __reduce__(self): os._exit(5)\nx = Bad()", r"os\._exit\(5\)"),
    Fault("an output whose opening raises",
          "def bad(): raise ValueError('no')\nclass Bad:\n    def __reduce__(self): return bad, ()\nx = Bad()", "no",
          "(ValueRefused|ValueError|UnpackableOutput)"),
    Fault("an output nested 100,000 deep", "x = []\nfor _ in range(100_000): x = [x]", "", "(|UnpackableOutput)"),
    Fault("an output of 300 MB", "x = bytearray(300_000_000)", "shipped 300 MB", ""),
    Fault("an output of 20,000 arrays", "import numpy as np\nx = [np.zeros(20_000) for _ in range(2000)]", "", ""),
    Fault("an exception whose packing raises", RAISING.format("__reduce__") + "raise Bad('told')", "told", "Bad"),
    Fault("an exception whose str() raises", RAISING.format("__str__") + "raise Bad('told')", "no", "ValueError", sample=True),
    Fault("an exception whose repr() raises", RAISING.format("__repr__") + "raise Bad('told')", "told", "Bad"),
    Fault("an exception that holds a lock",
          "import threading\nclass Bad(Exception): pass\nbad = Bad('told'); bad.lock = threading.Lock(); bad.lock.acquire()\nraise bad", "told",
          "Bad"),
    Fault("an exception that can't be made again",
          "class Bad(Exception):\n    def __init__(self, a, b): super().__init__('told')\nraise Bad(1, 2)", "told", "Bad"),
    Fault("an exception with 10 MB of text", "raise ValueError('x' * 10_000_000)", "xxx", "ValueError"),
    Fault("an exception with half an emoji", "raise ValueError('\\ud83d told')", "told", "ValueError"),
    Fault("a group of exceptions", "raise ExceptionGroup('told', [ValueError(1), TypeError(2)])", "told", "ExceptionGroup"),
    Fault("a bare BaseException", "class Bad(BaseException): pass\nraise Bad('told')", "told", "Bad"),
    Fault("GeneratorExit", "raise GeneratorExit('told')", "told", "GeneratorExit"),
    Fault("StopIteration", "raise StopIteration('told')", "told", "StopIteration"),
    Fault("asyncio.CancelledError", "import asyncio; raise asyncio.CancelledError('told')", "", "CancelledError"),
    Fault("no code at all", "def", "", "SyntaxError"),
)  # fmt: skip

ATTACKED = (
    Fault("builtins are taken away", "import builtins\nfor n in ('open', 'print', 'len', 'isinstance'): delattr(builtins, n)",
          "", "(|WorkerDied|NameError)"),
    Fault("modules are taken away", "import sys; sys.modules.clear()", "", "(|WorkerDied|KeyError|ImportError)"),
    Fault("functions of os are replaced",
          "import os\nos.write = os.read = os.getpid = os.close = lambda *a: 1 / 0", "", "(|WorkerDied|ZeroDivisionError)"),
    Fault("functions of json are replaced", "import json; json.dumps = json.loads = None", "", "(|WorkerDied|TypeError)"),
    Fault("functions of time are replaced", "import time; time.sleep = time.monotonic = None", "", "(|WorkerDied|TypeError)"),
    Fault("the event loop is closed", "import asyncio\nloop = asyncio.get_event_loop()\nloop.call_soon(loop.close)", "",
          "(|WorkerDied|RuntimeError)"),
    Fault("the event loop is stopped", "import asyncio\nasyncio.get_event_loop().stop()\nawait asyncio.sleep(0.1)", "",
          "(|WorkerDied|RuntimeError|CancelledError)"),
    Fault("a tracer that raises", "import sys, threading\ndef bad(*_): raise ValueError('no')\nsys.settrace(bad)\n(lambda: 1)()",
          "", "(|ValueError|WorkerDied)"),
    Fault("a timer that interrupts again and again",
          "import signal, time\nsignal.signal(14, lambda *_: 1 / 0)\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\n"
          "time.sleep(1)", "", "(ZeroDivisionError|WorkerDied)"),
    Fault("the garbage collector meets objects that raise",
          "class Bad:\n    def __del__(self): raise ValueError('no')\nfor _ in range(10):\n    b = Bad(); b.me = b", "", ""),
    Fault("what isinstance() asks of every object raises",
          "class Bad:\n    @property\n    def __class__(self): raise ValueError('no')\n    def __getattr__(self, n): raise ValueError('no')\n"
          "bad = Bad()", "", ""),
    Fault("__main__ is replaced", "import sys, types; sys.modules['__main__'] = types.ModuleType('__main__')", "",
          "(|WorkerDied|UnboundOutput)"),
    Fault("the working directory is deleted",
          "import os, tempfile\nd = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)", "", ""),
)  # fmt: skip

CELLS = {
    "Signals": SIGNALS, "Ends": EXITS, "Crashes": CRASHES, "Hangs": HANGS, "Descriptors and output": FILES,
    "What a cell starts": CHILDREN, "Memory": MEMORY, "Values and exceptions": VALUES,
    "What the cell's own process is made of": ATTACKED,
}  # fmt: skip
