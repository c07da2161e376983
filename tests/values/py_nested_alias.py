"""Containers that contain each other, and what they share."""

NAMES = ["a", "b", "both"]
MAKE = """
shared = {"lr": 0.1}
a = [1, (2, shared), {3, 4}]
a.append(a)
b = {"first": a, "cfg": shared}
both = [a, b, shared]
"""
CHECK = """
facts = {
    "cycle": a[3] is a,
    "a in b": b["first"] is a,
    "shared": a[1][1] is b["cfg"] is both[2],
    "list": both[0] is a and both[1] is b,
}
both[2]["lr"] = 0.5
facts["write seen"] = a[1][1]["lr"] == 0.5
ok, evidence = all(facts.values()), str(facts)
"""
