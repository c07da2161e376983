"""Indexes and series as they were: ranges, frequencies, categories, names, flags, missing values."""

NAMES = ["value"]
MAKE = """
import pandas as pd

frame = pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(0, 4, 2, name="r")).set_flags(allows_duplicate_labels=False)
value = {
    "frame": frame,
    "days": pd.Series([1.0, 2.0], pd.date_range("2024-01-01", periods=2, freq="MS"), name="m"),
    "cat": pd.CategoricalIndex(["x", "y"], categories=["y", "x"], ordered=True),
    "multi": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None]),
    "na": pd.NA,
    "nat": pd.NaT,
    "when": pd.Timestamp("2024-03-31 01:30", tz="Europe/Berlin"),
    "dtype": pd.CategoricalDtype(["p", "q"], ordered=True),
}
"""
CHECK = """
import pandas as pd

v = value
facts = {
    "range": isinstance(v["frame"].index, pd.RangeIndex) and v["frame"].index.step == 2,
    "flags": v["frame"].flags.allows_duplicate_labels is False,
    "frequency": v["days"].index.freqstr == "MS" and v["days"].name == "m",
    "categories": list(v["cat"].categories) == ["y", "x"] and v["cat"].max() == "x",
    "levels": v["multi"].names == ["k", None] and v["multi"].get_loc(("b", 1)) == 2,
    "missing": v["na"] is pd.NA and v["nat"] is pd.NaT,
    "zone": v["when"].utcoffset().total_seconds() == 3600,
    "dtype": pd.Series(["q"], dtype=v["dtype"]).cat.ordered,
}
ok, evidence = all(facts.values()), str(facts)
"""
