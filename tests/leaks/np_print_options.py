"""Print options hide digits in later cells."""

CELL = """
import numpy as np

np.set_printoptions(precision=2, suppress=True)
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
print(weights)
"""
CHECK = """
import numpy as np

shown = str(np.array([0.00123]))
leaked = "0.00123" not in shown
evidence = f"0.00123 prints as {shown}"
"""
