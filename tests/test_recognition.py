"""Unit tests: which cells touch a framework, a case per construct; and where imports lead.

In a case, the names of `NOTEBOOK` stand for what they stand for there. `touches` is what the message must hold; a case
without it must not touch.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import pytest
from conftest import calls
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from isokernel.cell.imports import KNOWN, Imports, executed
from isokernel.cell.recognition import (
    FRAMEWORKS,
    Definition,
    Framework,
    Holding,
    Instance,
    Module,
    Nothing,
    Packed,
    Touch,
    recognise,
    roots,
)
from isokernel.handles import MEMBERS, Lost
from isokernel.training import Names

PACKED = Packed(MEMBERS)


def reading(*names: str, imports: tuple[str, ...] = ()) -> Definition:
    """A function of the notebook that reads these globals."""
    return Definition(frozenset(names), frozenset(imports))


NOTEBOOK = {
    "tf": Framework("tensorflow"),
    "keras": Framework("keras"),
    "layers": Framework("tensorflow.keras.layers"),
    "Dense": Framework("keras.layers.Dense"),
    "model": PACKED,
    "ds": PACKED,
    "Net": PACKED,  # a class that needs the framework to exist
    "models": Holding((PACKED, PACKED)),
    "table": Holding((Holding((PACKED,)),)),
    "rows": Holding(),
    "activations": Holding((reading("tf"),)),
    "build": reading("keras"),
    "train": reading("build", "print"),
    "loss_of": reading("model"),
    "lazily": reading(imports=("keras.layers", "keras.layers.Dense")),
    "by_name": reading("exec"),
    "clean": reading("np", "help_clean", "len"),
    "help_clean": reading("clean", "np"),
    "Config": reading("np"),
    "Trainer": reading("tf"),
    "trainer": Instance(reading("tf")),
    "config": Instance(reading("np")),
    "il": Module("importlib"),
    "fetch_module": Module("importlib.import_module"),
    "keep": Module("isokernel.keep"),
}

LEADS = {"lib": ("lib.nets", "tensorflow"), "lib.nets": ("tensorflow",), "tools": (), "nowhere": None}
SCRIPTS = {"train.py": "import keras\n", "plot.py": "import numpy\nx = 1\n", "uses.py": "model.fit()\n",
           "main.py": "def main():\n  import keras\nif __name__ == '__main__':\n  main()\n", "broken.py": "x ="}  # fmt: skip


class Known:
    """A notebook with names that are known."""

    def __init__(self, names: dict) -> None:
        self.names = names

    def meaning(self, name):
        """From the dict."""
        return self.names.get(name)


@dataclass(frozen=True)
class Case:
    """A cell, what the reason's text holds (None if it must not touch), and what is uncertain."""

    id: str
    source: str
    touches: str | None = None
    uncertain: tuple[str, ...] = ()


def ask(source: str, names: dict = NOTEBOOK, **options) -> Touch:
    """Recognise a cell as the kernel would."""
    transform = TransformerManager().transform_cell
    return recognise(
        transform(source), Known(names), leads=lambda name: LEADS.get(name, ()), script=SCRIPTS.get,
        transform=transform, **options,
    )  # fmt: skip


CASES = [
    # Plain cells
    Case("nothing", ""),
    Case("what isn't Python", "x = ("),
    Case("plain code", "x = [i ** 2 for i in range(10)]\nprint(sum(x))"),
    Case("plain imports", "import numpy as np, os.path\nfrom sklearn.svm import SVC\nSVC().fit(np.zeros(3), [1])"),
    Case("an attribute of a framework's name", "x.tf.keras(tf=1)"),
    Case("the name in a string or a comment", "'tf.keras'  # tf"),
    # Imports
    Case("import", "import tensorflow", "imports tensorflow (line 1)"),
    Case("import as", "x = 1\nimport tensorflow as tf", "imports tensorflow (line 2)"),
    Case("import of a member as", "import tensorflow.keras.layers as L", "imports tensorflow.keras.layers"),
    Case("from import", "from tensorflow import keras", "imports tensorflow (line 1)"),
    Case("from a part", "from keras.layers import Dense", "imports keras.layers"),
    Case("several", "import os, keras", "imports keras"),
    Case("star", "from tensorflow.keras.layers import *", "imports tensorflow.keras.layers"),
    Case("the legacy package", "import tf_keras", "imports tf_keras"),
    Case("another framework", "import torch"),
    Case("a name that begins alike", "import tensorflow_datasets_of_mine, kerastuner"),
    Case("a local module", "import lib", "imports lib, which imports lib.nets, which imports tensorflow (line 1)"),
    Case("a submodule", "import lib.nets as n", "imports lib.nets, which imports tensorflow"),
    Case("from a package its module", "from lib import nets", "imports lib"),
    Case("a star of a local module", "from lib import *", "imports lib"),
    Case("a clean local module", "import tools\nfrom tools import *\ntools.run()"),
    Case("a module that isn't found", "import nowhere", uncertain=("import nowhere",)),
    Case("a star of one that isn't", "from nowhere import *", uncertain=("from nowhere import *",)),
    Case("in try", "try:\n  import tensorflow as tf\nexcept ImportError:\n  tf = None", "imports tensorflow (line 2)"),
    Case("in except", "try:\n  import torch\nexcept ImportError:\n  import keras", "imports keras (line 4)"),
    Case("in finally", "try:\n  x\nfinally:\n  import keras", "imports keras"),
    Case("in with", "with open('a'):\n  import keras", "imports keras"),
    Case("in if", "if x:\n  import keras", "imports keras"),
    Case("in else", "if x:\n  pass\nelse:\n  import keras", "imports keras"),
    Case("in a loop", "while x:\n  import keras", "imports keras"),
    Case("in a match", "match x:\n  case 1:\n    import keras", "imports keras"),
    Case("in a class body", "class A:\n  import keras", "imports keras"),
    Case("under if False", "if False:\n  import keras"),
    Case("for type checkers", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import keras"),
    Case("after a raise", "raise SystemExit\nimport keras"),
    Case("after an endless loop", "while True:\n  x\nimport keras"),
    Case("after a loop that breaks", "while True:\n  break\nimport keras", "imports keras"),
    Case("if it is the main module", "if __name__ == '__main__':\n  import keras", "imports keras"),
    # Imports by name
    Case("importlib", "import importlib\nimportlib.import_module('tensorflow')", "imports tensorflow (line 2)"),
    Case("importlib, imported before", "importlib.import_module('keras.layers')", "imports keras.layers"),
    Case("importlib under another name", "import importlib as il2\nil2.import_module('keras')", "imports keras"),
    Case("importlib, another cell's", "il.import_module('keras')", "imports keras"),
    Case("import_module", "from importlib import import_module as im\nim('keras')", "imports keras"),
    Case("import_module, another cell's", "fetch_module('keras')", "imports keras"),
    Case("import_module in a variable", "import importlib\nf = importlib.import_module\nf('keras')", "imports keras"),
    Case("import_module of something else", "import importlib\nimportlib.import_module('numpy')"),
    Case("import_module of a variable", "import importlib\nimportlib.import_module(n)", uncertain=("import_module",)),
    Case("import_module of a local module", "__import__('lib')", "imports lib"),
    Case("__import__", "k = __import__('keras')", "imports keras"),
    Case("__import__ of builtins", "import builtins\nbuiltins.__import__('keras')", "imports keras"),
    Case("a function called so", "def __import__(x): pass\n__import__('keras')"),
    Case("find_spec", "import importlib.util\nimportlib.util.find_spec('tensorflow') is None"),
    Case("a version", "import importlib.metadata\nimportlib.metadata.version('tensorflow')"),
    Case("sys.modules", "import sys\nsys.modules['tensorflow'].keras", "reads sys.modules['tensorflow']"),
    Case("sys.modules, asked", "import sys\n'tensorflow' in sys.modules"),
    # Names of frameworks
    Case("a member's use", "x = 1\ntf.zeros(3)", "reads tf, which is tensorflow (line 2)"),
    Case("the name alone", "tf", "reads tf"),
    Case("a name that is the module's", "keras.Input", "reads keras (line 1)"),
    Case("a member's name", "Dense(3)", "reads Dense, which is keras.layers.Dense"),
    Case("an alias", "t = tf.keras\nt.layers", "reads tf"),
    Case("getattr", "getattr(tf, name)", "reads tf"),
    Case("in an f-string", "f'{tf.__version__}'", "reads tf"),
    Case("in print", "print(tf)", "reads tf"),
    Case("in a default", "def f(x=tf.float32): pass", "reads tf"),
    Case("in a keyword default", "def f(*, x=tf.float32): pass", "reads tf"),
    Case("in a decorator", "@tf.function\ndef f(x):\n  return x", "reads tf, which is tensorflow (line 1)"),
    Case("in a base", "class M(keras.Model):\n  pass", "reads keras"),
    Case("in a keyword of a class", "class M(metaclass=tf.Meta):\n  pass", "reads tf"),
    Case("in a class body", "class A:\n  x = tf.zeros(1)", "reads tf"),
    Case("in an annotation", "def f(x: tf.Tensor): pass", "reads tf"),
    Case("in what is returned", "def f() -> tf.Tensor: pass", "reads tf"),
    Case("in a variable's annotation", "x: tf.Tensor = 1", "reads tf"),
    Case("in an annotation that isn't evaluated", "from __future__ import annotations\ndef f(x: tf.Tensor): pass"),
    Case("in a local variable's annotation", "def f():\n  x: tf.Tensor = 1\nf()"),
    Case("in a list comprehension", "[tf.square(x) for x in xs]", "reads tf"),
    Case("in a generator", "sum(tf.square(x) for x in xs)", "reads tf"),
    Case("in a comprehension's test", "{x: 1 for x in xs if tf.ok(x)}", "reads tf"),
    Case("in a walrus", "if (t := tf.keras):\n  t", "reads tf"),
    Case("in a pattern", "match x:\n  case tf.Tensor():\n    pass", "reads tf"),
    Case("in a guard", "match x:\n  case y if tf.ok(y):\n    pass", "reads tf"),
    Case("in an except", "try:\n  x()\nexcept tf.errors.OpError:\n  pass", "reads tf"),
    Case("in a with", "with tf.device('cpu'):\n  pass", "reads tf"),
    Case("in a subscript store", "x[tf.argmax(y)] = 1", "reads tf"),
    Case("in an await", "await tf.go()", "reads tf"),
    Case("as what is set", "tf.x = 1", "reads tf"),
    Case("in a set of many", "a + b + c + tf.x", "reads tf"),
    Case("deleted", "del tf"),
    # Names that aren't the notebook's any more
    Case("rebound", "tf = 1\ntf.x"),
    Case("rebound on one path", "if c:\n  tf = 1\ntf.x", "reads tf"),
    Case("rebound on both", "if c:\n  tf = 1\nelse:\n  tf = 2\ntf.x"),
    Case("rebound or left", "if c:\n  model = 1\nelse:\n  raise E\nmodel.fit()"),
    Case("read before it is rebound", "tf.x\ntf = 1", "reads tf"),
    Case("rebound in a try", "try:\n  model = 1\nexcept E:\n  pass\nmodel.fit()", "reads model"),
    Case("rebound in try and except", "try:\n  model = 1\nexcept E:\n  model = 2\nmodel.fit()"),
    Case("rebound in a loop", "for i in x:\n  model = 1\nmodel.fit()", "reads model"),
    Case("rebound by an import", "import numpy as tf\ntf.zeros(1)"),
    Case("rebound by a loop's variable", "for tf in x:\n  tf.y"),
    Case("rebound by with", "with x as tf:\n  tf.y"),
    Case("rebound by a capture", "match x:\n  case {'a': tf}:\n    tf.y\n  case _:\n    pass"),
    Case("a comprehension's own", "[tf.x for tf in y]"),
    Case("after the comprehension", "[tf for tf in y]\ntf.x", "reads tf"),
    Case("a parameter", "def f(tf):\n  return tf.x\nf(1)"),
    Case("a local variable", "def f():\n  tf = 1\n  return tf.x\nf()"),
    Case("a class's own", "class A:\n  tf = 1\n  y = tf.x"),
    Case("a class's isn't its methods'", "class A:\n  tf = 1\n  def f(self):\n    return tf.x\nA()", "uses A"),
    Case("deleted before", "del model\nmodel.fit()"),
    Case("by global", "def f():\n  global tf\n  tf = 1\nf()\ntf.x", "reads tf"),
    Case("by a walrus in a comprehension", "[(model := x) for x in xs]\nmodel.fit()", "reads model"),
    # Definitions
    Case("a function", "def f(x):\n  import keras\n  return tf.square(model(x))"),
    Case("a class", "class A:\n  def f(self):\n    return tf.x"),
    Case("an async function", "async def f():\n  return tf.x"),
    Case("a lambda", "f = lambda x: tf.square(x)"),
    Case("lambdas in a dict", "ops = {'sq': lambda x: tf.square(x)}"),
    Case("nested", "def f():\n  @tf.function\n  def g(): pass\n  return g"),
    Case("with a plain decorator", "import functools\n@functools.cache\ndef f():\n  return tf.x"),
    Case("that extends one of its own", "class A:\n  def f(self):\n    tf.x\nclass B(A):\n  pass"),
    Case("that extends the notebook's", "class B(Trainer):\n  pass"),
    Case("that is annotated by one", "class A:\n  def f(self):\n    tf.x\ndef g(a: A, b: list[A], c: Trainer): pass"),
    Case("that extends a packed class", "class B(Net):\n  pass", "reads Net, which is packed"),
    Case("with a property", "class A:\n  @property\n  def f(self):\n    return tf.x"),
    Case("of a function that isn't read", "def f():\n  return tf.x\ndef g():\n  return f()"),
    # Functions of the cell that are read
    Case("called", "def f():\n  return tf.x\nf()", "uses f, which reads tf, which is tensorflow (line 3)"),
    Case("imports in it", "def f():\n  import keras\nf()", "uses f, which imports keras (line 3)"),
    Case("handed on", "def f(x):\n  return tf.x\nmap(f, y)", "uses f"),
    Case("two deep", "def f():\n  return tf.x\ndef g():\n  return f()\ng()", "uses g, which reads f, which reads tf"),
    Case("defined after", "def g():\n  return f()\nh = g\ndef f():\n  return tf.x\nh()", "uses g"),
    Case("recursive", "def f(n):\n  return f(n - 1)\nf(3)"),
    Case("recursive and worse", "def f(n):\n  return g(n)\ndef g(n):\n  return f(n) + tf.x\nf(3)", "uses f"),
    Case("as a decorator", "def d(f):\n  return tf.function(f)\n@d\ndef g(): pass", "uses d"),
    Case("redefined", "def f():\n  return tf.x\ndef f():\n  return 1\nf()"),
    Case("what it reads is rebound", "def f():\n  return tf.x\ntf = 1\nf()"),
    Case("a class", "class A:\n  def f(self):\n    return tf.x\nA().f()", "uses A"),
    Case("a derived class", "class A:\n  def f(self):\n    tf.x\nclass B(A):\n  pass\nB()", "uses B"),
    Case("a lambda that is called", "(lambda: tf.x)()", "reads tf"),
    Case("a lambda by its name", "f = lambda: tf.x\nf()", "uses f"),
    Case("a lambda that is handed on", "sorted(x, key=lambda i: tf.x)", "reads tf"),
    Case("a lambda in a dict", "ops = {'sq': lambda: tf.x}\nops['sq']()", "reads tf"),
    Case("a closure", "def f():\n  t = tf\n  def g():\n    return t\n  return g\nf()", "uses f"),
    Case("its clean calls", "def f(x):\n  y = [i for i in x]\n  return len(y)\nprint(f([1]))"),
    Case("what yields", "def f():\n  yield tf.x\nnext(f())", "uses f"),
    Case("that uses a packed result", "def f():\n  return model.fit()\nf()", "uses f, which reads model, which is packed"),
    Case("nested and called", "def f():\n  def g():\n    return tf.x\n  return g()\nf()", "uses f"),
    Case("nested and rebound", "def f():\n  tf = 1\n  def g():\n    return tf.x\n  return g()\nf()"),
    # Functions, classes and instances of the notebook
    Case("one that leads there", "train(3)", "uses train, which reads build, which reads keras (line 1)"),
    Case("one that reads a packed result", "loss_of(3)", "uses loss_of, which reads model, which is packed"),
    Case("one that imports", "lazily()", "uses lazily, which imports keras.layers"),
    Case("a clean one", "clean(3)"),
    Case("one that can do anything", "by_name()", uncertain=("exec",)),
    Case("one whose global the cell rebinds", "build = 1\ntrain(3)"),
    Case("one whose global the cell defines", "def np():\n  return tf.x\nclean(3)", "reads np, which reads tf"),
    Case("a class", "Trainer()", "uses Trainer, which reads tf"),
    Case("a clean class", "Config(3)"),
    Case("an instance's use", "trainer.fit()", "uses trainer, which reads tf"),
    Case("an instance that is moved", "t = trainer\nxs = [t]"),
    Case("an instance that is printed", "print(trainer)", "uses trainer"),
    Case("a clean instance", "config.lr, print(config)"),
    Case("in a list of the notebook", "activations[0](3)", "uses activations, which reads tf"),
    Case("its help", "train?"),
    # Packed results that are moved
    Case("assigned", "a = b = model"),
    Case("in a list", "xs = [model, 1, *rows]"),
    Case("in a dict", "d = {'a': model, **x}"),
    Case("in a tuple", "a, b = model, 3\nx = (model,)"),
    Case("deleted", "del model"),
    Case("stored as an item", "d = {}\nd['a'] = model\nx['b'] = model"),
    Case("appended", "xs = []\nxs.append(model)\nrows.append(ds)"),
    Case("a dict's methods", "xs, d = [], dict(a=model)\nd.update(b=ds)\nfor k, m in d.items():\n  xs.append(m)"),
    Case("given to isokernel", "import isokernel\nisokernel.save(model)\nkeep(ds)"),
    Case("kept", "%keep model"),
    Case("its own members", "print(model.nbytes, model.run, model.type, model.about, model.load)"),
    Case("loaded", "m = model.load()\nm.fit()"),
    Case("compared to None", "if model is None or ds is not None:\n  pass"),
    Case("chosen", "m = model if x else ds"),
    Case("the length of a list", "len(models), len([model])"),
    Case("a list of them", "xs = list(models) + [model]\nxs += [ds]\nx = xs[0]\nif not xs:\n  pass"),
    Case("looped over", "xs = []\nfor i, m in enumerate(models):\n  xs.append(m)"),
    Case("in a comprehension", "xs = [m for m in models]"),
    Case("walrus", "x = (m := model)"),
    # Packed results that are used
    Case("shown", "model", "reads model, which is packed (line 1)"),
    Case("shown in a list", "models", "reads models"),
    Case("printed", "print('it:', model)", "reads model"),
    Case("displayed", "display(model)", "reads model"),
    Case("its type", "type(model)", "reads model"),
    Case("in a string", "f'{model!r}'", "reads model"),
    Case("printed in a loop", "for i, m in enumerate(models):\n  print(i, m)", "reads models"),
    Case("an attribute", "model.layers", "reads model, which is packed (line 1)"),
    Case("a method", "model.fit(x)", "reads model"),
    Case("a method of the value's", "model.summary", "reads model"),
    Case("a load of its own", "model.load('weights')", "reads model"),
    Case("called", "model(x)", "reads model"),
    Case("an item", "ds[0]", "reads ds"),
    Case("an item that is set", "ds[0] = 1", "reads ds"),
    Case("an attribute that is set", "model.x = 1", "reads model"),
    Case("put into an attribute", "x.model = model", "reads model"),
    Case("an operator", "ds + 1", "reads ds"),
    Case("an operator in place", "ds += 1", "reads ds"),
    Case("negated", "-ds", "reads ds"),
    Case("its truth", "if ds:\n  pass", "reads ds"),
    Case("compared", "ds == 1", "reads ds"),
    Case("contained", "1 in ds", "reads ds"),
    Case("handed on", "f(model)", "reads model"),
    Case("handed on by name", "f(a=model)", "reads model"),
    Case("its length", "len(ds)", "reads ds"),
    Case("isinstance", "isinstance(model, X)", "reads model"),
    Case("looped over", "xs = []\nfor i, m in enumerate(models):\n  xs.append(m)"),
    Case("in a comprehension", "[x for x in ds]", "reads ds"),
    Case("unpacked", "a, b = ds", "reads ds"),
    Case("spread", "[*ds]", "reads ds"),
    Case("a class that is packed", "Net()", "reads Net"),
    Case("an alias", "a = model\nb = a\nx = 1\nb.fit()", "reads model, which is packed (line 4)"),
    Case("out of a list", "xs = [1, model]\nxs[1].fit()", "reads model"),
    Case("out of a dict", "d = {'a': model}\nd['a'].fit()", "reads model"),
    Case("out of a list that was filled", "xs = []\nxs.append(model)\nxs[0].fit()", "reads model"),
    Case("out of a dict that was filled", "d = {}\nd['a'] = model\nd.get('a').fit()", "reads model"),
    Case("out of an unknown dict that was filled", "d['a'] = model\nd['a'].fit()", "reads model"),
    Case("out of the notebook's list", "models[0].fit()", "reads models"),
    Case("out of a table", "table[0][0].fit()", "reads table"),
    Case("each of a list", "for m in models:\n  m.fit()", "reads models"),
    Case("each of a list, in a comprehension", "[m.evaluate(x) for m in models]", "reads models"),
    Case("each of pairs", "for i, m in enumerate([model]):\n  m.fit()", "reads model"),
    Case("popped", "models.pop().fit()", "reads models"),
    Case("the list handed on", "f(models)", "reads models"),
    Case("the list put in order", "sorted(models)", "reads models"),
    Case("by a walrus", "(m := model)\nm.fit()", "reads model"),
    Case("by a choice", "m = None or model if x else 1\nm.fit()", "reads model"),
    Case("by a match", "match [model]:\n  case [m]:\n    m.fit()", "reads model"),
    Case("once round a loop", "for i in x:\n  if i:\n    m.fit()\n  m = model", "reads model"),
    Case("by a break", "while True:\n  m = model\n  break\nm.fit()", "reads model"),
    Case("by a finally that a break goes through", "while x:\n  try:\n    break\n  finally:\n    m = model\nm.fit()", "reads model"),
    Case("rebound in a finally", "try:\n  x()\nfinally:\n  model = 1\nmodel.fit()"),
    Case("past a class's own, in its comprehension", "class A:\n  tf = 1\n  y = [tf.x for i in z]", "reads tf"),
    Case("into itself, without an end", "xs = []\ndef f():\n  global xs\n  xs = [xs, model]\n  f()\nf"),
    Case("by a global", "def f():\n  global m\n  m = model\nf()\nm.fit()", "reads model"),
    Case("returned", "def f():\n  return model\nf()", "uses f"),
    Case("print is another", "print = x\nprint(model)", "reads model"),
    Case("an awaited one", "await model", "reads model"),
    # What can't be seen, and what can
    Case("exec", "exec(code)", uncertain=("exec",)),
    Case("exec of a text", "exec('import keras')", "imports keras"),
    Case("exec of a clean text", "exec('y = 1')"),
    Case("eval", "eval(x)", uncertain=("eval",)),
    Case("eval of a text", "eval('tf.x')", "reads tf"),
    Case("globals", "globals()[x]", uncertain=("globals()",)),
    Case("globals of a name", "globals()['model'].fit()", "reads model"),
    Case("locals", "locals()", uncertain=("locals()",)),
    Case("the shell's namespace", "get_ipython().user_ns['model']", uncertain=("get_ipython().user_ns",)),
    Case("getattr by a variable", "getattr(x, name)", uncertain=("getattr",)),
    Case("getattr by a text", "getattr(x, 'name', None)"),
    Case("exec as a value", "f = exec", uncertain=("exec",)),
    # Magics and the shell
    Case("the shell", "!python train.py --model tensorflow\nx = !pip list"),
    Case("pip", "%pip install tensorflow keras"),
    Case("another language", "%%bash\npython -c 'import tensorflow'"),
    Case("a file", "%%writefile model.py\nimport tensorflow as tf\ntf.x"),
    Case("a member in a shell line", "!echo {tf.__version__}", "reads tf"),
    Case("time", "%%time\nmodel.fit(x)", "reads model, which is packed (line 2)"),
    Case("time of a clean cell", "%%time\nx = 1"),
    Case("time of a line", "x = 1\n%time model.fit(x)", "reads model, which is packed (line 2)"),
    Case("timeit", "%timeit model.predict(x)", "reads model"),
    Case("timeit's own names", "%timeit -n 1 model = 1\nmodel.fit()", "reads model"),
    Case("capture", "%%capture out\nimport tensorflow", "imports tensorflow (line 2)"),
    Case("one in another", "%%capture\n%%time\ntf.x", "reads tf"),
    Case("matplotlib", "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'"),
    Case("tensorboard", "%load_ext tensorboard\n%tensorboard --logdir logs"),
    Case("a script", "%run train.py 1 2", "runs train.py, which imports keras (line 1)"),
    Case("a script's main", "%run main.py", "runs main.py, which reads main, which imports keras"),
    Case("a clean script", "%run plot.py"),
    Case("a script knows no names", "%run uses.py"),
    Case("a script that is given them", "%run -i uses.py", "runs uses.py, which reads model"),
    Case("a script that isn't found", "%run gone.py", uncertain=("%run",)),
    Case("a script that isn't Python", "%run broken.py", uncertain=("%run",)),
    Case("a module that is run", "%run -m lib.nets", "imports lib.nets"),
    Case("an unknown magic", "%unknown other", uncertain=("%unknown",)),
    Case("an unknown magic that names a result", "%unknown model", "reads model, which is packed (line 1)", ("%unknown",)),
    Case("an unknown magic over code", "%%unknown\nx = 1\nmodel.fit()", "reads model, which is packed (line 3)", ("%%unknown",)),
    Case("a module that reloads", "%aimport lib", "imports lib"),
    Case("what is asked about a framework", "tf.function?", "reads tf"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_cell_touches_by_what_it_executes(case):
    """One construct per case."""
    found = ask(case.source)
    if case.touches is None:
        assert str(found.reason) == "None"
    else:
        assert case.touches in str(found.reason)
    assert found.uncertain == case.uncertain
    assert bool(found) is (case.touches is not None)


def test_there_are_enough_cases_of_both_kinds():
    """The table is a table."""
    assert sum(case.touches is None for case in CASES) > 90
    assert sum(case.touches is not None for case in CASES) > 120


def test_a_reason_tells_what_kind_name_and_line():
    """In fields, and in a sentence."""
    reason = ask("x = 1\ntrain()").reason
    assert (reason.kind, reason.name, reason.line) == ("framework", "train", 2)
    assert reason.steps == ("uses train", "reads build", "reads keras")


def test_the_frameworks_can_be_chosen():
    """TensorFlow's legacy Keras goes with TensorFlow."""
    assert ask("import torch", frameworks={"torch"})
    assert not ask("import tensorflow, tf_keras", frameworks={"torch"})
    assert roots({"keras"}) == {"keras"}
    assert roots(FRAMEWORKS) == {"tensorflow", "keras", "tf_keras"}


def test_what_a_container_holds_is_seen_at_any_depth():
    """One that holds itself, too; beyond a thousand items it is data."""
    lost = Lost("model", "", "", "", "1")
    itself: list = [lost]
    itself.append(itself)
    for holding in ([("cnn", lost)], {"cnn": {"model": lost, "acc": 0.9}}, [[[lost]]], itself):
        assert Names({"runs": holding}, frozenset()).meaning("runs") == Holding((Packed(),))
    assert Names({"runs": [[1, lost]] * 900}, frozenset()).meaning("runs") == Holding((Packed(),))
    assert Names({"runs": [[1] for _ in range(1001)]}, frozenset()).meaning("runs") == Holding()


def test_a_definition_is_read_from_its_code():
    """What it reads and imports, nested functions included, of its own namespace only."""
    namespace: dict = {}
    source = "def f():\n  import keras.layers as k\n  def g():\n    from lib import nets\n    return tf.x\n  return g"
    exec(source, namespace)
    found = Definition.of(namespace["f"], namespace)
    assert found.reads == {"tf"}
    assert found.imports >= {"keras.layers", "lib", "lib.nets"}
    assert Definition.of(namespace["f"], {}) == Definition()


def test_code_that_is_nested_too_deeply_is_uncertain():
    """It isn't an error."""
    chain = {f"f{n}": reading(f"f{n + 1}") for n in range(2000)}
    assert ask("f0()", chain).uncertain == ("deeply nested code",)


def test_functions_that_call_each_other_take_no_long_time():
    """Each is followed once per state, not once per path to it."""
    lines = [f"def f{n}():\n  a = f{n + 1}()\n  b = f{n + 1}()\n  global g{n}\n  g{n} = a" for n in range(60)]
    assert not ask("\n".join(lines) + "\nf0()")
    assert calls(lambda: ask("\n".join(lines) + "\nf0()")) < 200_000


TYPICAL = """
import numpy as np
import matplotlib.pyplot as plt
from sklearn.metrics import accuracy_score
df = pd.read_csv("data/train.csv", index_col=0)
df = df[df["age"] > 3].copy()
def normalise(column, low=0.0, high=1.0):
    span = column.max() - column.min()
    return low + (column - column.min()) / span * (high - low)
for name in ["age", "fare", "size"]:
    df[name] = normalise(df[name])
    print(f"{name}: {df[name].mean():.3f}")
fig, ax = plt.subplots(1, 2, figsize=(10, 4))
ax[0].hist(df["age"], bins=30, color="steelblue")
ax[1].scatter(df["fare"], df["size"], s=3, alpha=0.5)
plt.show()
X = df[["age", "fare", "size"]].to_numpy()
y = df["target"].values
print(X.shape, y.shape, np.unique(y, return_counts=True))
print(accuracy_score(y, X[:, 0] > 0.5))
"""


def test_a_typical_cell_takes_few_calls():
    """Half a millisecond's worth: it comes before each cell that runs in the notebook itself."""
    recognise(TYPICAL, Known(NOTEBOOK))
    assert calls(lambda: recognise(TYPICAL, Known(NOTEBOOK))) < 8_000


# Cells made of pieces, each of which is valid wherever a statement is.
PIECES = [
    "x = 1", "m = model", "m.fit()", "xs = [m]", "xs[0].fit()", "def f():\n  return model.fit()", "f()", "f = 1",
    "model = 2", "del model", "import keras", "import numpy as np", "for x in xs:\n  xs.append(x)", "g = lambda: tf.x",
    "g()", "class A:\n  def f(self):\n    return f()", "A()", "try:\n  tf = x\nexcept E:\n  raise", "tf.x", "raise E",
    "while x:\n  m = xs\n  break", "if x:\n  m = 3", "[(m := y) for y in models]", "exec(x)", "from nowhere import *",
    "match m:\n  case [a, *b]:\n    a.x", "def h():\n  global m\n  m = models\n  m[0]", "h()", "with m as (a, b): pass",
    "m += xs", "m = {'a': {**d}, 'b': x} or y", "x = y if m is None else z", "async def k():\n  await m", "assert m",
]  # fmt: skip
UNRELATED = ["unrelated = 1", "print('unrelated')", "def unrelated(): pass", "import numpy as unrelated", "pass"]
NESTINGS = ["{}", "if c:\n{}", "for i in c:\n{}", "def fn():\n{}\nfn()", "try:\n{}\nfinally:\n  c", "with c:\n{}"]


@st.composite
def cells(draw) -> list[str]:
    """Statements, some of them nested."""
    found = []
    for piece in draw(st.lists(st.sampled_from(PIECES), max_size=8)):
        nesting = draw(st.sampled_from(NESTINGS))
        indented = "".join(f"  {line}\n" for line in piece.splitlines()) if "\n{}" in nesting else piece
        found.append(nesting.format(indented.rstrip("\n")))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells(), st.sampled_from(UNRELATED), st.integers(0, 8))
@example(["import keras"], "pass", 0)
def test_an_unrelated_statement_changes_nothing(statements, unrelated, place):
    """And no cell raises."""
    before = recognise("\n".join(statements), Known(NOTEBOOK))
    after = recognise("\n".join([*statements[:place], unrelated, *statements[place:]]), Known(NOTEBOOK))
    assert bool(after) is bool(before)


@pytest.mark.parametrize("module", ["ast", "dataclasses", "argparse", "contextlib", "enum", "inspect"])
def test_any_python_can_be_asked_about(module):
    """The standard library's modules as cells; some of them exec."""
    with open(sys.modules[module].__file__ if module in sys.modules else __import__(module).__file__) as stream:
        assert not recognise(stream.read(), Nothing())


# Where imports lead


@pytest.fixture
def project(tmp_path):
    """A function that writes files, into the project or beside the installed packages, and gives an `Imports`."""
    installed = tmp_path / "lib" / "site-packages"

    def write(sources: dict[str, str], **options) -> Imports:
        for name, source in sources.items():
            path = (installed / name[1:]) if name.startswith("@") else (tmp_path / "project" / name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return Imports([str(tmp_path / "project"), str(installed)], roots(FRAMEWORKS), **options)

    write.path = tmp_path / "project"
    return write


@dataclass(frozen=True)
class Lead:
    """Files, a module, and where importing it leads."""

    id: str
    files: dict[str, str]
    module: str
    leads: tuple[str, ...] | None = ()


LEADING = [
    Lead("a framework", {}, "keras.layers", ("keras.layers",)),
    Lead("the standard library", {}, "json.decoder"),
    Lead("a built-in module", {}, "sys"),
    Lead("nothing", {}, "gone", None),
    Lead(
        "a package without an __init__, in which another lies",
        {"space/inner/part.py": "import keras"},
        "space.inner.part",
        ("keras",),
    ),
    Lead("a module that imports one", {"a.py": "import tensorflow as tf"}, "a", ("tensorflow",)),
    Lead("through another", {"a.py": "import b", "b.py": "from keras import layers"}, "a", ("b", "keras")),
    Lead("a clean one", {"a.py": "import os, b", "b.py": "x = 1"}, "a"),
    Lead("a package", {"p/__init__.py": "", "p/m.py": "import keras"}, "p"),
    Lead("a module of a package", {"p/__init__.py": "", "p/m.py": "import keras"}, "p.m", ("keras",)),
    Lead("the package around", {"p/__init__.py": "import keras", "p/m.py": ""}, "p.m", ("p", "keras")),
    Lead("relative", {"p/__init__.py": "from . import m", "p/m.py": "import keras"}, "p", ("p.m", "keras")),
    Lead("relative, a name", {"p/__init__.py": "from .m import x", "p/m.py": "import keras"}, "p", ("p.m", "keras")),
    Lead("two up", {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/m.py": "from ..n import x", "p/n.py": "import keras"},
         "p.q.m", ("p.n", "keras")),
    Lead("from a package its module", {"a.py": "from p import m", "p/__init__.py": "", "p/m.py": "import keras"}, "a",
         ("p.m", "keras")),
    Lead("a namespace package", {"ns/m.py": "import keras"}, "ns.m", ("keras",)),
    Lead("the namespace alone", {"ns/m.py": "import keras"}, "ns"),
    Lead("in a circle", {"a.py": "import b", "b.py": "import a"}, "a"),
    Lead("in a circle and out", {"a.py": "import b", "b.py": "import a, keras"}, "a", ("b", "keras")),
    Lead("in a function", {"a.py": "def f():\n  import keras\nclass A:\n  def f(self):\n    import keras"}, "a"),
    Lead("in a class body", {"a.py": "class A:\n  import keras"}, "a", ("keras",)),
    Lead("in try", {"a.py": "try:\n  import keras\nexcept ImportError:\n  keras = None"}, "a", ("keras",)),
    Lead("for a platform", {"a.py": "import sys\nif sys.platform == 'x':\n  import keras"}, "a", ("keras",)),
    Lead("for type checkers", {"a.py": "import typing\nif typing.TYPE_CHECKING:\n  import keras"}, "a"),
    Lead("not for them", {"a.py": "from typing import *\nif not TYPE_CHECKING:\n  import keras"}, "a", ("keras",)),
    Lead("else", {"a.py": "if TYPE_CHECKING:\n  x\nelse:\n  import keras"}, "a", ("keras",)),
    Lead("when it is run", {"a.py": "if __name__ == '__main__':\n  import keras"}, "a"),
    Lead("by name", {"a.py": "import importlib\nk = importlib.import_module('keras')"}, "a", ("keras",)),
    Lead("what isn't Python", {"a.py": "import keras ="}, "a"),
    Lead("a name of the standard library", {"code.py": "import keras"}, "code", ("keras",)),
    Lead("an installed package", {"@pkg/__init__.py": "import keras"}, "pkg", ("keras",)),
    Lead("a clean installed package", {"@pkg/__init__.py": "def f():\n  import keras"}, "pkg"),
    Lead("an installed package's own files", {"@pkg/__init__.py": "from .m import x", "@pkg/m.py": "import keras"}, "pkg",
         ("pkg.m", "keras")),
    Lead("three deep", {**{f"@d{n}.py": f"import d{n + 1}" for n in range(3)}, "@d3.py": "import keras"}, "d0",
         ("d1", "d2", "d3", "keras")),
    Lead("four deep", {**{f"@d{n}.py": f"import d{n + 1}" for n in range(4)}, "@d4.py": "import keras"}, "d0"),
    Lead("one's own, ten deep", {**{f"d{n}.py": f"import d{n + 1}" for n in range(9)}, "d9.py": "import keras"}, "d5",
         ("d6", "d7", "d8", "d9", "keras")),
    Lead("through an installed package", {"a.py": "import pkg", "@pkg.py": "import keras"}, "a", ("pkg", "keras")),
    Lead("a package known to be harmless", {"@numpy.py": "import keras"}, "numpy"),
    Lead(
        "a package that loads its parts later",
        {"@prob/__init__.py": "from prob.python import *", "@prob/python/__init__.py": "def _lazy_load():\n    import keras"},
        "prob",
        ("prob.python", "keras"),
    ),
    Lead("a function of a module of one", {"@prob/__init__.py": "from prob import b", "@prob/b.py": "def f():\n    import keras"}, "prob"),
    Lead(
        "a module of such a package", {"@tqdm/__init__.py": "", "@tqdm/keras.py": "import keras"}, "tqdm.keras", ("keras",)
    ),
    Lead("one's own of that name", {"numpy.py": "import keras"}, "numpy", ("keras",)),
]  # fmt: skip


@pytest.mark.parametrize("case", LEADING, ids=lambda case: case.id)
def test_imports_are_followed(case, project):
    """By source; nothing is imported."""
    before = set(sys.modules)
    assert project(case.files).leads(case.module) == case.leads
    assert set(sys.modules) == before


def test_a_file_is_read_again_when_it_changes(project):
    """By its time and size."""
    imports = project({"a.py": "import os"})
    assert imports.leads("a") == ()
    project({"a.py": "import keras"})
    os.utime(project.path / "a.py", ns=(1, 1))
    assert imports.leads("a") == ("keras",)


def test_a_file_that_was_just_written_is_found(project):
    """Whatever the import system remembers of its folder."""
    imports = project({"a.py": "import os"})
    assert imports.leads("b") is None
    project({"b.py": "import keras"})
    assert imports.leads("b") == ("keras",)


def test_no_more_installed_files_are_read_than_allowed(project):
    """A question has an end."""
    wide = {"@w.py": "".join(f"import w{n}\n" for n in range(30)), **{f"@w{n}.py": "" for n in range(30)}}
    wide["@w29.py"] = "import keras"
    assert project(wide).leads("w") == ("w29", "keras")
    assert project(wide, files=10).leads("w") == ()


def test_a_module_without_source_is_unknown(project):
    """An extension module of one's own may import anything."""
    imports = project({"a.py": ""})
    (project.path / f"ext{next(iter(__import__('_imp').extension_suffixes()))}").write_bytes(b"")
    assert imports.leads("ext") is None


def test_imports_are_named_in_full():
    """And what is imported from a module may be one."""
    source = "from . import a\nfrom ..b import c as d\nimport e.f as g\nfrom h import *"
    assert list(executed(source, "p.q.m", package=False)) == ["p.q", "p.q.a", "p.b", "p.b.c", "e.f", "h"]


HOLDERS = {
    "partial": "functools.partial(train, 1)",
    "partial of a partial in a dict": "{'a': functools.partial(functools.partial(train), 1)}",
    "lru_cache": "functools.lru_cache(train)",
    "instance": "Runner(train)",
    "method": "Runner(train).go",
    "slots": "Slots([train])",
    "vectorize": "np.vectorize(train)",
    "deque": "collections.deque([train])",
    "namespace": "types.SimpleNamespace(step=train)",
    "staticmethod": "staticmethod(train)",
    "singledispatch": "functools.singledispatch(train)",
    "estimator": "FunctionTransformer(train)",
    "pipeline": "Pipeline([('a', FunctionTransformer(train))])",
    "lost": "types.SimpleNamespace(step=Lost('x', '', 'T', '', 'r1'))",
    "framework": "functools.partial(Reference('Dense', Import('keras.layers', 'Dense')), 1)",
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_a_function_is_recognised_in_whatever_holds_it(holder):
    """To call what leads to a function that trains is to train; to give it another name isn't."""
    code = """
import collections, functools, types
import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from isokernel.handles import Lost
from isokernel.payload import Import
from isokernel.references import Reference
keras = Reference("keras", Import("keras"))
class Runner:
    def __init__(self, step): self.step = step
    def go(self): pass
class Slots:
    __slots__ = ("steps",)
    def __init__(self, steps): self.steps = steps
def train(n=1): return keras.ops.ones(n)
def plain(n=1): return n
"""
    space = {"__name__": "__main__"}
    exec(code, space)
    exec(f"held = {holder}\nother = {holder.replace('train', 'plain')}", space)
    names = Names(space, roots(FRAMEWORKS))
    use = "held['a']()" if "dict" in holder or holder.startswith("{") else "held(1)"
    assert recognise(use, names)
    assert not recognise("again = held", names)
    if "train" in holder:
        assert not recognise(use.replace("held", "other"), names)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_to_be_harmless_is(name):
    """Those that are installed, searched as if nothing were known."""
    assert not Imports(sys.path, roots(FRAMEWORKS), known=frozenset()).leads(name)
