"""Memory layouts: Fortran, strided, reversed, broadcast."""

NAMES = ["value"]
MAKE = """
import numpy as np

a = np.arange(24.0).reshape(4, 6)
value = {
    "F": np.asfortranarray(a),
    "C": a,
    "T": a.T,
    "strided": a[::2, 1::3],
    "neg": a[::-1],
    "broadcast": np.broadcast_to(a[0], (3, 6)),
    "3d": np.asfortranarray(a.reshape(2, 3, 4)).transpose(1, 0, 2),
}
expect = {k: v.tolist() for k, v in value.items()}
"""
CHECK = """
facts = {k: v.tolist() == expect[k] for k, v in value.items()}
facts["F flag"] = value["F"].flags.f_contiguous and not value["F"].flags.c_contiguous
facts["C flag"] = value["C"].flags.c_contiguous
facts["T flag"] = value["T"].flags.f_contiguous
ok, evidence = all(facts.values()), str(facts)
"""
