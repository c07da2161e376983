"""A masked array, a matrix, and an array subclass of the notebook with an attribute."""

NAMES = ["value", "Tagged"]
MAKE = """
import numpy as np

class Tagged(np.ndarray):
    def __new__(cls, data, tag):
        self = np.asarray(data).view(cls)
        self.tag = tag
        return self

    def __array_finalize__(self, obj):
        self.tag = getattr(obj, "tag", None)

    def __reduce__(self):
        fn, args, state = super().__reduce__()
        return fn, args, (state, self.tag)

    def __setstate__(self, state):
        super().__setstate__(state[0])
        self.tag = state[1]

m = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-9.0)
value = {"m": m, "mat": np.matrix([[1, 2], [3, 4]]), "t": Tagged([1.0, 2.0], "train")}
"""
CHECK = """
import numpy as np

m = value["m"]
facts = {
    "mask": m.mask.tolist() == [False, True, False] and m.filled().tolist() == [1, -9, 3],
    "mean": m.mean() == 2.0,
    "matrix": (value["mat"] * value["mat"]).tolist() == [[7, 10], [15, 22]],
    "tag": isinstance(value["t"], Tagged) and value["t"].tag == "train",
    "finalize": (value["t"] * 2).tag == "train",
}
ok, evidence = all(facts.values()), str(facts)
"""
