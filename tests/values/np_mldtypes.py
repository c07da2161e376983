"""Small floats and integers of ml_dtypes."""

NAMES = ["value"]
MAKE = """
import ml_dtypes
import numpy as np

names = ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3b11fnuz", "int4", "uint4"]
names += ["float4_e2m1fn"] if hasattr(ml_dtypes, "float4_e2m1fn") else []  # since 0.5
value = {n: np.array([0, 1, 2, -1 if n[0] != "u" else 3], getattr(ml_dtypes, n)) for n in names}
value["2d F"] = np.asfortranarray(np.arange(6.0).reshape(2, 3).astype(ml_dtypes.bfloat16))
value["scalar"] = ml_dtypes.bfloat16(1.5)
value["dtype"] = np.dtype(ml_dtypes.float8_e5m2)
expect = {k: np.asarray(value[k]).tobytes() for k in value if k != "dtype"}
"""
CHECK = """
import ml_dtypes, numpy as np

facts = {
    k: np.asarray(value[k]).tobytes() == expect[k]
    and np.asarray(value[k]).dtype
    == getattr(ml_dtypes, k.replace("2d F", "bfloat16").replace("scalar", "bfloat16"))
    for k in expect
}
facts["dtype"] = value["dtype"] == ml_dtypes.float8_e5m2
facts["order"] = value["2d F"].flags.f_contiguous and not value["2d F"].flags.c_contiguous
facts["math"] = float((value["bfloat16"] + value["bfloat16"])[2]) == 4.0
ok, evidence = all(facts.values()), str(facts)
"""
