"""Large arrays of all layouts and kinds, which travel beside the stream."""

NAMES = ["value"]
MAKE = """
import numpy as np

n = 120
a = np.arange(n**3, dtype="f8").reshape(n, n, n)
value = {
    "C": a,
    "F": np.asfortranarray(a[:60]),
    "strided": a[::3, 1::2].copy()[::-1, ::2],
    "big endian": a.astype(">i4"),
    "bool": a % 3 == 0,
    "times": a.astype("M8[s]"),
    "text": a[:10].astype("U8"),
    "rows": np.ones(20_000, [("n", "i4"), ("x", "f8")]),
}
expect = {k: (v.dtype.str, v.shape, v.tobytes()[:4000], v.flags.f_contiguous) for k, v in value.items()}
"""
CHECK = """
facts = {k: (v.dtype.str, v.shape, v.tobytes()[:4000], v.flags.f_contiguous) == expect[k] for k, v in value.items()}
value["C"][0, 0, 0] = -1
value["F"] *= 2
facts["written"] = value["C"][0, 0, 0] == -1 and value["F"][0, 0, 1] == 2
ok, evidence = all(facts.values()), str(facts)
"""
