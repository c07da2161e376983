"""Masked arrays: hard mask, structured, of one mask, with no mask."""

NAMES = ["value"]
MAKE = """
import numpy as np

hard = np.ma.array([1, 2, 3], mask=[0, 1, 0], hard_mask=True)
rows = np.ma.array([(1, 2.0), (3, 4.0)], mask=[(0, 1), (0, 0)], dtype=[("a", int), ("b", float)])
value = {"hard": hard, "rows": rows, "none": np.ma.array([1.0, 2.0]), "masked": np.ma.masked}
"""
CHECK = """
import numpy as np

hard = value["hard"]
hard[1] = 9
facts = {
    "hard": hard.mask[1] and hard.hardmask and hard.sum() == 4,
    "rows": value["rows"].mask.tolist() == [(False, True), (False, False)] and value["rows"]["b"].sum() == 4.0,
    "none": value["none"].mask is np.ma.nomask,
    "masked": value["masked"] is np.ma.masked,
}
ok, evidence = all(facts.values()), str(facts)
"""
