"""A figure that was saved and not closed stays the current one, and the next run draws into it
(matplotlib/matplotlib#1919).
"""

OUTPUTS = ["curves"]
CELL = """
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

losses = [1 / (i + 1) for i in range(20)]
plt.plot(losses, label="loss")
plt.legend()
plt.savefig("losses.png")
curves = len(plt.gca().lines)
"""
CHECK = """
first, second = (run["outputs"]["curves"] for run in runs)
leaked = second != first
evidence = f"curves in the saved picture: {first}, then {second}"
"""
