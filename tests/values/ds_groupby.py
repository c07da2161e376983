"""A GroupBy, a rolling window, and a DataFrame subclass with metadata of its own."""

NAMES = ["value"]
MAKE = """
import pandas as pd

class Frame(pd.DataFrame):
    _metadata = ["unit"]

    @property
    def _constructor(self):
        return Frame

df = pd.DataFrame({"k": list("aab"), "v": [1.0, 2.0, 4.0]})
f = Frame(df)
f.unit = "m"
value = {"g": df.groupby("k", sort=False), "roll": df["v"].rolling(2), "f": f}
"""
CHECK = """
facts = {
    "group": value["g"]["v"].sum().to_dict() == {"a": 3.0, "b": 4.0},
    "roll": value["roll"].mean().tolist()[1:] == [1.5, 3.0],
    "subclass": value["f"].unit == "m" and type(value["f"].head(1)) is type(value["f"]),
}
ok, evidence = all(facts.values()), str(facts)
"""
