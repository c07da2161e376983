"""A ufunc made of a lambda."""

NAMES = ["value"]
MAKE = """
import numpy as np

value = np.frompyfunc(lambda a, b: a * 10 + b, 2, 1)
"""
CHECK = """
ok = value([1, 2], 3).tolist() == [13, 23] and value.reduce([1, 2, 3]) == 123
evidence = repr(value)
"""
