"""Views of memory: whole, windows, steps, other formats; what is written through one is seen in its object."""

NAMES = ["data", "views", "text"]
MAKE = """
import array
data, numbers = bytearray(range(32)), array.array("i", range(6))
whole = memoryview(data)
views = {
    "whole": whole, "window": whole[4:12], "steps": whole[1:20:3], "back": whole[::-1], "ints": whole[8:24].cast("i"),
    "grid": whole.cast("B", (4, 8)), "few": whole[8:20].cast("H", (2, 3)), "none": whole[3:3], "fixed": whole.toreadonly(),
    "numbers": memoryview(numbers)[2:5], "every": memoryview(numbers)[::2],
}
text = memoryview(b"some text")[5:]
expect = {name: (view.tolist(), view.format, view.shape, view.strides, view.readonly) for name, view in views.items()}
"""
CHECK = """
found = {name: (view.tolist(), view.format, view.shape, view.strides, view.readonly) for name, view in views.items()}
ok = found == expect and bytes(text) == b"text" and text.readonly and all(v.obj is data for v in list(views.values())[:9])
data[4] = 99
views["ints"][0] = -1
ok = ok and views["window"][0] == views["steps"][1] == views["back"][27] == 99 and data[8:12] == b"\\xff" * 4
ok = ok and views["numbers"].obj is views["every"].obj
evidence = str({name: (found[name], expect[name]) for name in found if found[name] != expect[name]})
"""
