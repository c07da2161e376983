"""Scalars of all kinds, among them times, records and text."""

NAMES = ["value"]
MAKE = """
import numpy as np

value = {
    "f2": np.float16(1.5),
    "long": np.longdouble("1.1"),
    "complex": np.complex64(1 - 2j),
    "when": np.datetime64("2024-02-29T12", "h"),
    "never": np.datetime64("NaT"),
    "wait": np.timedelta64(3, "D"),
    "void": np.void(b"ab"),
    "text": np.str_("é"),
    "bytes": np.bytes_(b"x"),
    "true": np.bool_(True),
}
expect = {k: (type(v).__name__, v.tobytes()) for k, v in value.items()}
"""
CHECK = """
import numpy as np

facts = {k: (type(v).__name__, v.tobytes()) == expect[k] for k, v in value.items()}
facts["one truth"] = value["true"] is np.True_
facts["units"] = value["when"] + np.timedelta64(1, "h") == np.datetime64("2024-02-29T13") and np.isnat(value["never"])
ok, evidence = all(facts.values()), str(facts)
"""
