"""Compiled patterns and string templates."""

NAMES = ["value"]
MAKE = r"""
import re, string

value = [
    re.compile(r"(?P<k>\w+)=(?P<v>.*)", re.I | re.X),
    re.compile(rb"\x00+"),
    string.Template("$a-$b"),
    string.Formatter(),
]
"""
CHECK = r"""
facts = {
    "groups": value[0].match("K=9").groupdict() == {"k": "K", "v": "9"},
    "flags": value[0].flags & 2 and value[0].flags & 64,
    "bytes": value[1].sub(b".", b"a\x00\x00b") == b"a.b",
    "template": value[2].substitute(a=1, b=2) == "1-2",
}
ok, evidence = all(facts.values()), str(facts)
"""
