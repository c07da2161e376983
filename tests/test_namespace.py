"""End to end: a cell that declares nothing finds every name that one process would have, and leaves what one would.

Each case is cells that run, all isolated, in one kernel, and as they are in another of ipykernel's own: what they
print, show and raise is the same. Names are a case's own, by a prefix that stands for ``?``.
"""

from __future__ import annotations

import builtins
import re
import types

import pytest

from isokernel.inputs import FEW, Lender
from isokernel.worker.namespace import Notebook
from tests.conftest import ANSI

CASES = {
    # names that no syntax shows
    "globals() in a function": ("?x = 1\ndef ?f(n): return globals()[n]", "?f('?x')"),
    "eval in a function": ("?x = [1]\ndef ?f(s): return eval(s)", "?f('?x').append(2)", "?x"),
    "exec that binds": ("?x = 1", "exec('?y = ?x + 1')", "?y"),
    "vars()": ("?x = 1\ndef ?f(n): return vars(__import__('__main__'))[n]", "?f('?x')"),
    "format(**globals())": ("?x = 1\ndef ?f(t): return t.format(**globals())", "?f('{?x}')"),
    "format_map(globals())": ("?x = 1\ndef ?f(t): return t.format_map(globals())", "?f('{?x}')"),
    "a method": ("?x = 1\nclass ?C:\n    def get(self, n): return globals().get(n, 0)\n?c = ?C()", "?c.get('?x'), ?c.get('?z')"),
    "get_ipython().user_ns": ("?x = 1", "get_ipython().user_ns['?x']"),
    "the shell's ev and push": ("?x = 1", "get_ipython().push({'?y': get_ipython().ev('?x') + 1})", "?y"),
    "run_cell": ("?x = 1", "get_ipython().run_cell('?y = ?x').success", "?y"),
    "the main module": ("?x = 1", "import sys\nsys.modules['__main__'].?x", "import __main__ as ?m\n?m.?x, hasattr(?m, '?z')"),
    "a name set on the main module": ("import __main__ as ?m", "?m.?x = 3\n?x", "del ?m.?x", "hasattr(?m, '?x')"),
    "from __main__ import": ("?x = [1]", "from __main__ import ?x as ?y\n?y.append(2)", "?x, ?x is ?y"),
    "a frame": ("import sys\n?x = 1\ndef ?f(n): return sys._getframe(1).f_globals[n]", "?f('?x')"),
    "a frame's copy": ("import sys\n?x = 1\ndef ?f(n): return sys._getframe().f_globals.copy()[n]", "?f('?x')"),
    "pickle by name": ("import pickle\nclass ?C:\n    x = 1\n?c = ?C()", "?s = pickle.dumps(?c)", "pickle.loads(?s).x"),
    "timeit": ("?x = 1", "import timeit\ntimeit.timeit('?x + 1', number=1, globals=globals()) > 0"),
    "%timeit in a function": ("?x = 1", "?r = get_ipython().run_line_magic('timeit', '-n1 -r1 -o -q ?x')\n?r.loops"),
    "a macro": ("?x = 1\nprint(?x)", "%macro -q ?m 3", "callable(?m)"),
    "a class body in a function": ("?x = 1\ndef ?f():\n    class C:\n        y = eval('?x')\n    return C.y", "?f()"),
    "hints of a class": ("import typing\nclass ?C:\n    a: '?C'", "class ?D(?C): pass", "len(typing.get_type_hints(?D))"),
    "a magic of the notebook": (
        "?x = 1\nfrom IPython.core.magic import register_line_magic\n@register_line_magic\ndef ?look(line): return globals()[line]",
        "%?look ?x",
    ),
    "a thread": ("?x = 1\ndef ?f(): print(globals()['?x'])", "import threading\nt = threading.Thread(target=?f); t.start(); t.join()"),
    "a shell line": ("?x = 'word'\ndef ?f(): get_ipython().system('echo {?x}')", "?f()"),
    "names alone": ("?x = 1", "'?x' in globals(), '?x' in dir(), '?z' in globals(), globals().get('?z')"),
    "all names": ("?x = 1\n?y = [2]", "sorted((n, v) for n, v in globals().items() if n.startswith('?'))"),
    "a name that is nowhere": ("?z",),
    "what functions ask of builtins": ("import builtins\n?len = len\ndef ?f(): return builtins.len is ?len is __builtins__.len", "?f()"),
    "a builtin that is replaced": (
        "import builtins\n?abs = abs\ndef ?f(): return abs(-1)",
        "builtins.abs = lambda x: 'other'\n?r = ?f(), abs(1)\nbuiltins.abs = ?abs\n?r, ?f()",
    ),
    # what a cell wrote or deleted itself is its own
    "written before it is read": ("?x = 1\ndef ?f(): return globals()['?x']", "?x = 2\n?f()"),
    "deleted before it is read": ("?x = 1", "?x = 2\ndel ?x\n'?x' in globals()", "?x"),
    "deleted, then asked for": ("?x = 1", "exec('?x = 2; del ?x')\neval('?x')"),
    "popped": ("?x = 1", "globals().pop('?x')", "'?x' in globals()"),
    "popped with a default": ("?x = 1", "globals().pop('?x', 0), globals().pop('?z', 0)", "'?x' in globals()"),
    "deleted from globals()": ("?x = 1", "del globals()['?x']", "'?x' in globals()"),
    "deleted by a function": ("?x = 1\ndef ?f():\n    global ?x\n    del ?x", "?f()", "'?x' in globals()"),
    "deleted twice": ("?x = 1", "del ?x\ndel ?x"),
    "setdefault": ("?x = 1", "globals().setdefault('?x', 2), globals().setdefault('?y', 3)", "?x, ?y"),
    "bound in globals()": ("def ?f(n, v): globals()[n] = v", "?f('?x', 4)", "?x"),
    "updated globals()": ("globals().update(?x=1)", "?x"),
    # the namespace afterwards is the truth
    "except unbinds": ("?e = 2.7", "try: 1/0\nexcept ZeroDivisionError as ?e: pass", "?e"),
    "a loop that deletes": ("?i = 1", "for ?i in range(3): del ?i", "'?i' in globals()"),
    "bound and deleted": ("?x = 1", "?x = 2; del ?x", "?x"),
    "a name with underscores": ("__?v__ = '1.0'\n__?w = 2", "print(__?v__)\n__?v__ = '2.0'", "__?v__, __?w"),
    "annotations": ("?x: int = 3", "?y: str = 'a'", "'?x' in __annotations__, '?y' in __annotations__"),
    "the main module, bound": ("import __main__", "type(__main__).__name__", "__main__.__name__"),
    "an exit code": ("!exit 3", "_exit_code"),
    "the last result, changed": ("[1]", "_.append(2)", "print(_)"),
    "a result that is a variable": ("?x = [1]\n?x", "?x.append(2)", "print(_, _ is ?x, [v is ?x for v in Out.values()].count(True))"),
    "results go on": ("[7]", "_.append(8)", "[9]", "print(_, __)"),
    "the last error": ("1/0", "import sys\nrepr(sys.last_value), sys.last_type"),
    "cells before": ("?x = 1", "print(In[-2], _i, len(In) - get_ipython().execution_count)"),
    "destructors": (
        "class ?A:\n    def __del__(self): print('deleted')\n?a = ?A(); ?b = [?A()]", "?a.x = 1", "?b.append(1)",
        "del ?a\nprint('after')", "len(?b.pop(0).__dict__)", "?b", "print('end')",
    ),
    "memory of what is deleted": ("?x = bytearray(9)\nimport weakref\nclass ?A: pass\n?a = ?A(); ?r = weakref.ref(?a)", "del ?a\n?r()"),
    "pandas, by name": (
        "import pandas as pd\n?df = pd.DataFrame({'a': [1, 2, 3]})\n?lim = 1\ndef ?f(): return ?df.query('a > @?lim')",
        "len(?df.query('a > @?lim')), len(?f())", "?df.eval('a + @?lim').tolist()",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def kernels(start_kernel):
    """An ordinary kernel, and one in which every cell runs elsewhere."""
    both = start_kernel("plain"), start_kernel(args=("--IsoKernel.isolate=all", "--IsoKernel.echo=never"))
    yield both
    for each in both:
        each.close()


def shown(reply):
    """What a cell prints, shows and raises."""
    streams = "".join(content["text"] for content in reply.of("stream"))
    streams = re.sub(r"(?m)^isokernel: shipped .*\n", "", streams)  # on a busy machine
    results = [content["data"]["text/plain"] for content in reply.of("execute_result", "display_data")]
    return ANSI.sub("", streams), results, reply.error


@pytest.mark.parametrize("case", CASES)
def test_a_cell_elsewhere_has_the_notebooks_names(kernels, case):
    """What it reads, writes and deletes, by whatever means."""
    if case.startswith("pandas"):
        pytest.importorskip("pandas", reason="pandas is an extra")
    prefix = f"n{list(CASES).index(case)}_"
    for cell in CASES[case]:
        plain, isolated = (shown(kernel.run(re.sub(r"\?", prefix, cell))) for kernel in kernels)
        assert isolated == plain, cell


HOLDERS = {
    "a method": ("class ?H:\n    def get(self): return ?s\n?h = ?H()", "?h", "?h.get()"),
    "a partial": ("import functools\ndef ?f(): return ?s\n?h = functools.partial(?f)", "?h", "?h()"),
    "a function in a list": ("def ?f(): return ?s\n?h = [?f]", "?h", "?h[0]()"),
    "a function in a dict": ("?h = {'f': lambda: ?s}", "?h", "?h['f']()"),
    "a metaclass": ("class ?M(type):\n    def __call__(cls): return ?s\nclass ?h(metaclass=?M): pass", "?h", "?h()"),
    "a property": ("class ?H:\n    p = property(lambda self: ?s)\n?h = ?H()", "?h", "?h.p"),
}


@pytest.mark.parametrize("case", HOLDERS)
def test_functions_inside_a_declared_input_read_the_cells_names(kernel, case):
    """What is declared for them or bound by the cell; never what the notebook has, which is refused before the start."""
    prefix = f"held{list(HOLDERS).index(case)}_"
    setup, name, call = (text.replace("?", prefix) for text in HOLDERS[case])
    secret = f"{prefix}s"
    assert kernel.run(f"{secret} = 'stale'\n{setup}").ok
    assert kernel.run(f"%%isolated -i {name} -i {secret}='fresh'\nprint({call})").text() == "fresh\n"
    assert kernel.run(f"%%isolated -i {name}\n{secret} = 'own'\nprint({call})").text() == "own\n"
    reply = kernel.run(f"%%isolated -i {name}\nprint({call})")
    assert reply.content["ename"] == "UndeclaredName"
    assert f"%%isolated -i {name},{secret}\n\nline 2 reads {secret} ({name} -> {secret})" in reply.error
    assert kernel.value(secret) == "stale"


def test_what_can_be_neither_watched_nor_carried_back_is_what_it_was(kernel):
    """A cell that looks at a value makes it no worse, though the value can only travel one way."""
    kernel.run(
        "class OneWay:\n"
        "    def __init__(self, arrived=False): self.arrived = arrived\n"
        "    def __reduce__(self):\n"
        "        if self.arrived: raise TypeError('not back')\n"
        "        return type(self), (True,)\n"
        "oneway = OneWay()"
    )
    reply = kernel.run("%%isolated --auto\nprint(oneway.arrived)")
    assert (reply.text(), reply.text("stderr")) == ("True\n", "")
    assert kernel.value("type(oneway).__name__") == "OneWay"


def test_what_the_notebook_lacks_is_not_asked_for_where_the_cell_was_told(monkeypatch):
    monkeypatch.setattr(builtins, "__class__", types.ModuleType)  # a cell's namespace has it watched

    def ask(names, more):
        raise AssertionError(f"asked for {names}")

    def arrive(reply):
        raise AssertionError(reply)

    namespace = Notebook(ask, arrive, ["limit"]).namespace
    assert namespace.get("pas") is None  # as IPython does with the first word of each line
    assert "limit" in namespace
    assert "pas" not in namespace
    assert list(namespace) == ["__builtins__", "limit"]


def test_many_names_are_not_told_to_each_cell():
    def few(count):
        return Lender(None, {f"x{i}": i for i in range(count)}, {"x0"}, frozenset(), print).few()

    assert few(3) == ["x1", "x2"]
    assert few(10 * FEW) == []
