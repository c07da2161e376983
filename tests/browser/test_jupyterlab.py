"""What a user does in JupyterLab, cell by cell: end to end, in a browser."""

from __future__ import annotations

import re

import pytest

from .conftest import picture
from .page import PATIENCE, Notebook

pytestmark = pytest.mark.browser


def test_the_launchers_tile_makes_a_notebook_with_this_kernel(page, server):
    """And a cell that declares itself isolated runs in it."""
    notebook = Notebook(page, server.url)
    page.goto(f"{server.url}lab?reset")
    page.locator(".jp-LauncherCard[data-category='Notebook']", has_text="Python 3 (isokernel)").click()
    notebook.ready()
    notebook.expect(notebook.panel.locator(".jp-KernelName")).to_have_text("Python 3 (isokernel)")
    notebook.select(1)
    page.keyboard.insert_text("# %% isolated -o answer\nanswer = 6 * 7\nprint(answer)")
    notebook.run(1)
    notebook.shows(1, "42")


def test_an_undeclared_training_is_seen_as_in_any_kernel(open_notebook, page):
    """Its bars stand below it, its curve is plotted, and a quiet line says what crossed: README's picture."""
    page.set_viewport_size({"width": 960, "height": 828})
    notebook = open_notebook(
        "import keras\nimport matplotlib.pyplot as plt\nimport numpy as np",
        "X = np.random.default_rng(0).normal(size=(2048, 8)).astype('float32')\ny = X.sum(axis=1)",
        "model = keras.Sequential([keras.layers.Dense(32, 'relu'), keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse', metrics=['mae'])\n"
        "history = model.fit(X, y, epochs=5).history",
        "plt.figure(figsize=(5, 2))\nplt.plot(history['loss'], label='loss')\nplt.plot(history['mae'], label='mae')\nplt.legend();",
        kernel="isokernel",
    )  # fmt: skip
    page.locator(".lm-TabBar-tab[data-id='filebrowser']").click()  # the side bar goes
    notebook.expect(page.locator("#jp-left-stack")).to_be_hidden()
    for number in (1, 2, 3):
        notebook.run(number)
    notebook.shows(3, r"Epoch 5/5\s+64/64 ━")
    notebook.shows(3, "# %% isolated -i X,y -o ")
    notebook.run(4)
    notebook.expect(notebook.output(4, "img")).to_be_visible()
    picture(notebook.panel, "jupyterlab")


def test_a_bar_of_keras_moves_before_its_cell_ends(open_notebook, server):
    """It is seen in the middle of an epoch that waits there."""
    go = server.notebooks / "on"
    notebook = open_notebook(
        "import keras, numpy, pathlib, time\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse')\n"
        "def halfway(batch, logs):\n"
        "    while batch == 32 and not pathlib.Path('on').exists(): time.sleep(0.05)\n"
        "model.fit(numpy.ones((2048, 8)), numpy.ones(2048), callbacks=[keras.callbacks.LambdaCallback(on_train_batch_begin=halfway)])",
        kernel="isokernel",
    )
    notebook.start(1)
    notebook.shows(1, r"[1-9]\d?/64 ━")
    notebook.prompt(1, r"\[\*\]:")
    assert "64/64" not in notebook.text(1)
    go.touch()
    notebook.shows(1, "64/64 ━")
    notebook.prompt(1, r"\[1\]:")


def test_a_plot_of_an_isolated_cell_is_shown(open_notebook):
    """As the picture that it is in a plain cell."""
    notebook = open_notebook(
        "# %% isolated\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(4, 2))\nplt.plot([3, 1, 2]);"
    )
    notebook.run(1)
    picture = notebook.output(1, "img")
    notebook.expect(picture).to_be_visible(timeout=PATIENCE)
    assert picture.evaluate("image => image.naturalWidth") > 300


def test_the_stop_button_interrupts_a_cell_and_those_behind_it(open_notebook):
    """The traceback is that of an interrupt, the notebook goes on, what was queued is not run."""
    notebook = open_notebook(
        "# %% isolated\nimport time\nprint('begun')\ntime.sleep(600)",
        "print('behind')",
        "print('goes on')",
    )
    notebook.start(1)
    notebook.start(2)
    notebook.shows(1, "begun")
    notebook.button("interrupt")
    notebook.shows(1, "KeyboardInterrupt")
    notebook.ready()
    notebook.run(3)
    notebook.shows(3, "goes on")
    assert notebook.output(2).count() == 0


def test_a_question_is_answered_in_its_box(open_notebook):
    """It is asked below the cell that asks, and the cell goes on with the answer."""
    notebook = open_notebook("# %% isolated -o name\nname = input('Who? ')\nprint(f'Hello, {name}.')", "name")
    notebook.start(1)
    box = notebook.output(1, "input.jp-Stdin-input")
    notebook.expect(box).to_be_visible(timeout=PATIENCE)
    box.fill("Ada")
    box.press("Enter")
    notebook.shows(1, r"Hello, Ada\.")
    notebook.run(2)
    notebook.shows(2, "'Ada'")


def test_a_progress_widget_moves_while_its_cell_runs(open_notebook):
    """Half of the way is seen while the cell waits, and the whole of it afterwards."""
    notebook = open_notebook(
        "# %% isolated\n"
        "import ipywidgets\n"
        "bar = ipywidgets.IntProgress(max=10, description='Loading')\n"
        "display(bar)\n"
        "for i in range(10):\n"
        "    if i == 5: input('Half. On? ')\n"
        "    bar.value = i + 1"
    )
    notebook.start(1)
    progress = notebook.output(1, ".progress-bar")
    notebook.expect(progress).to_have_attribute("style", re.compile("width: 50%"), timeout=PATIENCE)
    notebook.prompt(1, r"\[\*\]:")
    notebook.output(1, "input.jp-Stdin-input").press("Enter")
    notebook.expect(progress).to_have_attribute("style", re.compile("width: 100%"), timeout=PATIENCE)
    notebook.prompt(1, r"\[1\]:")


def test_a_slider_is_heard_by_the_cell_that_runs(open_notebook):
    """What a user moves in the page is in the isolated cell at once, though the cell holds its main thread."""
    notebook = open_notebook(
        "# %% isolated -o chosen\n"
        "import threading, ipywidgets\n"
        "slider, moved = ipywidgets.IntSlider(value=3, max=9), threading.Event()\n"
        "slider.observe(lambda change: moved.set(), 'value')\n"
        "display(slider)\n"
        "assert moved.wait(60)\n"
        "chosen = slider.value",
        "chosen",
    )
    notebook.start(1)
    readout = notebook.output(1, ".widget-readout")
    notebook.expect(readout).to_have_text("3", timeout=PATIENCE)
    readout.fill("8")
    readout.press("Enter")
    notebook.prompt(1, r"\[1\]:")
    notebook.run(2)
    notebook.shows(2, "8")


def test_what_a_widget_prints_after_its_cell_is_caught_by_an_output(open_notebook):
    """With --linger; `interact` works by that."""
    notebook = open_notebook(
        "# %% isolated --linger 10m\nimport ipywidgets\n@ipywidgets.interact(x=(0, 9))\ndef look(x=3): print('x is', x)"
    )
    notebook.run(1)
    notebook.shows(1, "x is 3")
    readout = notebook.output(1, ".widget-readout")
    readout.fill("8")
    readout.press("Enter")
    notebook.shows(1, "x is 8")
    assert "x is 3" not in notebook.text(1)


def test_finished_widgets_are_there_when_their_page_is_loaded_again(open_notebook, page):
    """As an ordinary kernel's are, though the process that made them has ended."""
    notebook = open_notebook(
        "# %% isolated\n"
        "import ipywidgets\n"
        "out = ipywidgets.Output()\n"
        "with out: print('caught')\n"
        "display(out)\n"
        "ipywidgets.IntProgress(value=3, max=4)",
    )
    notebook.run(1)
    notebook.shows(1, "caught")
    page.keyboard.press("Control+s")
    notebook.expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    page.reload()
    notebook.ready()
    notebook.shows(1, "caught")
    progress = notebook.output(1, ".progress-bar")
    notebook.expect(progress).to_have_attribute("style", re.compile("width: 75%"), timeout=PATIENCE)


def test_a_cell_with_the_tag_isolated_runs_elsewhere(open_notebook, page):
    """The tag is given as a user gives it, in the side bar of the cell's properties."""
    notebook = open_notebook("import os; here = os.getpid()", "os.getpid() == here")
    notebook.run(1)
    notebook.run(2)
    notebook.shows(2, "True")
    notebook.select(2)
    page.locator("[data-id='jp-property-inspector']").click()
    page.get_by_text("Common Tools").click()
    page.get_by_placeholder("Add Tag").click()
    page.keyboard.insert_text("isolated")
    page.keyboard.press("Enter")
    notebook.run(2)
    notebook.shows(2, "False")


def test_tab_completes_names_on_the_line_of_a_declaration(open_notebook):
    """With those that the notebook has."""
    notebook = open_notebook("samples = [3, 1, 2]", "# %% isolated -i sam")
    notebook.run(1)
    notebook.select(2)
    notebook.complete("samples")
    notebook.expect(notebook.editor(2)).to_have_text("# %% isolated -i samples")


def test_tab_and_shift_tab_know_keras(open_notebook, page):
    """Though the notebook never imports it."""
    notebook = open_notebook(
        "import keras", "keras.utils.set_random_seed(1)", "keras.layers.Conv3DTr", kernel="isokernel"
    )
    notebook.run(1)
    notebook.run(2)
    notebook.select(3)
    notebook.complete("Conv3DTranspose")
    notebook.expect(notebook.editor(3)).to_have_text("keras.layers.Conv3DTranspose")
    page.keyboard.insert_text("(")
    page.keyboard.press("Shift+Tab")
    notebook.expect(page.locator(".jp-Tooltip")).to_contain_text("kernel_size", timeout=PATIENCE)


def test_restart_and_run_all_runs_all_afresh(open_notebook, page):
    """By the toolbar's button: the counts begin at 1, and isolated cells work."""
    notebook = open_notebook("x = 20", "# %% isolated -i x -o y\ny = x + 1", "print(x, y)")
    notebook.run(1)
    notebook.run(1)
    notebook.button("restart-and-run")
    page.locator(".jp-Dialog button", has_text="Restart").click()
    for number in (1, 2, 3):
        notebook.prompt(number, rf"\[{number}\]:")
    notebook.shows(3, "20 21")


def test_a_run_goes_on_while_its_page_is_reloaded(open_notebook, page, server):
    """Its results are there afterwards. Until the kernel has something to say, JupyterLab doesn't know what it does."""
    go = server.notebooks / "go"
    notebook = open_notebook(
        "# %% isolated -o found\n"
        "import time, pathlib\n"
        "print('begun')\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.05)\n"
        "found = 'all of it'\n"
        "print('ended')",
        "found",
    )
    notebook.start(1)
    notebook.shows(1, "begun")
    page.reload()
    notebook.status("Unknown")
    (kernel,) = server.ask("api/kernels")
    assert kernel["execution_state"] == "busy"
    go.touch()
    notebook.ready()
    notebook.run(2)
    notebook.shows(2, "all of it")
