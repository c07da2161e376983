"""What was measured, as pictures: ``--plots FOLDER``, or ``python -m benchmarks.plots FOLDER RESULTS.json...``.

Drawn from what is kept as JSON, so that a picture can be made anew of an old run. Times are dots, every
sample one, with a mark at the median, on an axis that is logarithmic where they differ by orders; all other axes begin
at zero.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SAMPLE, MEDIAN, FITTED = "#8fb4d9", "#1f4e79", "#c0504d"
UNITS = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))


def draw(answers: dict[str, dict[str, Any]], folder: Path) -> list[Path]:
    """A picture to a question that there is one for, each as SVG and PNG; the files.

    Raises
    ------
    ImportError
        Without matplotlib: it is in the extra `bench`.
    """
    import matplotlib

    matplotlib.use("Agg")
    # Text stays text, and the same figures make the same file.
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "isokernel", "font.size": 9}
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, answer in answers.items():
        if name in PICTURES and (answer["series"] or answer["facts"]):
            figure = PICTURES[name](plt, answer)
            for kind in ("svg", "png"):
                files.append(folder / f"benchmark-{name}.{kind}")
                date = {"metadata": {"Date": None}} if kind == "svg" else {}
                figure.savefig(files[-1], dpi=130, bbox_inches="tight", **date)
            plt.close(figure)
    return files


def seconds(value: float) -> str:
    """A tick of an axis of seconds."""
    scale, unit = next((each for each in reversed(UNITS) if value >= each[0] * 0.999), UNITS[0])
    return f"{value / scale:g} {unit}"


def dots(axes: Any, series: dict[str, dict[str, Any]], *, logarithmic: bool = True) -> None:
    """A row to a series, from the top: its samples, and its median with the figure; an axis that isn't logarithmic
    begins at zero.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    names = list(series)
    for row, name in enumerate(names):
        samples, median = series[name]["samples"], series[name]["median"]
        axes.plot(samples, [row] * len(samples), "o", color=SAMPLE, alpha=0.5, markersize=4, markeredgewidth=0)
        axes.plot([median], [row], "|", color=MEDIAN, markersize=14, markeredgewidth=2)
        axes.annotate(
            figure_of(median), (1.01, row), xycoords=("axes fraction", "data"), va="center", color=MEDIAN, fontsize=8
        )
    if logarithmic:
        axes.set(xscale="log")
    else:
        axes.set(xlim=(0, 1.05 * max(max(each["samples"]) for each in series.values())))
    axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: seconds(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", alpha=0.3)


def figure_of(value: float) -> str:
    """Three figures of a time."""
    scale, unit = next((each for each in reversed(UNITS) if value >= each[0]), UNITS[0])
    return f"{value / scale:.3g} {unit}"


def rows_of(plt: Any, title: str, series: dict[str, dict[str, Any]], label: str, *, logarithmic: bool = True) -> Any:
    """One picture of :func:`dots`."""
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.34 * len(series)))
    dots(axes, series, logarithmic=logarithmic)
    axes.set(title=title, xlabel=label)
    return figure


def start(plt: Any, answer: dict[str, Any]) -> Any:
    """All times; differences can be negative, and stay in the table."""
    series = {name: each for name, each in answer["series"].items() if " minus " not in name}
    return rows_of(plt, "What a fresh process costs a cell", series, "request to idle (logarithmic); mark: median")


def alternatives(plt: Any, answer: dict[str, Any]) -> Any:
    """Both cells, one above the other, each from the quickest to the slowest."""
    kinds = dict.fromkeys(name.partition(": ")[0] for name in answer["series"])
    figure, all_axes = plt.subplots(
        len(kinds), 1, figsize=(8, 1 + 0.34 * len(answer["series"])), sharex=True, squeeze=False, layout="constrained"
    )
    for axes, kind in zip(all_axes.flat, kinds):
        series = {name.partition(": ")[2]: s for name, s in answer["series"].items() if name.startswith(f"{kind}: ")}
        dots(axes, dict(sorted(series.items(), key=lambda each: each[1]["median"])))
        axes.set(title=kind)
    all_axes[-1, 0].set(xlabel="request to idle (logarithmic); mark: median")
    return figure


def notebook(plt: Any, answer: dict[str, Any]) -> Any:
    """Kinds of cells on both kernels."""
    _, _, title = answer["question"].partition(": ")
    kinds = dict.fromkeys(name.rpartition(", ")[0] for name in answer["series"])
    series = {name: s for kind in kinds for name, s in answer["series"].items() if name.startswith(f"{kind}, ")}
    return rows_of(plt, title.replace("twenty", "Twenty"), series, "request to idle (logarithmic); mark: median")


def train(plt: Any, answer: dict[str, Any]) -> Any:
    """Seconds per step."""
    return rows_of(plt, "A step of training", answer["series"], "time per step; mark: median", logarithmic=False)


def growth(plt: Any, answer: dict[str, Any]) -> Any:
    """A ladder to a panel, all with the same scale of times, so that what is flat looks it."""
    from matplotlib.ticker import NullFormatter

    ladders = answer["facts"]
    columns = min(3, len(ladders))
    rows = -(-len(ladders) // columns)
    figure, panels = plt.subplots(
        rows, columns, figsize=(3.2 * columns, 2.7 * rows), sharey=True, squeeze=False, layout="constrained"
    )
    for axes, (what, found) in zip(panels.flat, ladders.items()):
        for size in found["sizes"]:
            samples = answer["series"][f"{what}: {size}"]["samples"]
            axes.plot([size] * len(samples), samples, "o", color=SAMPLE, alpha=0.5, markersize=4, markeredgewidth=0)
        line = found["fit"]
        axes.plot(found["sizes"], found["medians"], "o-", color=MEDIAN, markersize=4)
        ends = [found["sizes"][0], found["sizes"][-1]]
        fitted = [line["scale"] * each ** line["exponent"] for each in ends]
        axes.plot(ends, fitted, "--", color=FITTED, linewidth=1)
        axes.set_title(f"{what}\nexponent {line['exponent']:.2f}, r² {line['power_r2']:.2f}", fontsize=9)
        axes.set(xscale="log", yscale="log")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(lambda value, _: seconds(value))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3)
    for axes in panels.flat[len(ladders) :]:
        axes.set_visible(False)
    figure.suptitle("How a cell's time grows (both axes logarithmic; line: medians, dashed: the fitted power)")
    return figure


def memory(plt: Any, answer: dict[str, Any]) -> Any:
    """Bars, from zero."""
    held = answer["facts"]["held"]
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.34 * len(held)))
    axes.barh(range(len(held)), [each / 2**20 for each in held.values()], color=SAMPLE)
    for row, each in enumerate(held.values()):
        axes.annotate(f" {each / 2**20:.0f}", (each / 2**20, row), va="center", fontsize=8, color=MEDIAN)
    axes.set(yticks=range(len(held)), yticklabels=list(held), ylim=(len(held) - 0.5, -0.5))
    axes.set(title="What the processes of one kernel hold", xlabel="MiB (PSS and memory files)")
    axes.set_xlim(0, max(held.values()) / 2**20 * 1.1)
    axes.grid(axis="x", alpha=0.3)
    return figure


PICTURES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "start": start,
    "alternatives": alternatives,
    "train": train,
    "notebook": notebook,
    "growth": growth,
    "memory": memory,
}


def main(arguments: Sequence[str]) -> int:
    """Draw kept results."""
    folder, *results = arguments
    for each in results:
        for file in draw(json.loads(Path(each).read_text())["answers"], Path(folder)):
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
