"""Arrays of every ordinary dtype, byte order and NaN payload, to the byte."""

NAMES = ["value"]
MAKE = """
import numpy as np

codes = ["?", "i1", "u2", ">i4", "u8", "f2", ">f8", "g", "c8", "c16", "U5", "S3", "M8[ns]", "m8[D]", "M8[M]"]
value = {c: np.arange(6).astype(c) for c in codes}
value["V4"] = np.arange(6, dtype="i4").view("V4")
value["nat"] = np.array(["NaT", "2024-02-29"], "M8[s]")
value["nan payload"] = np.array([0x7FF8000000000ABC], "u8").view("f8")
expect = {k: (v.tobytes(), v.dtype.str, v.shape) for k, v in value.items()}
"""
CHECK = """
bad = [k for k, v in value.items() if (v.tobytes(), v.dtype.str, v.shape) != expect[k]]
ok = not bad and len(value) == len(expect) and all(v.flags.writeable for v in value.values())
evidence = "differ: %s" % bad
"""
