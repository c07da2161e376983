"""A frame, a column of it and the array under it stay what they are to each other."""

NAMES = ["frame", "twin", "column"]
MAKE = """
import numpy as np
import pandas as pd

frame = pd.DataFrame({"x": np.arange(3.0), "y": list("abc")})
twin = frame
column = frame["x"]
frame.attrs["made"] = twin.attrs
"""
CHECK = """
frame["z"] = 1
facts = {"same": twin is frame and "z" in twin, "column": column.tolist() == [0.0, 1.0, 2.0] and column.name == "x"}
ok, evidence = all(facts.values()), str(facts)
"""
