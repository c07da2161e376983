"""np.load stays patched, and the patch of a second run patches the first (tsterbak/pydataberlin-2019#4)."""

CELL = """
import numpy as np

np.save("words.npy", np.array([[1, 2], [3]], dtype=object))
np_load_old = np.load
np.load = lambda *a, **k: np_load_old(*a, allow_pickle=True, **k)
reviews = np.load("words.npy")
lengths = [len(r) for r in reviews]
"""
CHECK = """
import numpy as np

try:
    np.load("words.npy")
    leaked, evidence = True, "np.load unpickles objects in a cell that did not ask for it"
except ValueError as exc:
    leaked, evidence = False, f"refused: {exc}"
except (RecursionError, TypeError) as exc:
    leaked, evidence = True, f"{type(exc).__name__}: {str(exc)[:60]}"
"""
