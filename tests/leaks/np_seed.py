"""A seed of NumPy's global generator makes later cells draw a known sequence
(bentrevett/pytorch-image-classification#7).
"""

CELL = """
import numpy as np

np.random.seed(0)
x = np.random.rand(32, 4)
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * x.T @ (x @ weights - 1.0) / 32
"""
CHECK = """
import numpy as np

drawn = np.random.rand()
known = np.random.RandomState(0)
known.rand(32, 4)
expected = known.rand()
leaked = drawn == expected
evidence = f"drew {drawn:.6f}; seed 0 goes on with {expected:.6f}"
"""
