"""Sparse matrices, a spline, a frozen distribution and a KD-tree."""

NAMES = ["value"]
MAKE = """
import numpy as np
import scipy.sparse as sp
from scipy import interpolate, spatial, stats

value = {
    "csr": sp.random(20, 30, 0.1, "csr", random_state=0),
    "coo": sp.coo_array(np.eye(3)),
    "lil": sp.lil_matrix((2, 2)),
    "spline": interpolate.CubicSpline([0, 1, 2], [0, 1, 4]),
    "dist": stats.norm(2, 3),
    "tree": spatial.cKDTree(np.arange(10.0).reshape(5, 2)),
}
expect = {
    "sum": float(value["csr"].sum()),
    "nnz": value["csr"].nnz,
    "spline": float(value["spline"](1.5)),
    "cdf": float(value["dist"].cdf(1)),
}
"""
CHECK = """
facts = {
    "csr": float(value["csr"].sum()) == expect["sum"]
    and value["csr"].nnz == expect["nnz"]
    and value["csr"].has_sorted_indices is not None,
    "coo": (value["coo"] @ [1, 2, 3]).tolist() == [1, 2, 3],
    "spline": float(value["spline"](1.5)) == expect["spline"],
    "dist": float(value["dist"].cdf(1)) == expect["cdf"],
    "tree": value["tree"].query([0, 0])[1] == 0,
}
value["lil"][0, 1] = 4
facts["lil"] = value["lil"].tocsr()[0, 1] == 4
ok, evidence = all(facts.values()), str(facts)
"""
