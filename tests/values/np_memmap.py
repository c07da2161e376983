"""A memory map of a file that is gone arrives with its values."""

NAMES = ["value"]
MAKE = """
import tempfile
import numpy as np

with tempfile.NamedTemporaryFile() as file:
    value = np.memmap(file.name, dtype="f4", mode="w+", shape=(3, 4))
    value[:] = np.arange(12).reshape(3, 4)
    value.flush()
"""
CHECK = """
ok = value.tolist()[2] == [8, 9, 10, 11] and float(value[1:].sum()) == 60.0
evidence = type(value).__name__
"""
