"""What counts as a difference between two printed texts, and what changes by nature."""

from __future__ import annotations

import ast

import pytest

from isokernel.check.printed import difference, printed
from isokernel.check.volatile import Volatile


def stream(text, name="stdout"):
    """One output of a cell."""
    return {"output_type": "stream", "name": name, "text": text}


SAME = [
    ("loss: 0.34561", "loss: 0.34562"),
    ("0.3456", "0.3457"),
    ("[1.         2.00000001]", "[1. 2.]"),
    ("1.19e-08", "0.0"),
    ("<object object at 0x7f2c11b0>", "<object object at 0x7fffe0>"),
    ("took 3.2 s", "took 0.9 s"),
    ("Training time: 12.5", "Training time: 3"),
    ("{'loss': 0.5, 'time': 3.25}", "{'loss': 0.5, 'time': 2.5}"),
    ("CPU times: user 1.2 ms, sys: 0 ns, total: 1.2 ms\nWall time: 5 s", "CPU times: user 2 ms, sys: 1 µs, total: 2 ms\nWall time: 1.5 s"),
    ("25/25 ━━━━━━━━━ 1s 2ms/step - auc: 0.91 - loss: 0.1", "25/25 ━━━━━━━━━ 0s 743us/step - auc_1: 0.91 - loss: 0.1"),
    ("25/25 - 1s - 40ms/step - loss: 0.1", "25/25 - 0s - 8ms/step - loss: 0.1"),
    ("100%|████| 10/10 [00:01<00:00, 9.5it/s]", "100%|████| 10/10 [00:00<00:00, 93.1it/s]"),
    ("2026-01-02 10:11:12.5 started", "2026-03-04 01:02:03 started"),
    ("{'b', 'a'}", "{'a', 'b'}"),
    ("/tmp/tmpa1b2/model.keras", "/tmp/tmpzzzz/model.keras"),
    ("<Sequential name=sequential, built=True>", "<Sequential name=sequential_3, built=True>"),
    ("<packed keras.Sequential: 2 layers; 3 kB from run 1>", "<Sequential name=sequential, built=True>"),
    ("INFO:tensorflow:Assets written to: a", ""),
]  # fmt: skip

OTHER = [
    ("loss: 0.3456", "loss: 0.3461"),
    ("7", "8"),
    ("accuracy 0.95", "accuracy 0.96"),
    ("dense", "dense_1"),
    ("['a', 'b']", "['b', 'a']"),
    ("nan", "0.5"),
    ("100", "1000"),
    ("-0.5", "0.5"),
    ("1 2 3", "1 2"),
    ("", "1"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_changes_from_run_to_run_is_no_difference(one, other):
    """Clocks, addresses, noise of sums, how a name was counted in a repr."""
    assert difference(one, other) is None


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_number_or_word_is_a_difference(one, other):
    """Whole numbers and words exactly, in their order."""
    assert difference(one, other) is not None


def test_the_first_line_that_differs_is_shown():
    """As it was printed, whatever comes before and after it."""
    seen = difference("a 1\nb 2\nc 3", "a 1\nextra 9\nb 2\nc 3")
    assert (seen.one, seen.other) == ("", "extra 9")
    seen = difference("took 1 s\nloss  0.5", "took 2 s\nloss  0.7")
    assert (seen.one, seen.other) == ("loss 0.5", "loss 0.7")


def test_another_order_is_none_for_what_was_saved_by_another_process():
    """Where sets are in another order."""
    assert difference("['b', 'a']", "['a', 'b']", any_order=True) is None
    assert difference("TF 2.15.0", "TF 2.21.0", elsewhere=True) is None


def test_what_was_written_over_is_not_printed():
    """Progress bars write over themselves; colours, standard error, pictures and our own line don't count."""
    outputs = [
        stream("\x1b[1m1/2\x1b[0m\r2/2 done\nab\b\bxyz\n"),
        stream("careful", "stderr"),
        {
            "output_type": "display_data",
            "metadata": {"isokernel": True},
            "data": {"text/plain": "# %% isolated -i x", "text/html": ""},
        },
        {"output_type": "display_data", "data": {"image/png": "…", "text/plain": "<Figure>"}},
        {"output_type": "execute_result", "data": {"text/plain": ["4", "2"]}},
        {"output_type": "error", "ename": "ValueError", "evalue": "1"},
    ]
    assert printed(outputs) == "2/2 done\nxyz\n<Figure>\n42\nValueError"


def test_a_summary_is_compared_without_the_names_that_keras_gave():
    """Whose widths change where lines are wrapped; shapes and counts of parameters count."""
    table = 'Model: "sequential{0}"\n┃ Layer   ┃ Output Shape ┃ Param # ┃\n│ dense{0} (Dense) │ (None, 4) │ {1} │\n Total params: {1}'
    assert difference(table.format("", 36), table.format("_1", 36)) is None
    assert difference(table.format("", 36), table.format("", 40)) is not None


VOLATILE = [
    ("begun = time.time()\nprint(time.time() - begun)", "12.5", ""),
    ("t0 = perf_counter()\ndt = perf_counter() - t0\nprint('loss', loss, 'after', round(dt, 2))", "loss 0.5 after 3.1", "0.5"),
    ("def spent():\n    return time.time() - begun\nprint(f'acc {acc:.2f} in {spent():.1f}')", "acc 0.91 in 7.5", "0.91"),
    ("elapsed = time.time() - begun\nelapsed", "7.25", ""),
    ("print('%d rounds, %.2f' % (n, time.time()))", "3 rounds, 123.45", ""),
    ("np.random.seed(int(time.time()))\nprint(np.random.rand())", "0.25", "0.25"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "left"), VOLATILE)
def test_a_number_that_comes_from_a_clock_is_left_out(source, text, left):
    """Followed through names, functions and formats to where it is printed; what is beside it stays."""
    assert Volatile([ast.parse(source)]).without(0, text).strip() == left
