"""Matches of regular expressions, found by each of the ways to look for one."""

NAMES = ["value", "many", "binary"]
MAKE = r"""
import re
pattern = re.compile(r"(?P<key>\w+)=(?P<value>\d+)?")
value = pattern.search("  a=1 b=2 c=", 3)
many = [*pattern.finditer("a=1 b=2 c="), pattern.match("x=5;", 0, 3), re.fullmatch("a|ab", "ab"), re.match("a|ab", "ab")]
binary = re.search(rb"(?<=b)c", b"abc")
expect = [(m.groups(), m.regs, m.lastgroup, m.pos, m.endpos, m.string) for m in [value, *many, binary]]
"""
CHECK = """
found = [(m.groups(), m.regs, m.lastgroup, m.pos, m.endpos, m.string) for m in [value, *many, binary]]
ok = found == expect and value["key"] == "b" and many[0].re is many[1].re and binary.span() == (2, 3)
evidence = str(found)
"""
