"""Limits, dtypes and scalar types as values."""

NAMES = ["value"]
MAKE = """
import numpy as np

value = {"f": np.finfo("f4"), "i": np.iinfo("u2"), "d": np.dtype(">f8"), "t": np.float16}
"""
CHECK = """
import numpy as np

facts = {
    "f": value["f"].eps == np.finfo("f4").eps,
    "i": value["i"].max == 65535,
    "d": value["d"].str == ">f8",
    "t": value["t"] is np.float16,
}
ok, evidence = all(facts.values()), str(facts)
"""
