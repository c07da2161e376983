"""A locale set to read one file formats the numbers of all later cells."""

CELL = """
import locale

import numpy as np

locale.setlocale(locale.LC_ALL, "C.UTF-8")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
print(locale.format_string("%.2f", weights[0]))
"""
CHECK = """
import locale

found = locale.setlocale(locale.LC_NUMERIC)
leaked = found != "C"
evidence = f"number format of this cell: {found}"
"""
