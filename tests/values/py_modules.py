"""Modules of libraries by name, one made in the notebook by value."""

NAMES = ["np_alias", "value", "helper"]
MAKE = r"""
import types, sys, math, os.path
import numpy as np_alias

helper = types.ModuleType("helper_of_notebook", "made by hand")
exec("K = 3\ndef triple(x):\n    return x * K", helper.__dict__)
sys.modules["helper_of_notebook"] = helper
value = {"math": math, "path": os.path, "fn": helper.triple, "json": __import__("json")}
"""
CHECK = """
import math, numpy, os.path

facts = {
    "same": np_alias is numpy and value["math"] is math and value["path"] is os.path,
    "helper": helper.triple(5) == 15 and value["fn"](2) == 6,
    "doc": helper.__doc__ == "made by hand",
    "attr": value["json"].loads("[1]") == [1],
}
helper.K = 10
facts["live"] = value["fn"](1) == 10
ok, evidence = all(facts.values()), str(facts)
"""
