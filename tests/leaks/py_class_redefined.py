"""Objects of the last run in a cache have a class that another one has replaced, and can't be pickled
(fastai/fastai#1493).
"""

INPUTS = ["results"]
SETUP = """
results = {}
"""
CELL = """
import pickle

class Result:
    def __init__(self, loss):
        self.loss = loss

for rate in (0.1, 0.2):
    if rate not in results:
        results[rate] = Result(loss=1 - rate)
with open("results.pkl", "wb") as f:
    pickle.dump(list(results.values()), f)
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {second}"
"""
