"""NumPy's floating-point errors go on being raised (loosolab/TF-COMB#55)."""

CELL = """
import numpy as np

np.seterr(all="raise")  # find that NaN
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import numpy as np

try:
    np.exp(np.array([-1000.0]))
    leaked, evidence = False, "exp(-1000) is 0"
except FloatingPointError as exc:
    leaked, evidence = True, f"exp(-1000): {exc}"
"""
