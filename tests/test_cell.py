"""Unit tests: what a cell reads, binds and deletes, a case per construct.

A case says which names are certain reads (definitely unbound before) and which are possible ones; what it doesn't
mention must not be found.
"""

from __future__ import annotations

import dis
import functools
import json
import warnings
from dataclasses import dataclass

import pytest
from conftest import calls
from IPython.core.inputtransformer2 import TransformerManager

from isokernel.cell import Cell, Read, analyse, global_reads
from isokernel.cell.reads import code_reads


@dataclass(frozen=True)
class Case:
    """A cell and what is to be found in it; names stand in strings, separated by blanks."""

    id: str
    source: str
    certain: str = ""
    possible: str = ""
    binds: str = ""
    deletes: str = ""
    open_ended: tuple[str, ...] = ()
    builtin: str = ""


CASES = [
    # One after the other
    Case("nothing", ""),
    Case("a read", "x", certain="x"),
    Case("an assignment", "x = 1", binds="x"),
    Case("bound before it is read", "x = 1\nx", binds="x"),
    Case("read before it is bound", "x\nx = 1", certain="x", binds="x"),
    Case("read on its own right side", "x = x + 1", certain="x", binds="x"),
    Case("augmented", "x += 1", certain="x", binds="x"),
    Case("augmented item", "x[i] += y", certain="x i y"),
    Case("item and attribute assignments read", "x[i] = 1\ny.z = 2", certain="x i y"),
    Case("unpacking", "a, (b, *c) = x", certain="x", binds="a b c"),
    Case("a chain of targets", "a = b[0] = c", certain="b c", binds="a"),
    Case("annotated", "x: T = y", certain="T y", binds="x"),
    Case("annotated without a value", "x: T\nx", certain="T x"),
    Case("annotations under the future", "from __future__ import annotations\nx: T = 1", binds="annotations x"),
    Case("an f-string", "f'{a!r:>{width}}'", certain="a width"),
    Case("a keyword is no name", "f(a=b)", certain="f b"),
    Case("an attribute is no name", "a.b.c", certain="a"),
    Case("builtins are kept apart", "print(len(x))", certain="x", builtin="print len"),
    Case("a builtin that the cell rebinds", "list = [1]\nlist", binds="list"),
    Case("what every kernel has", "__name__, __doc__, get_ipython(), display(x)", certain="x"),
    Case("await at the top level", "x = await y", certain="y", binds="x"),
    Case("a sum of a thousand", "x = " + " + ".join(["a"] * 1000), certain="a", binds="x"),
    # Imports
    Case("an import", "import a.b, c as d\na, d", binds="a d"),
    Case("from imports", "from a import b, c as d\nb, d", binds="b d"),
    Case("a star import hides what it binds", "x\nfrom m import *\ny", certain="x", possible="y",
         open_ended=("from m import *",)),
    Case("a relative star import", "from .m import *", open_ended=("from .m import *",)),
    Case("the notebook as a module", "import __main__", binds="__main__", open_ended=("import __main__",)),
    # Branches
    Case("one branch binds", "if c:\n  x = 1\nx", certain="c", possible="x", binds="x"),
    Case("both branches bind", "if c:\n  x = 1\nelse:\n  x = 2\nx", certain="c", binds="x"),
    Case("one branch reads, the other binds", "if c:\n  x\nelse:\n  x = 1\nx", certain="c x", binds="x"),
    Case("a branch that raises", "if c:\n  raise E\nelse:\n  x = 1\nx", certain="c E", binds="x"),
    Case("a test that is known", "if True:\n  x = 1\nx", binds="x"),
    Case("code that is never reached", "if False:\n  x\ny", certain="y"),
    Case("a conditional expression", "(x := 1) if c else 2\nx", certain="c", possible="x", binds="x"),
    Case("and", "c and (x := 1)\nx", certain="c", possible="x", binds="x"),
    Case("or, first operand", "(x := 1) or c\nx", certain="c", binds="x"),
    Case("a chain of comparisons", "a < (x := b) < (y := c)\nx, y", certain="a b c", possible="y", binds="x y"),
    Case("an assertion's message", "assert c, (x := 1)\nx", certain="c x", binds="x"),
    # match
    Case("match captures", "match v:\n  case [a, *b]:\n    a, b\n  case {'k': c, **d}:\n    c, d",
         certain="v", binds="a b c d"),
    Case("match leaves captures unsure", "match v:\n  case [a]:\n    pass\na", certain="v", possible="a", binds="a"),
    Case("match with a default", "match v:\n  case 1:\n    x = 1\n  case _:\n    x = 2\nx", certain="v", binds="x"),
    Case("match without a default", "match v:\n  case 1:\n    x = 1\nx", certain="v", possible="x", binds="x"),
    Case("match on values, classes, alternatives", "match v:\n  case K.A | P(x=1) as y if g:\n    y",
         certain="v K P g", binds="y"),
    # Loops
    Case("a loop variable inside", "for i in x:\n  i", certain="x", binds="i"),
    Case("a loop variable afterwards", "for i in x:\n  pass\ni", certain="x", possible="i", binds="i"),
    Case("a loop that surely runs", "for i in range(3):\n  x = i\nx", binds="i x", builtin="range"),
    Case("a loop over a literal", "for i in [1, 2]:\n  pass\ni", binds="i"),
    Case("a loop over no range", "for i in range(0):\n  x = i\nx", possible="x", binds="i x", builtin="range"),
    Case("read first in the loop that binds", "for i in x:\n  y\n  y = 1", certain="x y", binds="i y"),
    Case("the first round may bind", "for i in x:\n  if i:\n    y\n  else:\n    y = 1",
         certain="x", possible="y", binds="i y"),
    Case("bound after a continue", "for i in x:\n  if i:\n    continue\n  y = 1\ny",
         certain="x", possible="y", binds="i y"),
    Case("loop else", "for i in x:\n  break\nelse:\n  y = 1\ny", certain="x", possible="y", binds="i y"),
    Case("while true ends by break", "while True:\n  x = 1\n  if x:\n    break\nx", binds="x"),
    Case("while", "while c:\n  x = 1\nx", certain="c", possible="x", binds="x"),
    Case("while else", "while c:\n  pass\nelse:\n  x = 1\nx", certain="c", binds="x"),
    Case("async for", "async for i in x:\n  i", certain="x", binds="i"),
    Case("a break through finally", "while True:\n  try:\n    break\n  finally:\n    x = 1\nx", binds="x"),
    Case("a continue through finally", "for i in [1]:\n  try:\n    continue\n  finally:\n    x = 1\nx", binds="i x"),
    # try
    Case("try may stop before binding", "try:\n  x = f()\nexcept E:\n  pass\nx",
         certain="f E", possible="x", binds="x"),
    Case("a handler that binds too", "try:\n  x = f()\nexcept E:\n  x = 1\nx", certain="f E", binds="x"),
    Case("a handler that raises", "try:\n  x = f()\nexcept E:\n  raise\nx", certain="f E", binds="x"),
    Case("a handler reads what try binds", "try:\n  x = f()\n  g()\nexcept E:\n  x",
         certain="f g E", possible="x", binds="x"),
    Case("a branch of try that raises", "try:\n  if c:\n    x = 1\n    raise E\nexcept E:\n  x",
         certain="c E", possible="x", binds="x"),
    Case("except as is unbound again", "try:\n  f()\nexcept E as e:\n  e\ne", certain="f E", possible="e", binds="e",
         deletes="e"),
    Case("try else", "try:\n  f()\nexcept E:\n  x = 1\nelse:\n  x = 2\nx", certain="f E", binds="x"),
    Case("finally sees a half-done try", "try:\n  x = f()\nfinally:\n  x", certain="f", possible="x", binds="x"),
    Case("after finally try was done", "try:\n  x = f()\nfinally:\n  pass\nx", certain="f", binds="x"),
    Case("what finally binds", "try:\n  f()\nexcept E:\n  pass\nfinally:\n  x = 1\nx", certain="f E", binds="x"),
    Case("except*", "try:\n  f()\nexcept* E as e:\n  e", certain="f E", binds="e", deletes="e"),
    # with
    Case("with", "with a as b, c as (d, e):\n  x = b\nx, d", certain="a c", binds="b d e x"),
    Case("async with", "async with a as b:\n  b", certain="a", binds="b"),
    Case("with suppress", "from contextlib import suppress\nwith suppress(E):\n  x = f()\nx",
         certain="E f", possible="x",
         binds="suppress x"),
    # del
    Case("del reads from outside", "del x", certain="x", deletes="x"),
    Case("del of one's own", "x = 1\ndel x\nx", binds="x", deletes="x"),
    Case("del of items and attributes", "del x[i], y.z", certain="x i y"),
    # Comprehensions
    Case("a comprehension's variables are its own", "[i + a for i in x if i > b]\ni", certain="x a b i"),
    Case("nested comprehensions", "[[j for j in i] for i in x for k in i]", certain="x"),
    Case("a dict comprehension", "{k: v + a for k, v in x}", certain="x a"),
    Case("a comprehension may bind by walrus", "[y := i for i in x]\ny", certain="x", possible="y", binds="y"),
    Case("walrus in a condition", "[y for i in x if (y := i)]", certain="x", binds="y"),
    Case("walrus in an if", "if (n := f()) > 1:\n  n", certain="f", binds="n"),
    Case("a generator used at once", "sum(a * i for i in x)\na = 1", certain="x a", binds="a", builtin="sum"),
    Case("a generator used later", "g = (a * i for i in x)\na = 1\nlist(g)", certain="x", possible="a", binds="a g",
         builtin="list"),
    Case("a generator of what is nowhere", "g = (a for i in x)", certain="x a", binds="g"),
    # Functions, judged at the end
    Case("a function reads from outside", "def f():\n  return a", certain="a", binds="f"),
    Case("a function reads what is bound later", "def f():\n  return a\na = 1", binds="f a"),
    Case("a function reads what may be bound", "def f():\n  return a\nif c:\n  a = 1",
         certain="c", possible="a", binds="f a"),
    Case("parameters", "def f(a, /, b, *c, d, **e):\n  return a, b, c, d, e", binds="f"),
    Case("defaults are read at once", "def f(a=x, *, b=y):\n  pass\nx = 1", certain="x y", binds="f x"),
    Case("annotations are read at once", "def f(a: A, *b: B) -> C:\n  pass\nA = 1", certain="A B C", binds="f A"),
    Case("decorators", "@d(x)\ndef f():\n  pass", certain="d x", binds="f"),
    Case("a lambda", "g = lambda a, b=c: a + b + d\nd = 1", certain="c", binds="g d"),
    Case("local variables", "def f():\n  a = 1\n  for b in a:\n    import c.d\n  with a as e:\n    return a, b, c, e",
         binds="f"),
    Case("local captures",
         "def f(v):\n  try:\n    pass\n  except E as a:\n    a\n  match v:\n    case [b, *c]:\n      return b, c",
         certain="E", binds="f"),
    Case("a local annotation isn't evaluated", "def f():\n  a: T = 1\n  return a", binds="f"),
    Case("closures", "def f(a):\n  def g():\n    nonlocal a\n    a = b\n    return a\n  return g",
         certain="b", binds="f"),
    Case("a local class", "def f():\n  class A(B):\n    x = 1\n    y = x + z\n    def m(self):\n      return x",
         certain="B z x", binds="f"),
    Case("comprehensions in functions", "def f(x):\n  return [i + a for i in x if (b := i)] + [b, i]",
         certain="a i", binds="f"),
    Case("recursion", "def f(n):\n  return f(n - 1)", binds="f"),
    Case("an async generator", "async def f(a):\n  async for b in a:\n    yield await b(c)", certain="c", binds="f"),
    Case("global binds", "def f():\n  global g\n  g = 1\nf()\ng", possible="g", binds="f g"),
    Case("global reads past a local", "def f():\n  a = 1\n  def g():\n    global a\n    return a",
         certain="a", binds="f"),
    Case("global del and import", "def f():\n  global a, b\n  import a\n  del b", possible="b", binds="f a b"),
    Case("__class__ and super", "class A:\n  def f(self):\n    return super().f(), __class__",
         binds="A", builtin="super"),
    # Classes
    Case("a class body runs at once", "class A(B, k=C):\n  x = y\ny = 1", certain="B C y", binds="A y"),
    Case("a class's names are its own", "class A:\n  x = 1\n  z = x\nx", certain="x", binds="A"),
    Case("a class's name that may be missing", "class A:\n  if c:\n    x = 1\n  z = x",
         certain="c", possible="x", binds="A"),
    Case("methods don't see the class's names", "class A:\n  x = 1\n  def f(self):\n    return x",
         certain="x", binds="A"),
    Case("global in a class", "class A:\n  global x\n  x = 1\nx", binds="A x"),
    Case("a comprehension in a class", "class A:\n  n = [1]\n  m = [n for i in n]", certain="n", binds="A"),
    Case("a class in a loop is a new one", "for i in x:\n  class A:\n    y\n    y = 1", certain="x y", binds="i A"),
    # What can't be seen
    Case("exec hides what it binds", "a\nexec(s)\nb",
         certain="a s", possible="b", open_ended=("exec",), builtin="exec"),
    Case("eval reads", "x = eval(s)\nb", certain="s b", binds="x", open_ended=("eval",), builtin="eval"),
    Case("globals", "if 'm' not in globals():\n  m = 1\nm", possible="m", binds="m", open_ended=("globals()",),
         builtin="globals"),
    Case("a global that a function counts on", "def f():\n    global a\n    a += 1\nf()", possible="a", binds="f a"),
    Case("a global that a function deletes", "def f():\n    global a\n    del a\nf()", possible="a", binds="f a"),
    Case("dir at the top level", "'a' in dir()", open_ended=("dir()",), builtin="dir"),
    Case("locals at the top level", "locals()['a'] = 1\na", possible="a", open_ended=("locals()",), builtin="locals"),
    Case("vars of something", "vars(a)", certain="a", builtin="vars"),
    Case("exec in a function", "def f():\n  exec('a = 1', globals())", binds="f", open_ended=("exec", "globals()"),
         builtin="exec globals"),
    # Magics and the shell
    Case("time", "%time x = f(a)\nx", certain="f a", binds="x"),
    Case("the time cell", "%%time\nx = a\ny = x", certain="a", binds="x y"),
    Case("timeit loses what it binds", "%timeit -n 3 -q y = f(a)\ny", certain="f a y"),
    Case("the timeit cell", "%%timeit -n3 s = a\nt = s + b", certain="a b"),
    Case("the timeit cell without a setup", "%%timeit\nt = b\nt + c", certain="b c"),
    Case("capture", "%%capture out --no-stderr\nx = a", certain="a", binds="out x"),
    Case("prun", "%prun -l 5 x = f()", certain="f", binds="x"),
    Case("magics in the body of one", "%%time\n!ls {a}\n%timeit b\nx = 1", certain="a b", binds="x"),
    Case("time over a broken line", "%time x = =", open_ended=("%time",)),
    Case("settings", "%matplotlib inline\n%load_ext tensorboard\n%cd /tmp\n!pip install x"),
    Case("a cell of another language", "%%bash --out result\necho $HOME {x}", binds="result"),
    Case("shell output", "x = !ls {folder}/*.py\nx", certain="folder", binds="x"),
    Case("a magic's value", "x = %pwd\nx", binds="x"),
    Case("values in a shell line", "!cp {a.b}/{c[0]} $d.e '$f' $$g", certain="a c", possible="d"),
    Case("not a value in a shell line", "!ls | awk '{print $1}' > $out"),
    Case("help", "x?", possible="x"),
    Case("an unknown line magic", "%frobnicate a\nb", possible="b", open_ended=("%frobnicate",)),
    Case("an unknown cell magic", "%%sql\nselect", open_ended=("%%sql",)),
    Case("run", "%run script.py\nx", possible="x", open_ended=("%run",)),
    Case("aimport", "%aimport a.b, c\na, c", binds="a c"),
    Case("the shell's namespace", "get_ipython().user_ns['x'] = 1\nx",
         possible="x", open_ended=("get_ipython().user_ns",)),
    Case("a magic's name that isn't literal", "get_ipython().run_line_magic(m, '')", certain="m",
         open_ended=("get_ipython().run_line_magic",)),
    Case("a magic in a function", "def f(a):\n  !echo {a} {b}", certain="b", binds="f"),
]  # fmt: skip

transform = TransformerManager().transform_cell


def names(reads: tuple[Read, ...], certain: bool) -> set[str]:
    return {read.name for read in reads if read.certain is certain}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_a_cell_does_with_names(case):
    """Every construct, in the words of the table."""
    cell = analyse(transform(case.source), transform)
    assert names(cell.reads, True) == set(case.certain.split())
    assert names(cell.reads, False) == set(case.possible.split())
    assert cell.binds == set(case.binds.split())
    assert cell.deletes == set(case.deletes.split())
    assert cell.open_ended == case.open_ended
    assert {read.name for read in cell.builtin_reads} == set(case.builtin.split())


def test_reads_come_with_their_lines_in_that_order():
    """The first line that reads a name stands for it, in functions too."""
    cell = analyse("a\n\ndef f():\n  return b\nc = [\n  d]\na")
    assert cell.reads == (Read("a", 1, True), Read("b", 4, True), Read("d", 6, True))


def test_a_certain_read_stands_for_an_uncertain_one_before_it():
    """The line to show is the one that is sure to fail."""
    cell = analyse("if c:\n  if d:\n    x = 1\n  x\nelse:\n  x")
    assert Read("x", 6, True) in cell.reads


def test_lines_in_the_body_of_a_magic_are_the_cells():
    """``%%time`` stands in line 1, so its body begins in line 2."""
    cell = analyse(transform("%%time\nx = 1\ny = a"), transform)
    assert cell.reads == (Read("a", 3, True),)


def test_a_body_that_is_not_python_without_the_transformation_is_open_ended():
    """Without IPython's transformation a shell line in ``%%time`` can't be read."""
    assert analyse(transform("%%time\n!ls")).open_ended == ("%%time",)


@pytest.mark.parametrize(
    "source", ["x = (", "break", "return 1", "def f():\n  nonlocal x", "x = 1\n y = 2", "a\0b", "'\ud800'", "(" * 300]
)
def test_a_cell_that_does_not_compile_is_a_syntax_error(source):
    """Also where only the compiler's second half would see it."""
    with pytest.raises(SyntaxError):
        analyse(source)


def test_a_syntax_error_shows_its_line():
    """The text of the line is there for the caret, and the name that was asked for."""
    with pytest.raises(SyntaxError) as caught:
        analyse("x = 1\nbreak", filename="<mine>")
    assert (caught.value.filename, caught.value.lineno, caught.value.text) == ("<mine>", 2, "break")


def test_analysing_warns_of_nothing():
    """Who runs the cell will warn; twice is once too often."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        analyse("x = 1 is 1\ny = '\\d'\nget_ipython().run_line_magic('time', '2 is 2')")


def test_code_nested_deeper_than_we_can_follow_is_open_ended():
    """A chain of 900 attributes is legal; what it does is anybody's guess."""
    cell = analyse("y = x" + ".a" * 900)
    assert cell == Cell(binds=frozenset({"y"}), open_ended=("deeply nested code",))


def test_loops_within_loops_cost_no_more_than_their_number_squared():
    """Nineteen deep, the most that compiles; doubling at each would be millions of calls."""
    source = "".join(" " * depth + f"for a{depth} in b{depth}:\n" for depth in range(19)) + " " * 19 + "x = y"
    assert len(analyse(source).reads) == 20
    assert calls(lambda: analyse(source)) < 200_000


def test_only_eval_does_not_bind_unseen():
    """So that it alone doesn't switch off what is checked about functions."""
    assert not analyse("eval(s)").may_bind_unseen
    assert analyse("exec(s)").may_bind_unseen


ENVIRONMENT = {
    "item": ("os.environ['A'] = '1'", "A"),
    "from import": ("from os import environ\nenviron['A'] = '1'", "A"),
    "aliases": ("import os as o\nfrom os import environ as e\no.environ['A'] = e['B'] = '1'", "A B"),
    "assigned": ("env = os.environ\nenv['A'] = '1'", "A"),
    "reading is not setting": ("os.environ['A'], os.environ.get('B'), 'C' in os.environ, os.getenv('D')", ""),
    "setdefault": ("os.environ.setdefault('A', '1')", "A"),
    "pop": ("os.environ.pop('A', None)", "A"),
    "del": ("del os.environ['A']", "A"),
    "update": ("os.environ.update({'A': '1', **{'B': x}}, C='1')", "A B C"),
    "update with dict()": ("os.environ.update(dict(A='1'))", "A"),
    "update with pairs": ("os.environ.update([('A', '1')])", "A"),
    "in-place or": ("os.environ |= {'A': '1'}", "A"),
    "augmented item": ("os.environ['A'] += ':x'", "A"),
    "bytes": ("os.environb[b'A'] = b'1'", "A"),
    "putenv": ("os.putenv('A', '1'); os.unsetenv('B')\nfrom os import putenv\nputenv('C', '1')", "A B C"),
    "magics": ("%env A=1\n%env B 1\n%set_env C=1\n%env D\n%env", "A B C"),
    "in a function": ("def f():\n  os.environ['A'] = '1'", "A"),
    "in the body of a magic": ("%%time\nos.environ['A'] = '1'", "A"),
    "a loop": ("for k in ks: os.environ[k] = '1'", "*"),
    "an unknown mapping": ("os.environ.update(settings)\nos.environ['A'] = '1'", "A *"),
    "clear": ("os.environ.clear()", "*"),
    "exchanged": ("os.environ = {}", "*"),
    "load_dotenv": ("from dotenv import load_dotenv\nload_dotenv()", "*"),
    "a value in a magic": ("%env A=$b\n%env {c}=1", "A *"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENVIRONMENT)
def test_environment_variables_that_a_cell_sets(case):
    """By every way Python has; ``*`` stands for names that aren't literal."""
    source, told = ENVIRONMENT[case]
    cell = analyse(transform(source), transform)
    assert cell.environment.names == set(told.split()) - {"*"}
    assert cell.environment.open is ("*" in told)


FIRST = {
    "an import of Python's own": ("import os\nos.environ['A'] = '1'\nimport keras", {"A": "1"}),
    "the last one counts": ("os.environ['A'] = '1'\nos.environ['A'] = '2'", {"A": "2"}),
    "setdefault": ("os.environ.setdefault('A', '1')\nos.environ.setdefault('SET', '1')", {"A": "1", "SET": "0"}),
    "update": ("os.environ.update({'A': '1'}, B='2')", {"A": "1", "B": "2"}),
    "pop": ("os.environ.pop('SET', None)", {"SET": None}),
    "a magic": ("%env A=1\n%env B 2\n%matplotlib inline\n%env C=3", {"A": "1", "B": "2", "C": "3"}),
    "what shows and silences": (
        "'A notebook'\nimport os, warnings, logging\nSEED = 1\nwarnings.filterwarnings('ignore', module='x')\n"
        "logging.getLogger('a').setLevel(logging.ERROR)\nprint('hello', SEED + 1)\nos.environ['A'] = '1'",
        {"A": "1"},
    ),
    "packages that read no such thing": ("import numpy as np\nos.environ['TF_A'] = '1'", {"TF_A": "1"}),
    "packages that may": ("import numpy as np\nos.environ['OMP_A'] = '1'", {}),
    "below the framework": ("import keras\nos.environ['A'] = '1'", {}),
    "below what may be anything": ("f()\nos.environ['A'] = '1'", {}),
    "in a print": ("print(f())\nos.environ['A'] = '1'", {}),
    "a value of the notebook": ("os.environ['A'] = value", {}),
    "a value that is filled in": ("%env A={value}", {}),
    "under a condition": ("if x:\n    os.environ['A'] = '1'", {}),
    "and once more": ("os.environ['A'] = '1'\nos.environ['B'] = '1'\nif x:\n    os.environ['A'] = '2'", {"B": "1"}),
    "and in a function": ("os.environ['A'] = '1'\ndef f(): os.environ.pop('A')", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", FIRST)
def test_environment_variables_that_a_cell_sets_first_of_all(case):
    """With what they are then; nothing that stands above them can have read them."""
    source, values = FIRST[case]
    assert analyse(transform(source), transform).environment.after_first({"SET": "0"}) == values


def test_a_function_reads_globals_in_all_code_nested_in_it():
    """Lambdas, comprehensions and local classes included."""

    def f(x):
        class Local:
            y = CLASS_BODY  # noqa: F821

            def method(self):
                return METHOD  # noqa: F821

        return [(lambda: LAMBDA) for _ in x if COMPREHENSION], Local, len(x)  # noqa: F821

    assert global_reads(f) == {"CLASS_BODY", "METHOD", "LAMBDA", "COMPREHENSION", "__name__", "len"}


def test_a_class_reads_what_its_functions_read():
    """Methods, properties, static and class methods, cached properties, nested classes and bases."""
    namespace = {"__name__": "__main__", "functools": functools}
    exec(
        "class Base:\n  def b(self): return BASE\n"
        "class A(Base):\n"
        "  def m(self): return METHOD\n"
        "  p = property(lambda self: PROPERTY)\n"
        "  s = staticmethod(lambda: STATIC)\n"
        "  c = classmethod(lambda cls: CLASS)\n"
        "  cached = functools.cached_property(lambda self: CACHED)\n"
        "  table = {'f': lambda: TABLE}\n"
        "  class Inner:\n    def m(self): return INNER\n",
        namespace,
    )
    found = {name for name in global_reads(namespace["A"], namespace) if name.isupper()}
    assert found == {"BASE", "METHOD", "PROPERTY", "STATIC", "CLASS", "CACHED", "TABLE", "INNER"}


def test_a_decorated_function_reads_what_it_wraps():
    """By ``__wrapped__``, by closure, and through functools' own coats."""
    namespace = {"__name__": "__main__", "functools": functools}
    exec("def f(): return WRAPPED\ncached = functools.lru_cache(f)", namespace)

    def plain(function):
        return lambda: function()

    def wraps(function):
        return functools.wraps(function)(lambda: None)

    for made in (plain(namespace["f"]), wraps(namespace["f"]), namespace["cached"]):
        assert global_reads(made, namespace) == {"WRAPPED"}


def test_only_functions_of_the_namespace_count():
    """What a library's function reads is the library's."""
    namespace = {"__name__": "__main__"}
    exec("def f(): return MINE", namespace)
    assert global_reads(namespace["f"], namespace) == {"MINE"}
    assert global_reads(namespace["f"], {}) == frozenset()
    assert global_reads(json.dumps, namespace) == frozenset()


@pytest.mark.parametrize("value", [1, "x", [lambda: GLOBAL], object(), json])  # noqa: F821
def test_a_value_reads_nothing_by_itself(value):
    """A function inside a value brings along what it reads."""
    assert global_reads(value) == frozenset()


def test_a_function_may_hold_itself():
    """Cycles end."""

    def f():
        return f, GLOBAL  # noqa: F821

    f.me = [f]
    assert global_reads(f) == {"GLOBAL"}


def test_reading_code_agrees_with_dis():
    """The bytes are read by hand, because dis is slow; it must find the same in the standard library."""
    loads = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "DELETE_GLOBAL"}

    def by_dis(code):
        yield from (i.argval for i in dis.get_instructions(code) if i.opname in loads)
        for constant in code.co_consts:
            if hasattr(constant, "co_code"):
                yield from by_dis(constant)

    for module in (dis, functools, json.decoder, dataclass.__globals__["inspect"]):
        with open(module.__file__) as file:
            code = compile(file.read(), module.__file__, "exec")
        assert set(code_reads(code)) == set(by_dis(code))


def test_a_long_cell_costs_its_length():
    """Ten times the lines, ten times the work."""
    step = "for epoch in range(epochs):\n  with tape as t:\n    loss = f(x, y)[t]\n  if loss < best:\n    best = loss\n"
    assert calls(lambda: analyse(step * 60)) < 11 * calls(lambda: analyse(step * 6))
