"""End to end: what frontends ask behind the user's back is asked of the notebook, and opens no packed result."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tensorflow

# What the explorers of JupyterLab, VS Code and Spyder do with every variable, as far as it is code on values.
INSPECTED = """
import copy, json, sys, types
_told = {}
for _name, _value in list(globals().items()):
    if _name.startswith('_') or isinstance(_value, types.ModuleType):
        continue
    try:
        _told[_name] = [
            type(_value).__name__, getattr(_value, 'shape', None), getattr(_value, 'dtype', None), sys.getsizeof(_value),
            hasattr(_value, '__len__') and len(_value), callable(_value), isinstance(_value, (list, dict)),
            repr(_value)[:80], str(_value)[:80], dir(_value)[:5], copy.copy(_value) is _value, bool(_value),
        ]
    except Exception:
        continue
"""


@pytest.fixture(scope="module")
def kernel(tf_kernel):
    """A notebook that holds a packed result."""
    reply = tf_kernel.run("%%isolated -o packed_tensor\nimport tensorflow as tf\npacked_tensor = tf.ones((2, 3))")
    assert reply.ok, reply.traceback
    return tf_kernel


def after(kernel):
    """How the notebook holds it, which frameworks are there, and which cell was the last to run elsewhere."""
    told = ("type(packed_tensor).__name__", "[m for m in __import__('sys').modules if m in ('tensorflow', 'keras')]")
    return [kernel.held(expression) for expression in (*told, "__import__('isokernel').last_run().id")]


@pytest.mark.parametrize(
    "options", [{"silent": True}, {"silent": True, "store_history": False}, {"store_history": False}]
)
@pytest.mark.parametrize("code", [INSPECTED, "%whos", "%who_ls", "packed_tensor", "print(packed_tensor)"])
def test_an_explorer_of_variables_leaves_a_result_packed(kernel, code, options):
    """It is answered in the notebook's own process, without a framework, and no cell runs elsewhere for it."""
    before = after(kernel)
    reply = kernel.run(code, **options)
    assert reply.ok, reply.error
    assert after(kernel) == before
    assert before[:2] == ["'Handle'", "[]"]


def test_an_explorer_is_told_what_a_packed_result_is(kernel):
    """By its type's name and one line, for the table that it shows."""
    kernel.run(INSPECTED, silent=True)
    assert "EagerTensor" in kernel.held("_told['packed_tensor'][7]")
    assert "packed_tensor" in kernel.run("%whos", store_history=False).text()


def test_the_debugger_s_explorer_leaves_a_result_packed(kernel):
    """It lists the variables, shows one, and looks into its attributes, whether or not the debugger was started."""
    pytest.importorskip("debugpy")
    before = after(kernel)
    listed = {each["name"]: each["value"] for each in kernel.debug("inspectVariables")["variables"]}
    assert "EagerTensor" in listed["packed_tensor"]
    shown = kernel.debug("richInspectVariables", variableName="packed_tensor")["data"]
    assert "EagerTensor" in shown["text/plain"] and "text/html" in shown
    opened = (
        "from ipykernel.debugger import VariableExplorer\n_explorer = VariableExplorer()\n_explorer.track()\n"
        "_of = {each['name']: each['variablesReference'] for each in _explorer.get_children_variables()}\n"
        "print([each['name'] for each in _explorer.get_children_variables(_of['packed_tensor'])])"
    )
    assert "'about'" in kernel.run(opened, silent=True).text()
    assert after(kernel) == before


def test_completion_of_a_variable_leaves_it_packed(kernel):
    """Tab and Shift-Tab behind its name."""
    before = after(kernel)
    for ask in (kernel.client.complete, kernel.client.inspect):
        assert ask("packed_tensor.sh", 13, reply=True, timeout=20)["content"]["status"] == "ok"
    assert after(kernel) == before


def test_tensorboard_runs_in_the_notebook(kernel):
    """Its magics are the notebook's to know; where it isn't installed, the notebook says so, and no cell ran elsewhere."""
    before = after(kernel)
    fake = "from IPython.core.magic import register_line_magic\n@register_line_magic\ndef tensorboard(line):\n"
    assert kernel.run(f"{fake}    import os\n    print(line, os.getpid())").ok
    assert kernel.run("%tensorboard --logdir logs").text() == f"--logdir logs {kernel.pid}\n"
    assert kernel.run("%load_ext no_such_extension").content["ename"] == "ModuleNotFoundError"
    assert after(kernel) == before
