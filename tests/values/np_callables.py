"""Ufuncs, vectorized lambdas, polynomials, index expressions."""

NAMES = ["value"]
MAKE = """
import numpy as np

def plus(a, b):
    return a + b

value = {
    "vec": np.vectorize(lambda a, b=2: a * b, otypes=[float]),
    "ufunc": np.add,
    "poly": np.poly1d([1, 0, -1]),
    "cheb": np.polynomial.Chebyshev([1, 2]),
    "reduce": np.add.reduce,
    "ctx": np.s_[1:3, ...],
}
"""
CHECK = """
import numpy as np

facts = {
    "vec": value["vec"]([1, 2]).tolist() == [2.0, 4.0],
    "ufunc": value["ufunc"] is np.add,
    "poly": value["poly"](3) == 8,
    "cheb": value["cheb"](0.5) == 2.0,
    "reduce": value["reduce"]([1, 2]) == 3,
    "slice": np.arange(10).reshape(5, 2)[value["ctx"]].shape == (2, 2),
}
ok, evidence = all(facts.values()), str(facts)
"""
