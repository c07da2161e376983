"""Functions read and write the globals of the notebook they are in."""

NAMES = ["scale", "apply", "bump"]
MAKE = """
scale = 2
calls = 0

def apply(x):
    return x * scale

def bump():
    global scale
    scale += 1
    return scale
"""
CHECK = """
facts = {"carried": apply(3) == 6}
scale = 10
facts["sees new global"] = apply(3) == 30
bump()
facts["writes global"] = scale == 11 and apply(1) == 11
facts["globals"] = apply.__globals__ is globals()
ok, evidence = all(facts.values()), str(facts)
"""
