"""The Agg backend that a cell chose leaves later ones without plots (googlecolab/colabtools#3541)."""

CELL = """
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([1 / (i + 1) for i in range(20)])
figure.savefig("losses.png")
plt.close(figure)
"""
CHECK = """
import os

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # what every Jupyter kernel sets
import matplotlib

name = matplotlib.get_backend()
leaked = name.lower() == "agg"
evidence = f"backend of this cell: {name}"
"""
