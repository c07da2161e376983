"""defaultdict, bounded deque, Counter, ordered dict, chained maps."""

NAMES = ["value"]
MAKE = """
import collections, types

base = {"a": 1}
value = {
    "dd": collections.defaultdict(lambda: [7]),
    "dq": collections.deque([1, 2, 3], maxlen=3),
    "od": collections.OrderedDict([("z", 1), ("a", 2)]),
    "cnt": collections.Counter("hello"),
    "chain": collections.ChainMap({}, base),
    "base": base,
    "ns": types.SimpleNamespace(x=1),
}
value["od"].move_to_end("z")
"""
CHECK = """
facts = {"dd": value["dd"]["new"] == [7] and "new" in value["dd"]}
value["dq"].append(4)
facts["dq"] = list(value["dq"]) == [2, 3, 4]
facts["od"] = list(value["od"]) == ["a", "z"]
facts["cnt"] = value["cnt"].most_common(1) == [("l", 2)]
value["base"]["late"] = 5
facts["chain sees base"] = value["chain"].get("late") == 5
value["chain"]["own"] = 1
facts["chain writes own map"] = "own" not in value["base"]
facts["ns"] = value["ns"].x == 1
ok, evidence = all(facts.values()), str(facts)
"""
