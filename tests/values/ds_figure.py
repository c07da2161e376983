"""A matplotlib figure can be drawn on, and gives the same picture to the pixel."""

NAMES = ["fig", "ax"]
MAKE = """
import hashlib
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(3, 2), dpi=60)
(line,) = ax.plot([1, 2, 3], [3, 1, 2], label="loss")
ax.set_title("run")
ax.legend()
ax.set_yscale("log")
fig.canvas.draw()
expect = hashlib.sha256(bytes(fig.canvas.buffer_rgba())).hexdigest()
"""
CHECK = """
import hashlib
import matplotlib.pyplot as plt

fig.canvas.draw()
facts = {
    "picture": hashlib.sha256(bytes(fig.canvas.buffer_rgba())).hexdigest() == expect,
    "ax in fig": fig.axes[0] is ax and ax.figure is fig,
    "log": ax.get_yscale() == "log",
    "not shown twice": not plt.get_fignums(),
}
ax.plot([1, 3], [1, 1])
fig.canvas.draw()
facts["draw more"] = (
    len(ax.lines) == 2 and hashlib.sha256(bytes(fig.canvas.buffer_rgba())).hexdigest() != expect
)
ok, evidence = all(facts.values()), str(facts)
"""
