"""Arrow tables with metadata, dictionaries and chunks, and frames of Arrow types."""

NAMES = ["value"]
MAKE = """
import pandas as pd
import pyarrow as pa

fields = [pa.field("n", pa.int32(), nullable=False), ("s", pa.dictionary(pa.int8(), pa.string()))]
schema = pa.schema(fields, {"by": "lab"})
table = pa.table({"n": [1, 2], "s": ["a", None]}, schema)
lists = pd.ArrowDtype(pa.list_(pa.int8()))
value = {
    "table": table,
    "chunks": pa.chunked_array([[1], [2, 3]]),
    "nested": pa.array([{"a": [1, 2]}, None]),
    "frame": pd.DataFrame({"x": pd.array([1, None], "int64[pyarrow]"), "l": pd.array([[1], []], lists)}),
    "scalar": pa.scalar(3, pa.uint8()),
}
"""
CHECK = """
import pyarrow as pa

v = value
facts = {
    "schema": v["table"].schema.metadata == {b"by": b"lab"} and not v["table"].schema.field("n").nullable,
    "dictionary": v["table"]["s"].to_pylist() == ["a", None] and pa.types.is_dictionary(v["table"]["s"].type),
    "chunks": v["chunks"].num_chunks == 2 and v["chunks"].to_pylist() == [1, 2, 3],
    "nested": v["nested"].to_pylist() == [{"a": [1, 2]}, None],
    "frame": str(v["frame"].dtypes["x"]) == "int64[pyarrow]" and v["frame"]["l"].to_list()[0] == [1],
    "scalar": v["scalar"].as_py() == 3,
}
ok, evidence = all(facts.values()), str(facts)
"""
