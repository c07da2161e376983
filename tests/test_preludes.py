"""End to end: source that runs at the start of every isolated cell, and what is told of setters without one."""

from __future__ import annotations

import pytest


def ours(reply):
    """Our lines below the cell, but for the declarations."""
    texts = [c["data"]["text/plain"] for c in reply.of("display_data")]
    return [text for text in texts if "prelude" in text]


@pytest.fixture(scope="module")
def own(start_kernel):
    """A kernel of these tests' own: what a prelude binds, the notebook has, too."""
    kernel = start_kernel("isokernel")
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(own):
    """It, without preludes."""
    assert own.run("%prelude --clear").ok
    return own


@pytest.mark.parametrize("head", ["%%prelude", "# %% prelude", "# %% prelude --name numbers"])
def test_a_prelude_runs_before_declared_and_undeclared_cells(kernel, head):
    """In both its forms; its output is shown once."""
    reply = kernel.run(f"{head}\nimport random\nrandom.seed(5)\nlimit = 10\nprint('defined')")
    assert reply.text() == "defined\n"
    draw = "import random\nprint(random.random(), limit)"
    first = kernel.run(f"%%isolated\n{draw}").text()
    assert first.endswith(" 10\n")
    assert kernel.run(f"%%isolated\n{draw}").text() == first
    assert kernel.run(f"%%isolated --auto\n{draw}").text() == first


def test_a_prelude_keeps_what_it_read(kernel):
    """As it was when the prelude was defined; the notebook has gone on since."""
    kernel.run("seeds = [3, 4]")
    assert kernel.run("# %% prelude\nfirst = seeds[0]").ok
    kernel.run("seeds.insert(0, 99); del first")
    assert kernel.run("%%isolated\nprint(first)").text() == "3\n"


def test_what_a_cell_is_given_wins(kernel):
    """Over the prelude's names, as if the prelude stood above it."""
    kernel.run("# %% prelude\nrate = 1\nimport random\nrandom.seed(1)")
    assert kernel.run("%%isolated -i rate=2\nprint(rate)").text() == "2\n"
    draw = "import random\nprint(random.random())"
    seeded = {kernel.run(f"%%isolated --seed {n}\n{draw}").text() for n in (1, 2, 2)}
    assert len(seeded) == 2


def test_a_prelude_that_fails_is_not_kept(kernel):
    """It is run once for its own errors."""
    reply = kernel.run("%%prelude\nimport math\nmath.sqrt(-1)")
    assert reply.error.startswith("ValueError")
    assert "line 3" in reply.traceback
    assert kernel.run("%%isolated\nprint('fine')").text() == "fine\n"


def test_a_prelude_that_fails_later_is_named(kernel):
    """With its own lines; the cell isn't run."""
    kernel.run("import os; os.environ.pop('GONE_BAD', None)")
    assert kernel.run("%%prelude --name fragile\nimport os\nassert 'GONE_BAD' not in os.environ").ok
    kernel.run("os.environ['GONE_BAD'] = '1'")
    reply = kernel.run("%%isolated\nprint('not run')")
    kernel.run("del os.environ['GONE_BAD']")
    assert reply.error.startswith("AssertionError")
    assert reply.text() == ""
    assert "assert 'GONE_BAD' not in os.environ" in reply.traceback
    assert "This is the prelude 'fragile'; the cell itself has not begun." in reply.traceback


def test_preludes_run_in_the_order_of_their_definition_and_keep_their_place(kernel):
    """One that is defined again takes the place of the one of its name."""
    kernel.run("%%prelude --name a\nseen = ['a']")
    kernel.run("%%prelude --name b\nseen.append('b')")
    kernel.run("%%prelude --name a\nseen = ['A']")
    assert kernel.run("%%isolated\nprint(seen)").text() == "['A', 'b']\n"
    kernel.run("%prelude --clear --name b")
    assert kernel.run("%%isolated\nprint(seen)").text() == "['A']\n"


def test_prelude_lists(kernel):
    """The preludes with what they cost, and what undeclared cells are given without one."""
    assert "There is no prelude." in kernel.run("%prelude").text()
    kernel.run("%%prelude --name slow\n# wait\nimport time\ntime.sleep(0.2)")
    text = kernel.run("%prelude").text()
    assert "slow: import time …   (2" in text
    assert " ms before each isolated cell)" in text
    assert "random stream of numpy" in text


def test_a_costly_prelude_says_so_when_it_is_defined(kernel):
    """Its time is paid before every isolated cell."""
    told = kernel.run("%%prelude\nimport time\ntime.sleep(0.2)").text("stderr")
    assert "from now on, which takes 0.2 s" in told
    assert "takes" not in kernel.run("%%prelude\nx = 1").text("stderr")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%%prelude --nam x\n1", "did you mean --name?"),
        ("%%prelude --name\n1", "a name has to follow"),
        ("%prelude --clear --name nobody", "no prelude has this name; there is none"),
        ("%prelude something", "%prelude has no option something"),
        ("%prelude --name x", "%%prelude, with the source below it, defines"),
        ("%%prelude\n# nothing", "EmptyCell"),
    ],
)
def test_a_line_that_cannot_be_meant(kernel, line, told):
    """Says so, before anything starts."""
    reply = kernel.run(line)
    assert not reply.ok
    assert told in (reply.traceback if reply.of("error") else reply.error)


def test_an_interrupted_prelude_interrupts_the_cell(kernel):
    """It is a part of the cell's run."""
    kernel.run("import os; os.environ.pop('WAIT', None)")
    kernel.run("%%prelude\nimport os, time\nif 'WAIT' in os.environ:\n    os.write(2, b'waiting')\n    time.sleep(60)")
    kernel.run("os.environ['WAIT'] = '1'")
    sent = []

    def interrupt(message):
        if "waiting" in message["content"].get("text", "") and not sent:
            sent.append(kernel.manager.interrupt_kernel())

    reply = kernel.run("%%isolated\n1", on_message=interrupt)
    kernel.run("del os.environ['WAIT']")
    assert sent
    assert reply.content["ename"] == "KeyboardInterrupt"


def test_a_setter_is_told_of_once_with_the_line_to_write(kernel):
    """And not at all where it is only defined."""
    seed = "%%isolated --auto\nimport numpy as np\nnp.random.seed(8)"
    assert ours(kernel.run(seed)) == [
        "`# %% prelude` in a cell's first line makes np.random.seed hold in declared cells, too."
    ]
    assert ours(kernel.run(seed)) == []
    assert ours(kernel.run("%%isolated --auto\nimport random\ndef f(): random.seed(1)")) == []


def test_a_sentence_of_ours_is_shown_as_prose_with_code_in_it(start_kernel):
    """What a user is to write stands out from it."""
    reply = start_kernel().run("%%isolated --auto\nimport numpy as np\nnp.random.seed(8)")
    (line,) = [shown["data"] for shown in reply.of("display_data")]
    assert "<code># %% prelude</code> in a cell&#x27;s first line" in line["text/html"]


def test_with_auto_a_setter_becomes_a_prelude(kernel):
    """With what it reads; defined again, it is replaced. Undeclared cells go on with their stream."""
    kernel.run("%config IsoKernel.prelude = 'auto'")
    try:
        kernel.run("SEED = 11")
        kernel.run("%%isolated --auto\nimport random\nrandom.seed(SEED)")
        kernel.run("SEED = None")
        draw = "import random\nprint(random.random())"
        assert kernel.run(f"%%isolated\n{draw}").text() == kernel.run(f"%%isolated\n{draw}").text()
        undeclared = [kernel.run(f"%%isolated --auto\n{draw}").text() for _ in range(2)]
        assert undeclared[0] != undeclared[1]
        assert "random.seed: random.seed(SEED)   (before each declared cell)" in kernel.run("%prelude").text()
    finally:
        kernel.run("%config IsoKernel.prelude = 'hint'")


def test_a_tracker_in_a_plain_cell_is_told_of(kernel, tmp_path):
    """It would never hear of what is trained elsewhere."""
    (tmp_path / "mlflow.py").write_text("def autolog(): pass\n")
    kernel.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport mlflow")
    reply = kernel.run("mlflow.autolog()")
    kernel.run("sys.path.pop(0)")
    assert ours(reply) == [
        "mlflow.autolog doesn't reach cells that run elsewhere; it in a cell that begins with `# %% prelude` does."
    ]


def test_a_run_of_a_tracker_that_ends_with_its_cell_is_told_of(kernel, tmp_path):
    """With the call that resumes it, which in a prelude is made in every cell."""
    (tmp_path / "wandb.py").write_text("def init(**options): print('run', options)\n")
    kernel.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    (told,) = ours(kernel.run("%%isolated --auto\nimport wandb\nwandb.init()"))
    assert told.startswith("What wandb.init began ends with this cell; wandb.init(id=…, resume='allow') in a cell that")
    kernel.run("# %% prelude\nimport wandb\nwandb.init(id='a', resume='allow')")
    assert kernel.run("%%isolated\nwandb.init()").text() == "run {}\n"
    kernel.run("sys.path.pop(0)")


def test_pandas_options_travel_with_undeclared_cells(kernel):
    """In both directions."""
    kernel.run("import pandas as pd\npd.set_option('display.precision', 2)")
    frame = "import pandas as pd\nprint(pd.DataFrame({'a': [1.23456]}))"
    assert "1.23\n" in kernel.run(f"%%isolated --auto\n{frame}").text()
    kernel.run("%%isolated --auto\nimport pandas as pd\npd.reset_option('display.precision')")
    assert "1.23456" in kernel.run(frame).text()
