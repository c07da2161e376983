"""End to end: each kind of value in tests/values crosses from one isolated cell to the next, or is refused by name.

The default run takes the kinds that need no framework, and a few of Keras and TensorFlow, one for each mechanism;
``-m battery`` takes the others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kinds import Kind, read

KINDS = read(Path(__file__).parent / "values")
FRAMEWORK = ("k_", "tf_")
SAMPLE = {
    "k_custom_train_step", "k_gan_compiled", "k_history", "k_lookups", "k_metric_custom", "k_optimizer_alias",
    "k_shared_layers", "tf_dataset_map_lambda", "tf_function_captured", "tf_lookup_static", "tf_symbolic_leak",
    "tf_variable",
}  # fmt: skip


def cases(expect: str, framework: bool) -> list[object]:
    """Kinds as parameters; those that the default run leaves out are marked."""
    found = [kind for kind in KINDS if kind.expect == expect and kind.name.startswith(FRAMEWORK) is framework]
    return [
        pytest.param(kind, id=kind.name, marks=[] if not framework or kind.name in SAMPLE else pytest.mark.battery)
        for kind in found
    ]


def cross(kernel: object, kind: Kind) -> None:
    """Make `kind` in one isolated cell, and check it in the next."""
    names = ",".join((*kind.names, "expect"))
    made = kernel.run(f"%%isolated -o {names}\nexpect = None\n{kind.make}")
    assert made.ok, made.error
    checked = kernel.run(f"%%isolated -i {names} -o ok,evidence\n{kind.check}")
    assert checked.ok, checked.traceback
    told = kernel.run("print(bool(ok), evidence)").text()
    assert told.startswith("True "), told


def refuse(kernel: object, kind: Kind) -> None:
    """Make `kind` in an isolated cell, which ends in an error that names it, and keeps what can be kept."""
    names = ",".join((*kind.names, "expect"))
    made = kernel.run(f"%%isolated -o {names}\nexpect = None\n{kind.make}")
    assert made.error.startswith(("UnpackableOutput", "UnpackableInput")), made.error or "it was not refused"
    assert [word for word in kind.refusal if word.lower() not in made.error.lower()] == []
    assert kernel.value("'expect' in __import__('isokernel').last_run().partial") is True


@pytest.mark.parametrize("kind", cases("ships", framework=False))
def test_a_value_crosses_as_if_nothing_had_happened(kernel, kind):
    """What the next cell finds does what it did, and is to others what it was."""
    cross(kernel, kind)


@pytest.mark.parametrize("kind", cases("refused", framework=False))
def test_a_value_that_cannot_cross_is_refused_by_name(kernel, kind):
    """The error tells variable, attribute and type, and the run's other outputs are kept."""
    refuse(kernel, kind)


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", cases("ships", framework=True))
def test_a_framework_value_crosses_as_if_nothing_had_happened(tf_kernel, kind):
    """The same for models, optimizers, datasets and all that hangs on them."""
    cross(tf_kernel, kind)


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", cases("refused", framework=True))
def test_a_framework_value_that_cannot_cross_is_refused_by_name(tf_kernel, kind):
    """The same for what belongs to one process's TensorFlow."""
    refuse(tf_kernel, kind)


def test_the_battery_is_there():
    """The kinds were found, each says in a sentence what it is about, and the sample of them exists."""
    assert len(KINDS) > 170
    assert [kind.name for kind in KINDS if not kind.about.endswith(".")] == []
    assert {kind.name for kind in KINDS} >= SAMPLE
