"""An array that may not be written to may not be written to; its neighbour may."""

NAMES = ["value"]
MAKE = """
import numpy as np

small, large = np.arange(3), np.arange(100_000.0)
small.flags.writeable = large.flags.writeable = False
value = {"small": small, "large": large, "free": np.arange(3), "bytes": np.frombuffer(b"abcd", "u1")}
"""
CHECK = """
facts = {k: v.flags.writeable is (k == "free") for k, v in value.items()}
facts["values"] = value["small"].tolist() == [0, 1, 2] and value["large"][-1] == 99_999 and value["bytes"][0] == 97
ok, evidence = all(facts.values()), str(facts)
"""
