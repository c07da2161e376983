"""A bytearray and the view on it, typed arrays, streams in memory at their positions."""

NAMES = ["raw", "view", "value"]
MAKE = r"""
import array
import io

raw = bytearray(b"abcd")
view = memoryview(raw)
value = {"array": array.array("d", [1.5, 2.5]), "bytes": io.BytesIO(b"one two"), "text": io.StringIO("a\nb\n")}
value["bytes"].seek(4)
value["text"].readline()
"""
CHECK = r"""
raw[0] = 120
facts = {
    "one memory": bytes(view) == b"xbcd",
    "array": value["array"].typecode == "d" and value["array"].tolist() == [1.5, 2.5],
    "bytes": value["bytes"].read() == b"two",
    "text": value["text"].readline() == "b\n",
}
view[1] = 121
facts["both ways"] = raw == b"xycd"
ok, evidence = all(facts.values()), str(facts)
"""
