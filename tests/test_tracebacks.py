"""End to end: what ipykernel would show: each cell's error, warnings and displays, to the character."""

from __future__ import annotations

import json
import re

import pytest

OWN = re.compile(r"(?m)^isokernel: .* may read any name, so every small value goes in\n+")
PLAIN = "#plain\n"  # a cell that runs in the notebook itself in both kernels
DEFAULTS = (
    "%reset -f\n%matplotlib inline\nimport matplotlib.style\nmatplotlib.style.use('default')\n"
    "%config InlineBackend.figure_formats = ['png']\n%xmode Context"
)


def cells(text: str) -> dict[str, list[str]]:
    """Cases as below: a name after ``###``, cells between lines of ``---``."""
    found = {}
    for case in re.split(r"(?m)^### ", text)[1:]:
        name, _, rest = case.partition("\n")
        found[name] = rest.removesuffix("\n").split("\n---\n")
    return found


ERRORS = cells(r'''
### plain
x = 1
1 / 0
### blank lines above, and a message of two lines


x = 1

raise ValueError('a\nb')
### functions of other cells
def f(x):
    return 1 / x
---
def g(x):
    # comment
    return f(x)
---
g(0)
### functions of plain cells
#plain
def f(x):
    return 1 / x
---
#plain
def g(x): return f(x)
---
g(0)
### method of a class of another cell
class A:
    def __init__(self, v): self.v = v
    def go(self):
        return self.v['missing']
a = A({})
---
a.go()
### property
class A:
    @property
    def p(self): return 1
a = A()
---
a.p = 2
### cause
try:
    1/0
except ZeroDivisionError as e:
    raise RuntimeError('outer') from e
### context
try:
    1/0
except ZeroDivisionError:
    raise RuntimeError('outer')
### from None
try:
    1/0
except ZeroDivisionError:
    raise RuntimeError('outer') from None
### chain through functions of another cell
def a():
    raise KeyError('k')
def b():
    try: a()
    except KeyError as e: raise TypeError('t') from e
def c():
    try: b()
    except TypeError: raise OSError(2, 'no', 'file')
---
c()
### an exception kept from an earlier cell
try: 1/0
except ZeroDivisionError as e: kept = e
---
raise kept
---
raise ValueError('new') from kept
### notes
e = ValueError('noted')
e.add_note('first note')
e.add_note('second\nnote')
raise e
### group
def bad(): raise KeyError('in group')
try:
    bad()
except KeyError as e:
    k = e
raise ExceptionGroup('many', [ValueError(1), ExceptionGroup('inner', [k, OSError('x')])])
### group of tasks
import asyncio
async def w(n):
    raise ValueError(n)
async with asyncio.TaskGroup() as tg:
    tg.create_task(w(1)); tg.create_task(w(2))
### group chained
try:
    raise ExceptionGroup('g', [ValueError(1)])
except ExceptionGroup as e:
    raise RuntimeError('later') from e
### syntax
x = 1
y = (2
z = 3
### syntax in the middle
a = 1
for i in range(3)
    print(i)
c = 4
### syntax with a caret behind other letters
α = 'ü' + + )
### indentation
if True:
print(1)
### dedentation
if True:
        a = 1
    b = 2
### tabs
if True:
	a = 1
        b = 2
### unterminated
s = 'abc
t = 1
### await outside
def f():
    await x
### syntax below a magic
%time 1
x = = 2
### syntax in a timed cell
%%time
x = (1
y = 2
### indentation in a timed cell
%%timeit -n1 -r1
if True:
print(1)
### syntax in a captured cell
%%capture
x = = 1
### syntax of text
exec('a = 1\nb = = 2')
### syntax of a module
import badmod
### error in a module
import localmod
localmod.boom(1)
### error in a module's class, from another cell
from localmod import Thing
t = Thing()
---
t.go()
### missing module
import nothing_like_this
### missing name of a module
from math import nothing
### name
value = 1
valu
### attribute
class A: color = 1
A.colour
### unbound local
x = 1
def f():
    x += 1
f()
### assert
v = [1]
assert v == [2], f'got {v}'
### own __init__ and __str__
class E(Exception):
    def __init__(self, code, *, more):
        super().__init__(code)
        self.more = more
    def __str__(self): return f'E with {self.more}'
---
raise E(3, more=1)
### own rendering
class E(Exception):
    def _render_traceback_(self):
        return ['my own', 'rendering']
raise E('x')
### class in a class
class O:
    class E(Exception): pass
raise O.E('inner')
### empty message
raise ValueError
### unicode
größe = '🎉' * 3
raise ValueError('Übung 日本 🎉 \u200b')
### long message
raise ValueError('x' * 100000)
### sys.exit
import sys
sys.exit(3)
### SystemExit in a function
def f():
    raise SystemExit('bye')
f()
### KeyboardInterrupt
def f():
    raise KeyboardInterrupt('by me')
f()
### KeyboardInterrupt from a thread
import _thread, time
_thread.interrupt_main()
time.sleep(1)
### comprehension
def f(xs):
    return [
        1 / x
        for x in xs
    ]
---
f([1, 0])
### generator
def g():
    yield 1
    raise ValueError('gen')
for v in g():
    pass
### StopIteration in a generator
def g():
    yield next(iter([]))
list(g())
### lambda
f = lambda x: x.missing
---
f(1)
### decorator
import functools
def deco(f):
    @functools.wraps(f)
    def inner(*a):
        return f(*a)
    return inner
---
@deco
def h(x):
    return [][x]
---
h(1)
### closure
def outer(n):
    def inner(x):
        return x / n
    return inner
fn = outer(0)
---
fn(1)
### class body
class A:
    x = 1
    y = x / 0
### dataclass
from dataclasses import dataclass
@dataclass
class P:
    x: int
    def __post_init__(self):
        raise ValueError(self.x)
---
P(1)
### f-string
name = None
f"""a
{name.upper()}"""
### call of many lines
def f(*a):
    raise ValueError('ml')

f(
    1,
    2,
)
### context manager
import contextlib
@contextlib.contextmanager
def cm():
    try:
        yield
    finally:
        print('cleanup')
with cm():
    1/0
### await
import asyncio
async def c():
    await asyncio.sleep(0)
    raise ValueError('async')
await c()
### time-out
import asyncio
await asyncio.wait_for(asyncio.sleep(5), 0.01)
### asynchronous generator of another cell
async def ag():
    yield 1
    raise ValueError('ag')
---
async for v in ag():
    print(v)
### pool of threads
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as ex:
    ex.submit(lambda: 1/0).result()
### thread
import threading
def t(): raise ValueError('in thread')
th = threading.Thread(target=t, name='T1'); th.start(); th.join()
### timed cell
%%time
def f():
    x = 1
    raise KeyError(x)
f()
### timed often
%%timeit -n1 -r1
1/0
### captured cell
%%capture c
print('a')
1/0
---
print(c.stdout)
### line magic
a = 1
%nosuchmagic 3
b = 2
### script
%%bash
echo out
exit 3
### repr within a display
from IPython.display import display
class R:
    def _repr_html_(self): return 1/0
display(R())
print('after')
### xmode Plain
#plain
%xmode Plain
---
def f(): return 1/0
f()
### xmode Verbose
#plain
%xmode Verbose
---
def f(n): return 1/n
f(0)
### xmode Minimal, set in a cell that runs elsewhere
%xmode Minimal
1/0
---
1/0
---
#plain
1/0
### tb
1/0
---
%tb
### print_exc
def f():
    raise KeyError('q')
---
import traceback
try:
    f()
except Exception:
    traceback.print_exc()
### exec
exec('def q():\n    1/0\nq()')
### a cell run again with other text
def f():
    return 1/0
---
def f():
    y = 2
    return y/0
---
f()
### warning
import warnings
x = 1
warnings.warn('careful')
### warning of a function, at its caller's line
import warnings
def old():
    warnings.warn('x is old', FutureWarning, stacklevel=2)
---

a = 1
b = [old()
     for i in range(2)]
### syntax warning
x = 1
x is 1
### library warning
import numpy as np
np.log(np.zeros(2))
### library error
import numpy as np
np.ones(3) @ np.ones(4)
''')

P = "class P:\n    def __init__(self, v): self.v = v\n"
DISPLAYS = cells(r"""
### html, markdown, latex, json, svg
from IPython.display import *
display(HTML('<b>'), Markdown('*m*'), Latex('$x$'), JSON({'a': 1}), SVG('<svg xmlns="http://www.w3.org/2000/svg"/>'))
Javascript('1')
### audio
import numpy as np
from IPython.display import Audio
Audio(np.sin(np.arange(100)), rate=8000)
### video
from IPython.display import Video, YouTubeVideo, IFrame
display(Video('http://x/y.mp4'), YouTubeVideo('abc'), IFrame('http://x', 10, 20))
### picture
import PIL.Image
PIL.Image.new('RGB', (4, 3), 'red')
### pandas, with options set in the notebook, and in a cell
import pandas as pd
df = pd.DataFrame({'a': [1.23456, 2], 'b': ['x', 'y']})
---
#plain
pd.set_option('display.precision', 2)
---
df
---
pd.set_option('display.max_rows', 1)
---
df
### bundle and metadata
class M:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {'text/plain': 'p', 'application/x+json': {'a': [1]}}, {'application/x+json': {'k': 1}}
class H:
    def _repr_html_(self): return '<h>', {'isolated': True}
    def _repr_png_(self): return b'\x89PNG', {'width': 3}
---
from IPython.display import display
display(M())
H()
### update of a display
from IPython.display import display
h = display('a', display_id='one')
---
h.update('b')
### formatter by type
#plain
CLASS_P
unit = 'kg'
def fmt(p): return f'<b>{p.v} {unit}</b>'
get_ipython().display_formatter.formatters['text/html'].for_type(P, fmt)
---
P(3)
---
#plain
unit = 'g'
---
P(3)
### formatter by lambda, registered elsewhere
CLASS_P
get_ipython().display_formatter.formatters['text/html'].for_type(P, lambda p: f'<i>{p.v}</i>')
---
P(3)
---
#plain
P(4)
### formatter by name
#plain
html = get_ipython().display_formatter.formatters['text/html']
html.for_type_by_name('fractions', 'Fraction', lambda f: f'<sup>{f.numerator}</sup>/{f.denominator}')
---
from fractions import Fraction
Fraction(1, 3)
### formatter of a built-in type
#plain
text = get_ipython().display_formatter.formatters['text/plain']
old = text.for_type(int, lambda n, p, cycle: p.text(f'int {n}'))
---
[1, 2]
---
#plain
text.for_type(int, old)
---
[1, 2]
### formatter of bundles
#plain
CLASS_P
get_ipython().display_formatter.mimebundle_formatter.for_type(P, lambda p, include=None, exclude=None: {'text/x': 'y'})
---
P(1)
### width and precision
#plain
%config PlainTextFormatter.max_width = 30
%precision 3
---
list(range(30)), 3.14159
---
#plain
%config PlainTextFormatter.max_width = 79
%precision
### plot
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (1, 1)
plt.plot([1, 2])
---
#plain
plt.style.use('ggplot')
---
fig, ax = plt.subplots()
plt.show()
print('after', plt.rcParams['axes.grid'])
---
fig
### formats of figures
#plain
%config InlineBackend.figure_formats = ['svg']
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (1, 1)
---
fig, ax = plt.subplots()
---
%config InlineBackend.figure_formats = ['retina']
---
#plain
fig, ax = plt.subplots()
### formats by function
#plain
from matplotlib_inline.backend_inline import set_matplotlib_formats
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (1, 1)
set_matplotlib_formats('png', 'jpeg', bbox_inches=None)
---
fig, ax = plt.subplots()
""")


@pytest.fixture(scope="module")
def pair(start_kernel, tmp_path_factory):
    """ipykernel, and this kernel with each cell isolated, in one folder with modules."""
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("tracebacks")
    (folder / "localmod.py").write_text(
        "def boom(x):\n    y = x + 1\n    raise ValueError(f'boom {y}')\n\nclass Thing:\n    def go(self):\n        return boom(3)\n"
    )
    (folder / "badmod.py").write_text("def f(:\n    pass\n")
    args = ("--IsoKernel.isolate=all", "--IsoKernel.echo=never")
    return start_kernel("plain", cwd=str(folder)), start_kernel(cwd=str(folder), args=args)


def shown(kernel, source: str) -> str:
    """All that a client is told of a cell, but what differs from one run to the next."""
    request = kernel.client.session.msg(
        "execute_request", {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    )
    request["metadata"] = {"tags": ["not-isolated"] * source.startswith(PLAIN)}
    told, streams = [], {}
    for _ in range(3):
        kernel.client.shell_channel.send(request)
        messages = []
        while not (messages and messages[-1]["content"].get("execution_state") == "idle"):
            message = kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                messages.append(message)
        reply = kernel.client.get_shell_msg(timeout=60)["content"]
        if reply["status"] != "aborted":  # see Kernel.run
            break
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            streams[content["name"]] = streams.get(content["name"], "") + OWN.sub("", content["text"])
        elif kind not in ("status", "execute_input") and "isokernel" not in content.get("metadata", ()):
            content.pop("transient", None)
            told.append([kind, content])
    streams = {name: text for name, text in streams.items() if text}
    told += [streams, {key: reply.get(key) for key in ("status", "ename", "evalue", "traceback", "execution_count")}]
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False).replace("\\n", "\n")
    text = re.sub(r"0x[0-9a-f]{6,}|ipykernel_\d+|(?<=Wall time: ).*|(?<=CPU times: ).*", "#", text)
    return re.sub(r"(?<=[\"#])[mpC][0-9a-f_]{8,}|<dc:date>.*", "#", text)


@pytest.fixture
def same(pair):
    """A function that runs cells in both kernels and compares what each has shown."""
    yield lambda sources, rule=str: [
        _equal(rule(shown(pair[0], source)), rule(shown(pair[1], source))) for source in sources
    ]
    for kernel in pair:
        shown(kernel, PLAIN + DEFAULTS)


def _equal(plain: str, ours: str) -> None:
    assert ours == plain


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_shown_as_ipykernel_shows_it(same, name):
    """Traceback, name, value and streams, from a process that has run nothing but this cell."""
    same(ERRORS[name])


def test_the_frames_of_a_recursion_are_those_of_ipykernel(same):
    """But for their number: a worker's stack begins two frames deeper."""
    frames = re.compile(r"(?s)(\"\S+Cell\S+.{0,30}In\[[^\"]*?\", ?)\1+")
    same(
        ["def f(n):\n    return f(n + 1)\nf(0)"],
        lambda text: "\n".join(sorted(set(frames.sub(r"\1", text).split("\n")))),
    )


@pytest.mark.parametrize("name", DISPLAYS)
def test_a_display_is_that_of_ipykernel(same, name):
    """With the notebook's formatters, configuration and style, wherever each was set."""
    same([source.replace("CLASS_P\n", P) for source in DISPLAYS[name]])
