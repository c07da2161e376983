"""The benchmarks' own correctness: what is computed, in which order things are measured, what is told of it.

Ratios and orders are asserted, never times: the machine that runs the tests has other things to do.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import QUESTIONS, alternatives, fits, growth, kinds, limited, notebook, plots, summary, train, values
from benchmarks.__main__ import questions
from benchmarks.harness import Bench, Progress, Series, Way, interleaved, stopwatch
from benchmarks.report import Answer, Goal, Table, differences, duration, ratio, size, timings

ROOT = Path(__file__).resolve().parent.parent


def series(*rounds: float) -> Series:
    """A series with one sample a round."""
    return Series(tuple((sample,) for sample in rounds))


def test_a_median_is_of_all_samples_whatever_their_round() -> None:
    """A round with many samples weighs more; a round without any is no sample of 0."""
    assert Series(((5.0, 1.0, 3.0), (), (2.0,))).median == 2.5


def test_p95_is_a_sample_that_95_of_100_do_not_exceed() -> None:
    """The 95th of a hundred, and of few samples the largest."""
    assert series(*range(100, 0, -1)).p95 == 95
    assert series(1, 2, 3).p95 == 3


def test_spread_is_what_half_of_the_samples_lie_apart() -> None:
    """The interquartile range, which one outlier doesn't move; of one sample it is 0."""
    assert series(1, 2, 3, 4, 1000).spread == 2
    assert series(7).spread == 0


def test_a_ratio_is_that_of_the_medians() -> None:
    """Four times as long, whatever the worst sample was."""
    assert series(8, 8, 100).over(series(2, 2, 2)) == 4


def test_a_difference_is_taken_within_the_round() -> None:
    """What slowed a whole round down, as another program does, is in both and cancels out."""
    slow = series(3, 103, 3).minus(series(1, 101, 1))
    assert [s for samples in slow.rounds for s in samples] == [2, 2, 2]


def test_a_round_without_the_other_is_compared_to_all_of_its_rounds() -> None:
    """A way that has no turn in every round still has differences."""
    assert series(5, 6).minus(Series(((1.0,), ()))).rounds == ((4.0,), (5.0,))


def test_series_of_different_runs_are_not_compared() -> None:
    """They have different numbers of rounds."""
    with pytest.raises(ValueError, match="shorter"):
        series(1, 2).minus(series(1))


def test_ways_take_turns() -> None:
    """A B A B, after rounds that don't count."""
    turns: list[str] = []

    def way(name: str) -> Way:
        def turn() -> list[tuple[str, float]]:
            turns.append(name)
            return [(name, len(turns))]

        return Way(turn)

    found = interleaved([way("A"), way("B")], 2, warmup=1)
    assert turns == ["A", "B"] * 3
    assert found == {"A": Series(((3,), (5,))), "B": Series(((4,), (6,)))}


def test_what_takes_seconds_has_a_turn_in_some_rounds_only() -> None:
    """In the first and then every third; and none before it counts."""
    turns: list[str] = []

    def turn(name: str) -> list[tuple[str, float]]:
        turns.append(name)
        return [(name, 1.0)]

    found = interleaved([Way(lambda: turn("fast")), Way(lambda: turn("slow"), every=3)], 4, warmup=1)
    assert "".join(name[0] for name in turns) == "f" + "fs" + "f" + "f" + "fs"
    assert [len(samples) for samples in found["slow"].rounds] == [1, 0, 0, 1]
    assert found["fast"].count == 4


def test_one_turn_may_give_several_series_and_samples() -> None:
    """There and back are measured in one go."""
    found = interleaved([Way(lambda: [("in", 1.0), ("back", 2.0), ("in", 3.0)])], 1, warmup=0)
    assert found == {"in": Series(((1.0, 3.0),)), "back": Series(((2.0,),))}


def test_progress_hears_of_every_round() -> None:
    """From none to all."""
    heard: list[tuple[int, int]] = []
    interleaved([Way(lambda: [("a", 1.0)])], 2, progress=lambda *at: heard.append(at))
    assert heard == [(0, 2), (1, 2), (2, 2)]


def test_progress_is_a_line_a_task_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log isn't filled with counters."""
    progress = Progress()
    for done in range(3):
        progress("cells", done, 3)
    progress.clear()
    assert capsys.readouterr().err == "cells 0/3\n"


def test_a_stopwatch_measures_its_block() -> None:
    """Seconds, once it is left."""
    with stopwatch() as watch:
        sum(range(1000))
    assert 0 < watch.seconds < 60


def test_goals_say_whether_they_are_met() -> None:
    """At most, or at least."""
    assert Goal("overhead", 9.96, 10, "ms").text() == "met     overhead: 9.96 ms (at most 10 ms)"
    assert Goal("gain", 7.5, 8, "x", at_least=True).text() == "MISSED  gain: 7.5 x (at least 8 x)"


def test_tables_are_aligned() -> None:
    """Names to the left, figures to the right."""
    table = Table("Title", ("", "n"), (("a name", "1"), ("b", "1000")))
    assert table.text() == "Title\n           n\n------  ----\na name     1\nb       1000"


def test_a_table_of_timings_says_what_it_is_relative_to() -> None:
    """The ratio's column has the name of what it is divided by."""
    table = timings("cells", {"plain": series(0.002), "isolated": series(0.008)}, "plain")
    assert table.columns[-1] == "/ plain"
    assert table.rows[1] == ("isolated", "1", "8.0 ms", "8.0 ms", "0 us", "4 x")
    assert differences("more", {"isolated": series(0.006)}).rows == (("isolated", "1", "6.0 ms", "6.0 ms", "0 us"),)


def test_figures_are_for_people() -> None:
    """Three figures or so, with a unit that fits."""
    told = [duration(seconds) for seconds in (0.00026, 0.0046, 0.25, 3.96, -0.001)]
    assert told == ["260 us", "4.6 ms", "250 ms", "3.96 s", "-1.0 ms"]
    assert [ratio(r) for r in (0.376, 3.14159, 212.4)] == ["0.376 x", "3.14 x", "212 x"]
    assert [size(n) for n in (512, 16 << 20, 1 << 30)] == ["512 B", "16 MiB", "1 GiB"]


def test_an_answer_is_kept_with_its_samples() -> None:
    """JSON holds what a table has rounded."""
    told = json.loads(json.dumps(Answer("q", goals=[Goal("g", 1, 2, "ms")], series={"a": series(1, 3)}).json()))
    assert told["series"]["a"] == {"count": 2, "median": 2, "p95": 3, "best": 1, "spread": 1, "samples": [1, 3]}
    assert told["goals"][0]["met"] is True


def test_only_what_there_is_can_be_asked() -> None:
    """A question that doesn't exist is named, with those that do."""
    assert questions("ship, start") == ("ship", "start")
    with pytest.raises(argparse.ArgumentTypeError, match=f"^speed: there are {', '.join(QUESTIONS)}$"):
        questions("start,speed")


KIND = '''"""A list."""
NAMES = ['value']
MAKE = 'value = [1]; expect = 1'
CHECK = 'ok = value == [expect]; evidence = value'
'''
REFUSED = KIND.replace("[1]", "(i for i in [1])") + "EXPECT = 'refused'\nREFUSAL = ['value', 'generator']\n"


def test_kinds_are_read_and_never_imported(tmp_path: Path) -> None:
    """A file is its literals; code in it is not run."""
    (tmp_path / "py_list.py").write_text(KIND + "raise SystemExit\n")
    (tmp_path / "test_py.py").write_text("no kind")
    (kind,) = kinds.read(tmp_path)
    assert (kind.name, kind.about, kind.names, kind.expect) == ("py_list", "A list.", ("value",), "ships")
    assert kinds.read(tmp_path, ["tf_*"]) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("NAMES = ['a']\nMAKE = ''\n", "no CHECK"),
        (KIND + "EXPECT = 'maybe'\n", "EXPECT is 'maybe', not one of ships, refused"),
        (KIND.replace("['value']", "list('value')"), "malformed node"),
        ("NAMES = [", "never closed"),
    ],
)
def test_a_file_that_is_no_kind_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    """With what is wrong in it."""
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(kinds.KindError, match=f"bad.py: .*{complaint}"):
        kinds.read(tmp_path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A benchmark's command, as a user gives it."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
def test_quick_start_prints_a_table_and_keeps_its_figures(tmp_path: Path) -> None:
    """One real run, small: an isolated cell takes longer than a plain one, and less than a cold one."""
    done = run("benchmarks", "--quick", "--only", "start", "--json", str(tmp_path / "kept.json"))
    assert done.returncode == 0, done.stderr
    assert "What the isolated cell takes more, within each round" in done.stdout
    assert "start: cells 0/6" in done.stderr
    told = json.loads((tmp_path / "kept.json").read_text())
    median = {name: each["median"] for name, each in told["answers"]["start"]["series"].items()}
    assert median["plain"] < median["isolated"] < median["isolated --cold"]
    assert told["machine"]["cores"] > 0


@pytest.mark.slow
def test_values_are_judged_both_ways(tmp_path: Path) -> None:
    """A kind that ships, and one that isokernel refuses by name where plain cloudpickle does not name it."""
    (tmp_path / "py_list.py").write_text(KIND)
    (tmp_path / "py_generator.py").write_text(REFUSED)
    done = run("benchmarks.values", "--kinds", str(tmp_path), "--json", str(tmp_path / "kept.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "kept.json").read_text())["answers"]["values"]["facts"]["verdicts"]
    what = {kind: {way: verdict["what"] for way, verdict in each.items()} for kind, each in told.items()}
    assert what == {
        "py_list": {"cloudpickle": "ok", "isokernel": "ok"},
        "py_generator": {"cloudpickle": "unnamed", "isokernel": "refused"},
    }


def test_a_folder_without_kinds_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel is started for nothing."""
    monkeypatch.setattr(values, "FOLDERS", ())
    monkeypatch.setattr(values, "started", lambda: pytest.fail("a kernel for nothing"))
    assert values.measure(values.Bench()).notes == ["no kinds to judge: name a folder of them with --kinds"]


def test_a_line_and_a_power_are_found() -> None:
    """Of points that lie on one, its slope, offset and exponent, with r² 1."""
    x = [1, 10, 100, 1000]
    line = fits.fit(x, [5 + 2 * each for each in x])
    assert (line.slope, line.offset, line.r2) == pytest.approx((2, 5, 1))
    power = fits.fit(x, [3 * each**0.5 for each in x])
    assert (power.exponent, power.scale, power.power_r2) == pytest.approx((0.5, 3, 1))


def test_what_is_flat_is_not_said_to_be_explained() -> None:
    """Exponent 0, and r² 0 instead of an error."""
    flat = fits.fit([1, 2, 3], [4, 4, 4])
    assert (flat.slope, flat.exponent, flat.r2, flat.power_r2) == (0, 0, 0, 0)


def test_a_notebook_has_twenty_cells_of_each_kind_as_many() -> None:
    """With TensorFlow, or without."""
    for tensorflow in (True, False):
        kind = [each for each, _ in notebook.cells(1 << 20, tensorflow)]
        assert len(kind) == 20 and {kind.count(each) for each in notebook.KINDS} == {4}


def test_a_kernel_is_not_given_more_than_its_share_to_hold() -> None:
    """The ladder of bytes ends where the free memory does."""
    (held,) = (each.rungs for each in growth.ladders(4 << 30) if each.what == "bytes in the kernel")
    assert max(held) <= (4 << 30) * growth.SHARE < max(held) * 4


def test_every_alternative_is_a_cell_of_python() -> None:
    """Set up, asked, and ended."""
    for each in alternatives.ALTERNATIVES:
        call = each.call.format(function="module.fit", arguments="(x, y)")
        for code in (each.setup, f"losses, weights, pid = {call}", each.end):
            compile(code, each.name, "exec")


def test_a_process_that_was_had_twice_is_not_fresh() -> None:
    """By its number."""
    assert alternatives.fresh([1, 2, 3]) and not alternatives.fresh([1, 2, 1])


@pytest.mark.slow
def test_alternatives_come_to_the_same_in_fresh_processes() -> None:
    """One library beside a restart and isokernel, small; what isn't there is named, with the reason."""
    (one,) = (each for each in alternatives.ALTERNATIVES if each.name == "multiprocess, spawn")
    absent = alternatives.Alternative("a library", "no_such_library", "{function}(*{arguments})")
    answer = alternatives.measure(Bench(quick=True, progress=Progress(io.StringIO())), [one, absent])
    assert answer.facts["fresh"] == dict.fromkeys([alternatives.ISOLATED, alternatives.RESTART, one.name], True)
    assert any("a library: not measured, ModuleNotFoundError" in note for note in answer.notes)
    median = {name: each.median for name, each in answer.series.items()}
    ready = {name: median[f"{alternatives.READY}: {name}"] for name in answer.facts["fresh"]}
    assert ready[alternatives.ISOLATED] < ready[alternatives.RESTART]


@pytest.mark.slow
def test_training_is_timed_from_inside_and_drawn(tmp_path: Path) -> None:
    """Within a factor of ten of each other: the same loop; and a picture in both formats, where there is matplotlib."""
    pytest.importorskip("matplotlib")
    answer = train.measure(Bench(quick=True, progress=Progress(io.StringIO())))
    here, there = (answer.series[f"numpy, {name}"] for name in (train.HERE, train.THERE))
    assert 0.1 < here.over(there) < 10
    files = plots.draw({"train": json.loads(json.dumps(answer.json()))}, tmp_path)
    assert [file.name for file in files] == ["benchmark-train.svg", "benchmark-train.png"]
    assert "numpy, isolated" in files[0].read_text() and files[1].read_bytes().startswith(b"\x89PNG")


def test_a_share_of_the_processors_is_kept_to() -> None:
    """Two that would each take a processor for a second get half a one together."""
    try:
        group = limited.Group(0.5)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    spin = (
        "import time; begun = time.perf_counter()\n"
        "while time.perf_counter() - begun < 1: pass\nprint(time.process_time())"
    )
    with contextlib.closing(group), group.inside():
        pair = [subprocess.Popen([sys.executable, "-S", "-c", spin], stdout=subprocess.PIPE) for _ in range(2)]
        taken = sum(float(process.communicate()[0]) for process in pair)
    assert 0.3 < taken < 0.9


def test_the_same_figures_make_the_same_picture(tmp_path: Path) -> None:
    """A picture that is committed changes only with what it shows."""
    pytest.importorskip("matplotlib")
    answers = {"start": json.loads(json.dumps(Answer("q", series={"plain": series(0.002, 0.003)}).json()))}
    one, other = (plots.draw(answers, tmp_path / name)[0].read_bytes() for name in "ab")
    assert one == other


@pytest.mark.parametrize(("value", "told"), [(2e-6, "2 µs"), (1e-3, "1 ms"), (0.1, "100 ms"), (10.0, "10 s")])
def test_an_axis_of_seconds_has_units(value: float, told: str) -> None:
    """As people write them."""
    assert plots.seconds(value) == told


def test_results_are_written_between_their_markers() -> None:
    """What was there goes, what is around stays; and again it changes nothing."""
    goal = Goal("no-op cell", 4.2, 5, "ms")
    run = {
        "machine": {
            "processor": "P",
            "cores": 2,
            "memory": 1 << 30,
            "python": "3.11",
            "packages": {},
            "when": "2026-01-01",
        },
        "answers": {"start": Answer("q", goals=[goal]).json()},
    }
    table = summary.markdown([run])
    assert table.splitlines()[0] == "Measured on P, 2 cores, 1 GiB, Python 3.11, 2026-01-01:"
    assert table.splitlines()[-1] == "| start: no-op cell | 4.2 ms | at most 5 ms | met |"
    readme = summary.written(f"before\n{summary.BEGIN}\nold\n{summary.END}\nafter\n", table)
    assert readme == f"before\n{summary.BEGIN}\n{table}\n{summary.END}\nafter\n" == summary.written(readme, table)
    with pytest.raises(ValueError, match="lacks the markers"):
        summary.written("none", table)


def test_readme_shows_the_results_that_are_kept() -> None:
    """Made by the script, not by hand."""
    if not (runs := summary.kept()):
        pytest.skip("no results are kept yet")
    readme = summary.README.read_text()
    assert summary.written(readme, summary.markdown(runs)) == readme
