"""Unit tests: the declaration's line, the values that go in, and the check of a cell against both.

Every refusal is tested to the letter.
"""

from __future__ import annotations

import builtins
import json
import os
import random
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isokernel.cell import analyse
from isokernel.declaration import (
    OPTIONS,
    Declaration,
    Input,
    check,
    comment_declaration,
    corrected,
    evaluate,
    hint,
    parse,
)
from isokernel.errors import BadOption, MissingInput, UnboundOutput, UndeclaredName
from isokernel.payload import Import, importable

PARSED = {
    "": Declaration(),
    "-i X": Declaration((Input("X"),)),
    "-i X,y": Declaration((Input("X"), Input("y"))),
    "-i X y, z ,w": Declaration(tuple(map(Input, "Xyzw"))),
    "-iX --input=y --input z": Declaration((Input("X"), Input("y"), Input("z"))),
    "-i X,-o m": Declaration((Input("X"),), ("m",)),
    "-o a,b -o a --output c": Declaration(outputs=("a", "b", "c")),
    "-i lr=0.01": Declaration((Input("lr", "0.01"),)),
    "-i a=-1,b=2": Declaration((Input("a", "-1"), Input("b", "2"))),
    "-i a=max(b, c) d": Declaration((Input("a", "max(b, c)"), Input("d"))),
    "-i a=[1, 2][0],b={'k': (3, 4)}": Declaration((Input("a", "[1, 2][0]"), Input("b", "{'k': (3, 4)}"))),
    "-i a='b, c' -i d=\"it's -o\"": Declaration((Input("a", "'b, c'"), Input("d", '"it\'s -o"'))),
    "-i f=(lambda x: x+1) -o g": Declaration((Input("f", "(lambda x: x+1)"),), ("g",)),
    "-i a=f'{b} {c}' d": Declaration((Input("a", "f'{b} {c}'"), Input("d"))),
    "-i a=b==c": Declaration((Input("a", "b==c"),)),
    "-i X -i X": Declaration((Input("X"),)),
    "-i größe -o naïve": Declaration((Input("größe"),), ("naïve",)),
    "--cold": Declaration(cold=True),
    "--env A=1 --env=B=2": Declaration(env=(("A", "1"), ("B", "2"))),
    "--env A='b c' --env 'D=e f' --env G=": Declaration(env=(("A", "b c"), ("D", "e f"), ("G", ""))),
    "--env A=/x:$HOME{y}\\z#": Declaration(env=(("A", "/x:$HOME{y}\\z#"),)),
    "--seed 3": Declaration(seed=3),
    "--seed=4294967295 --seed 4294967295": Declaration(seed=2**32 - 1),
    "--timeout 10m --memory 80%": Declaration(timeout=600.0, memory="80%"),
    "--linger=90 --keep-children": Declaration(linger=90.0, keep_children=True),
    "  -i X   --cold  ": Declaration((Input("X"),), cold=True),
}


@pytest.mark.parametrize("line", PARSED)
def test_a_line_is_parsed(line):
    """Blanks and commas separate, but not inside brackets and strings."""
    assert parse(line) == PARSED[line]


@pytest.mark.parametrize("line", PARSED)
def test_a_declaration_is_written_as_it_is_parsed(line):
    """In both forms."""
    declaration = PARSED[line]
    assert parse(comment_declaration(declaration.line())) == declaration
    assert parse(declaration.magic().removeprefix("%%isolated")) == declaration


def test_a_declaration_is_written_in_one_way():
    """Names that stand together stay together; each expression has a flag of its own."""
    declaration = parse("--seed=7 --cold -o a b -i X y lr=0.01,n=1 -i Z --env A='b c'")
    assert declaration.line() == (
        "# %% isolated -i X,y -i lr=0.01 -i n=1 -i Z -o a,b --cold --env A='b c' --seed 7"
    )  # fmt: skip
    assert Declaration().line() == "# %% isolated"
    assert Declaration().magic() == "%%isolated"


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), st.text(st.characters(exclude_categories=["C", "Z"]))
    )
)
def test_any_variable_survives_being_written(env):
    """Quotes, dollars, brackets and all."""
    declaration = Declaration(env=tuple(env.items()))
    assert parse(declaration.magic().removeprefix("%%isolated")) == declaration


BAD = {
    "--timout 10m": "%%isolated has no option --timout; did you mean --timeout?",
    "--timeout soon": "%%isolated --timeout soon: a time is a number with s, m or h, as in --timeout 2h",
    "--memory lots": "%%isolated --memory lots: a size is a number with K, M, G or %, as in --memory 8G",
    "--keep-children=1": "%%isolated --keep-children: takes no value",
    "--outptu x": "%%isolated has no option --outptu; did you mean --output?",
    "--frobnicate": "%%isolated has no option --frobnicate; %%isolated? lists the options.",
    "-input X": "%%isolated has no option -input; did you mean --input?",
    "-x": "%%isolated has no option -x; %%isolated? lists the options.",
    "X": "%%isolated has no option X; %%isolated? lists the options.",
    "--cold X": "%%isolated has no option X; %%isolated? lists the options.",
    "--cold=1": "%%isolated --cold: takes no value",
    "-i": "%%isolated -i: names are missing after it, as in -i X,y",
    "-i , -o a": "%%isolated -i: names are missing after it, as in -i X,y",
    "--input --cold": "%%isolated --input: names are missing after it, as in -i X,y",
    "-o": "%%isolated -o: names are missing after it, as in -o model",
    "-i class": "%%isolated -i class: class isn't a name",
    "-i 3": "%%isolated -i 3: 3 isn't a name",
    "-i X[0]": "%%isolated -i X[0]: only names go in; give it one, as in -i name=X[0]",
    "-i m.layers": "%%isolated -i m.layers: only names go in; give it one, as in -i name=m.layers",
    "-i lr = 3": "%%isolated -i =: write name=expression without blanks around the =",
    "-i lr=": "%%isolated -i lr=: write name=expression without blanks around the =",
    "-i =3": "%%isolated -i =3: write name=expression without blanks around the =",
    "-i if=3": "%%isolated -i if=3: if isn't a name",
    "-i f=lambda x: x": (
        "%%isolated -i f=lambda: lambda isn't a Python expression; one with blanks in it goes into parentheses"
    ),
    "-i a=b:=1": "%%isolated -i a=b:=1: b:=1 isn't a Python expression; one with blanks in it goes into parentheses",
    "-i a=(1, b": "%%isolated -i a=(1, b: a bracket or a quote isn't closed",
    "-i X # later": "%%isolated -i # later: # later isn't a name",
    "-i lr=1 -i lr=2": "%%isolated -i lr=2: lr is given twice, with different values",
    "-i lr -i lr=2": "%%isolated -i lr=2: lr is given twice, with different values",
    "-o a.b": "%%isolated -o a.b: a.b isn't a name",
    "-o a=1": "%%isolated -o a=1: a=1 isn't a name",
    "--env": "%%isolated --env: a value is missing after it, as in --env TF_CPP_MIN_LOG_LEVEL=3",
    "--env A": "%%isolated --env A: write NAME=VALUE, as in --env TF_CPP_MIN_LOG_LEVEL=3",
    "--env =1": "%%isolated --env : write NAME=VALUE, as in --env TF_CPP_MIN_LOG_LEVEL=3",
    "--env A='b": "%%isolated --env: a quote isn't closed",
    "--env A=1 --env A=2": "%%isolated --env A: A is given twice, with different values",
    "--seed": "%%isolated --seed: a value is missing after it, as in --seed 42",
    "--seed x": "%%isolated --seed x: a seed is a whole number from 0 to 4294967295",
    "--seed -1": "%%isolated --seed -1: a seed is a whole number from 0 to 4294967295",
    "--seed 4294967296": "%%isolated --seed 4294967296: a seed is a whole number from 0 to 4294967295",
    "--seed 1 --seed 2": "%%isolated --seed 2: the seed is given twice, with different values",
}  # fmt: skip


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_refused_in_one_line(line):
    """An option that doesn't work yet is an unknown option."""
    with pytest.raises(BadOption) as caught:
        parse(line)
    assert str(caught.value) == BAD[line]


def test_an_open_quote_is_refused():
    """How Python's tokenizer tells it differs between versions; that it is refused doesn't."""
    with pytest.raises(BadOption, match="-i a='b"):
        parse("-i a='b")


def test_every_option_is_documented_once():
    """The table is what help is made from."""
    assert [option.flags for option in OPTIONS] == [
        ("-i", "--input"), ("-o", "--output"), ("--auto",), ("--cold",), ("--env",), ("--seed",),
        ("--gpus",), ("--timeout",), ("--memory",), ("--keep-children",), ("--pdb",), ("--linger",), ("--packed",),
    ]  # fmt: skip
    assert all(option.help for option in OPTIONS)


COMMENTS = {
    "# %% isolated": "",
    "# %% isolated  \nx": "",
    "# %% isolated -i X,y -o m  \nm = 1": "-i X,y -o m",
    "#%% isolated --cold\r\nx": "--cold",
    "#  %%  isolated\t-i X": "-i X",
    "# %% isolated thoughts": None,
    "# %% isolated - a title": None,
    "# %% isolated [markdown]": None,
    "# %% isolated_foo": None,
    "# %% not isolated": None,
    "# %%isolated -i X": None,
    "# isolated -i X": None,
    "\n# %% isolated -i X": None,
    "x\n# %% isolated -i X": None,
    "": None,
}


@pytest.mark.parametrize("source", COMMENTS)
def test_a_comment_is_a_declaration_in_the_first_line_only(source):
    """With nothing but options after it: titles and commented-out magics stay what they are."""
    assert comment_declaration(source) == COMMENTS[source]


CORRECTED = {
    "%%isolated": "%%isolated -i a,b",
    "%%isolated -i X -o m": "%%isolated -i X,a,b -o m",
    "%%isolated   -i X,y   -o m ": "%%isolated   -i X,y,a,b   -o m",
    "%%isolated -i X y -o m": "%%isolated -i X y a b -o m",
    "%%isolated -o m -i X": "%%isolated -o m -i X,a,b",
    "%%isolated -iX --cold": "%%isolated -iX,a,b --cold",
    "%%isolated --input=X": "%%isolated --input=X,a,b",
    "%%isolated -i lr=0.1 -o m": "%%isolated -i a,b -i lr=0.1 -o m",
    "%%isolated -i lr=0.1 -i X -o m": "%%isolated -i lr=0.1 -i X,a,b -o m",
    "# %% isolated -o m": "# %% isolated -i a,b -o m",
    "#%% isolated -i X": "#%% isolated -i X,a,b",
}


@pytest.mark.parametrize("line", CORRECTED)
def test_a_corrected_line_keeps_what_was_written(line):
    """Names join the first plain group, or get a flag of their own in front."""
    assert corrected(line, ("a", "b")) == CORRECTED[line]


@pytest.fixture
def notebook() -> dict[str, object]:
    """A namespace as IPython's, with what the tests define in it."""
    return {"__name__": "__main__", "__builtins__": builtins, "In": [""], "Out": {}, "_": "", "_i1": "x", "open": open}


def test_values_come_in_order(notebook):
    """Names by themselves, expressions with the inputs before them."""
    notebook |= {"X": [1], "lr": "stale"}
    values = evaluate(parse("-i n=len(X) -i X -i lr=0.1 -i steps=int(n/lr)"), notebook)
    assert list(values.items()) == [("n", 1), ("X", [1]), ("lr", 0.1), ("steps", 10)]
    assert values["X"] is notebook["X"]


def test_an_earlier_input_is_seen_inside_of_an_expression_too(notebook):
    """A comprehension or a lambda in it must not find the notebook's variable of that name."""
    notebook["lr"] = "stale"
    values = evaluate(parse("-i lr=2 -i all=[lr*k for k in (1,2)] -i f=(lambda: lr)"), notebook)
    assert values["all"] == [2, 4]
    assert values["f"]() == 2


def test_a_function_made_by_an_expression_is_the_notebooks(notebook):
    """So that it reads the namespace of the cell it will run in, as any function of the notebook."""
    assert evaluate(parse("-i f=(lambda: x)"), notebook)["f"].__globals__ is notebook


def test_evaluating_leaves_the_namespace_alone():
    """Not even builtins are put into it."""
    namespace = {"X": 1}
    evaluate(parse("-i X -i y=X+1 -i z=[X for _ in 'ab']"), namespace)
    assert namespace == {"X": 1}


def test_a_missing_input_is_named_with_the_nearest(notebook):
    """Before any expression is evaluated."""
    notebook["X_train"] = 1
    with pytest.raises(MissingInput) as caught:
        evaluate(parse("-i a=1/0 -i X_tran"), notebook)
    assert str(caught.value) == "-i X_tran: the notebook has no variable X_tran. Did you mean X_train?"


def test_a_missing_input_in_a_large_notebook(notebook):
    """The nearest name is looked for among those that begin alike."""
    notebook |= {f"v{i}": i for i in range(100_000)} | {"learning_rate": 1}
    with pytest.raises(MissingInput, match=r"Did you mean learning_rate\?"):
        evaluate(parse("-i learning_rat"), notebook)


def test_an_expression_that_raises_raises_the_users_exception(notebook):
    """As itself, with a note."""
    with pytest.raises(ZeroDivisionError) as caught:
        evaluate(parse("-i a=1/0"), notebook)
    assert str(caught.value) == "division by zero"
    assert caught.value.__notes__ == ["This was raised by -i a=1/0; nothing was started."]


def run_check(notebook: dict[str, object], line: str, source: str) -> dict[str, Import]:
    """What :mod:`isokernel.run` does with a cell before it starts anything."""
    declared = comment_declaration(line)
    declaration = parse(line.removeprefix("%%isolated") if declared is None else declared)
    values = evaluate(declaration, notebook)
    return check(declaration, analyse(f"{line if declared else '#'}\n{source}"), notebook, line=line, values=values)


def define(notebook: dict[str, object], source: str) -> None:
    exec(source, notebook)


UNDECLARED = {
    "one": (
        "lr = 1",
        "%%isolated -o m",
        "m = 1\nm += lr",
        "The cell reads lr from the notebook; declare it with -i:\n\n    %%isolated -i lr -o m\n\nline 3 reads lr",
    ),
    "two": (
        "X = y = 1",
        "# %% isolated -o m",
        "m = y\nX",
        "The cell reads y, X from the notebook; declare them with -i:\n\n    # %% isolated -i y,X -o m\n\n"
        "line 2 reads y\nline 3 reads X",
    ),
    "through a function": (
        "learning_rate = 0.1\ndef create_and_train_model(X): return X * learning_rate\nX = 1",
        "%%isolated -i X,create_and_train_model -o model",
        "model = create_and_train_model(X)",
        "The cell reads learning_rate from the notebook; declare it with -i:\n\n"
        "    %%isolated -i X,create_and_train_model,learning_rate -o model\n\n"
        "line 2 reads learning_rate (create_and_train_model -> learning_rate)",
    ),
    "through an undeclared function": (
        "lr = 1\ndef g(): return lr\ndef f(): return g()",
        "%%isolated",
        "f()",
        "The cell reads f, g, lr from the notebook; declare them with -i:\n\n    %%isolated -i f,g,lr\n\n"
        "line 2 reads f\nline 2 reads g (f -> g)\nline 2 reads lr (f -> g -> lr)",
    ),
    "through a class": (
        "units = 1\nclass Model:\n  def build(self): return units",
        "%%isolated -i Model",
        "\nModel()",
        "The cell reads units from the notebook; declare it with -i:\n\n    %%isolated -i Model,units\n\n"
        "line 3 reads units (Model -> units)",
    ),
    "through the value of an expression": (
        "lr = 1\ndef f(): return lr",
        "%%isolated -i g=f",
        "g()",
        "The cell reads lr from the notebook; declare it with -i:\n\n    %%isolated -i lr -i g=f\n\n"
        "line 2 reads lr (g -> lr)",
    ),
    "in a function of the cell": (
        "lr = 1",
        "%%isolated",
        "def f():\n  return lr",
        "The cell reads lr from the notebook; declare it with -i:\n\n    %%isolated -i lr\n\nline 3 reads lr",
    ),
    "an input that the cell doesn't read": (
        "lr = 1\ndef f(): return lr",
        "%%isolated -i f -o f",
        "pass",
        "The cell reads lr from the notebook; declare it with -i:\n\n    %%isolated -i f,lr -o f\n\n"
        "line 1 reads lr (f -> lr)",
    ),
    "a builtin's name": (
        "iter = 100",
        "%%isolated",
        "print(iter)",
        "The cell reads iter from the notebook; declare it with -i:\n\n    %%isolated -i iter\n\nline 2 reads iter",
    ),
    "a module made at run time": (
        "import types; settings = types.ModuleType('settings')",
        "%%isolated",
        "settings.lr",
        "The cell reads settings from the notebook; declare it with -i:\n\n    %%isolated -i settings\n\n"
        "line 2 reads settings",
    ),
    "in a loop, before it is bound there": (
        "total = 1",
        "%%isolated",
        "for i in [1, 2]:\n  print(total)\n  total = i",
        "The cell reads total from the notebook; declare it with -i:\n\n    %%isolated -i total\n\nline 3 reads total",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDECLARED)
def test_an_undeclared_read_comes_with_the_line_to_paste(notebook, case):
    """With every such name, the line it is read in, and the functions on the way."""
    setup, line, source, told = UNDECLARED[case]
    define(notebook, setup)
    with pytest.raises(UndeclaredName) as caught:
        run_check(notebook, line, source)
    assert str(caught.value) == told
    run_check(notebook, caught.value.corrected, source)


PASSING = {
    "names that the notebook lacks are left to Python": ("", "", "nowhere"),
    "names bound by the cell": ("x = 1", "", "x = 2\nx"),
    "names possibly bound by the cell": ("x = 1", "", "if c():\n  x = 2\nx"),
    "IPython's own": ("", "", "In, Out, _, _i1, open, exit, get_ipython"),
    "functions that read what the cell binds": ("lr = 1\ndef f(): return lr", "-i f", "lr = 2\nf()"),
    "functions that read what is declared": ("lr = 1\ndef f(): return lr", "-i f -i lr=2", "f()"),
    "functions that read what is nowhere": ("def f(): return nowhere", "-i f", "f()"),
    "functions of a library": ("from json import dumps", "", "dumps(1)"),
    "functions inside other values": ("lr = 1\nfs = [lambda: lr]", "-i fs", "fs[0]()"),
    "functions where exec may bind": ("lr = 1\ndef f(): return lr", "-i f", "exec('lr = 2')\nf()"),
    "functions that call each other": ("def f(): return g()\ndef g(): return f()", "-i f,g", "f()"),
    "an output that is an input": ("X = 1", "-i X -o X", "X.append(1)"),
    "an output bound in a function": ("", "-o x", "def f():\n  global x\n  x = 1\nf()"),
    "an output that a star import may bind": ("", "-o x", "from json import *"),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_is_not_definitely_missing_passes(notebook, case):
    """Doubt is Python's to settle, when the cell runs."""
    setup, options, source = PASSING[case]
    define(notebook, setup)
    run_check(notebook, f"%%isolated {options}", source)


def test_an_output_that_is_never_bound_is_refused(notebook):
    """With the nearest name that is."""
    with pytest.raises(UnboundOutput) as caught:
        run_check(notebook, "%%isolated -o modle", "model = 1")
    assert str(caught.value) == "-o modle: the cell never assigns modle. Did you mean model?"


def test_imports_are_not_state(notebook):
    """Modules and what they have are imported by the worker, if the cell or a function it is given reads them."""
    define(notebook, "import json, os.path as p, sys\nfrom json import dumps as d, JSONDecoder\nfrom math import sqrt")
    define(notebook, "def f(): return sqrt(1)")
    assert run_check(notebook, "%%isolated -i f", "json, p\nd(JSONDecoder)\nif c():\n  f()") == {
        "json": Import("json"),
        "p": Import(os.path.__name__),
        "d": Import("json", "dumps"),
        "JSONDecoder": Import("json.decoder", "JSONDecoder"),
        "sqrt": Import("math", "sqrt"),
    }


def test_a_declared_module_is_not_imported_as_well(notebook):
    """What is declared goes in as declared."""
    define(notebook, "import json")
    assert run_check(notebook, "%%isolated -i json", "json") == {}


def test_what_the_notebook_defined_is_not_importable(notebook):
    """Nor are data, even where a module has them."""
    define(notebook, "class A: pass\ndef f(): pass")
    for value in (notebook["A"], notebook["f"], notebook["A"](), 3, [1], sys.path, None):
        assert importable("path", value) is None


def test_a_method_of_a_modules_hidden_object_is_found_where_it_stands():
    """``numpy.random.randn`` doesn't know its own place; ``random.random`` is of that kind."""
    assert importable("random", random.random) == Import("random", "random")
    assert importable("other", random.random) is None


def test_a_name_that_now_means_something_else_is_not_importable(monkeypatch):
    """It must be that very object, not one of the same name."""
    original = json.dumps
    monkeypatch.setattr(json, "dumps", lambda: None)
    assert importable("dumps", original) is None


def test_a_lazy_module_is_found_unloaded_by_its_parent_and_loaded_by_its_name(monkeypatch):
    """``tensorflow.keras`` is one; looking must not load it."""

    class Lazy(types.ModuleType):
        def __init__(self):
            pass

        def __getattr__(self, name):
            raise AssertionError(f"asked for {name}")

    lazy = Lazy()
    monkeypatch.setattr(json, "lazy", lazy, raising=False)
    assert importable("lazy", lazy) == Import("json", "lazy")
    vars(lazy)["__name__"] = "json.decoder"
    assert importable("lazy", lazy) == Import("json.decoder")


def test_only_names_that_are_read_are_looked_up():
    """However many the notebook has."""

    class Counting(dict):
        asked = 0

        def get(self, *arguments):
            type(self).asked += 1
            return super().get(*arguments)

        def __iter__(self):
            raise AssertionError("scanned")

    namespace = Counting({f"v{i}": i for i in range(1000)}, X=1)
    check(parse("-i X"), analyse("X, nowhere, print"), namespace, line="%%isolated -i X")
    assert namespace.asked < 10


def test_a_hint_for_a_name_error_is_one_paragraph(notebook):
    """With the same corrected line; nothing, where the notebook can't help."""
    notebook["lr"] = 1
    assert hint("lr", notebook, parse("-o m"), "%%isolated -o m") == (
        "The notebook has a variable lr, but this cell was not given it; declare it with -i: %%isolated -i lr -o m"
    )
    assert hint("lr", notebook, parse("-o m")).endswith(": # %% isolated -i lr -o m")
    assert hint("nowhere", notebook, parse("")) == ""
    assert hint("In", notebook, parse("")) == ""
    assert hint("lr", notebook, parse("-i lr")) == ""
