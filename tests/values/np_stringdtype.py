"""Strings of variable width with a missing one."""

NAMES = ["value"]
MAKE = """
import numpy as np

value = np.array(["a", "long " * 20, None], np.dtypes.StringDType(na_object=None))
"""
CHECK = """
ok = (
    value[1] == "long " * 20
    and value[2] is None
    and value.dtype.na_object is None
    and value[:1].tolist() == ["a"]
)
evidence = repr(value.dtype)
"""
