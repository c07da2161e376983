"""A frame of many column kinds: categories, zoned times, nullable and Arrow strings, periods, intervals, sparse."""

NAMES = ["value"]
MAKE = """
import numpy as np
import pandas as pd

df = pd.DataFrame(
    {
        "cat": pd.Categorical(["b", "a", "b"], categories=["b", "a", "z"], ordered=True),
        "when": pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin"),
        "n": pd.array([1, None, 3], "Int64"),
        "s": pd.array(["x", None, "é"], "string"),
        "f": np.array([1, 2, 3], "f4"),
        "flag": pd.array([True, None, False], "boolean"),
        "obj": [{"a": 1}, [2], None],
        "per": pd.period_range("2024-01", periods=3, freq="M"),
        "iv": pd.interval_range(0, 3),
        "sp": pd.arrays.SparseArray([0, 0, 5]),
    }
)
df.index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["g", "k"])
df.attrs["source"] = "lab"
value = df
expect = {"dtypes": [str(t) for t in df.dtypes], "csv": df.to_csv()}
"""
CHECK = """
import pandas as pd

facts = {
    "dtypes": [str(t) for t in value.dtypes] == expect["dtypes"],
    "csv": value.to_csv() == expect["csv"],
    "ordered": value["cat"].max() == "a" and list(value["cat"].cat.categories) == ["b", "a", "z"],
    "attrs": value.attrs == {"source": "lab"},
    "index": value.loc[("b", 1), "f"] == 3 and value.index.names == ["g", "k"],
    "na": value["n"].isna().tolist() == [False, True, False],
    "tz": str(value["when"].dt.tz) == "Europe/Berlin",
    "freq": value["per"].dtype.freq is not None,
    "sparse": value["sp"].sparse.density < 0.5,
}
value["new"] = value["f"] * 2
facts["write"] = value["new"].tolist() == [2.0, 4.0, 6.0]
ok, evidence = all(facts.values()), str(facts)
"""
