"""Structured arrays, aligned, nested and with titles; record arrays; a scalar of one."""

NAMES = ["value", "view"]
MAKE = """
import numpy as np

plain = np.array([(1, 2.5, "a"), (3, 4.5, "b")], [("n", "<i4"), ("x", ">f8"), ("s", "U3")])
nested = np.zeros(2, np.dtype([("p", [("x", "i2"), ("y", "i8")]), ("v", "f4", (2, 2))], align=True))
nested["p"]["y"] = [7, 8]
titled = np.zeros(1, [(("the count", "n"), "i4")])
value = {"plain": plain, "nested": nested, "titled": titled, "rec": plain.view(np.recarray), "scalar": plain[1].copy()}
view = plain["x"]
expect = {k: (v.tobytes(), v.dtype.descr if k == "plain" else str(v.dtype)) for k, v in value.items()}
"""
CHECK = """
facts = {
    k: (v.tobytes(), v.dtype.descr if k == "plain" else str(v.dtype)) == expect[k] for k, v in value.items()
}
facts["aligned"] = value["nested"].dtype.isalignedstruct
facts["title"] = value["titled"]["the count"].tolist() == [0]
facts["record"] = value["rec"].s.tolist() == ["a", "b"] and value["rec"][0].n == 1
facts["scalar"] = value["scalar"]["x"] == 4.5
view[0] = 9.0
facts["field is a view"] = value["plain"]["x"][0] == 9.0 == value["rec"].x[0]
ok, evidence = all(facts.values()), str(facts)
"""
