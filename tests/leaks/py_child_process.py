"""A helper process of the last run is there still (tensorflow/tensorboard#2057)."""

OUTPUTS = ["pid"]
CELL = """
import subprocess
import sys

import numpy as np

helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
pid = helper.pid
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
alive = []
for run in runs:
    try:
        with open(f"/proc/{run['outputs']['pid']}/stat") as f:
            if f.read().rsplit(")", 1)[1].split()[0] != "Z":
                alive.append(run["outputs"]["pid"])
    except FileNotFoundError:
        pass
leaked = len(alive) > 0
evidence = f"helpers still running: {len(alive)} of {len(runs)}"
"""
