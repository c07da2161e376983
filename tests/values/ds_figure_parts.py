"""A figure with shared axes, a colour bar and a legend, parts of which are removed and added."""

NAMES = ["fig", "axes", "lines"]
MAKE = """
import io
import matplotlib.pyplot as plt
import numpy as np

plt.figure()
fig, axes = plt.subplots(2, 2, sharex=True, layout="constrained", num="panels")
lines = axes[0, 0].plot([0, 1], [[1, 2], [3, 4]])
picture = axes[0, 1].imshow(np.arange(6).reshape(2, 3), aspect="auto")
fig.colorbar(picture, ax=axes[0, 1])
axes[1, 0].twinx().set_ylabel("right")
fig.suptitle("run")
fig.savefig(io.BytesIO())
expect = {"canvas": type(fig.canvas).__name__, "label": fig.get_label()}
"""
CHECK = """
import io

facts = {
    "canvas": type(fig.canvas).__name__ == expect["canvas"],
    "label": fig.get_label() == expect["label"] == "panels",
    "axes": axes[1, 1].figure is fig and len(fig.axes) == 6,
    "line": lines[0] is axes[0, 0].lines[0],
}
axes[0, 0].set_xlim(0, 9)
facts["shared x"] = axes[1, 0].get_xlim() == (0.0, 9.0)
lines[0].remove()
fig.axes[-1].remove()
facts["removed"] = len(axes[0, 0].lines) == 1 and len(fig.axes) == 5
axes[1, 1].bar([1, 2], [3, 4])
file = io.BytesIO()
fig.savefig(file, format="png")
facts["drawn"] = len(file.getvalue()) > 1000
ok, evidence = all(facts.values()), str(facts)
"""
