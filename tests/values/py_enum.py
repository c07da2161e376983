"""Members are the members of the class that crosses beside them."""

NAMES = ["Color", "value"]
MAKE = """
import enum

class Color(enum.Enum):
    RED = enum.auto()
    BLUE = enum.auto()
    CRIMSON = 1

    @property
    def nice(self):
        return self.name.title()

class Perm(enum.IntFlag):
    R = 4
    W = 2

class Split(enum.StrEnum):
    TRAIN = "train"

value = {"c": Color.RED, "alias": Color.CRIMSON, "p": Perm.R | Perm.W, "s": Split.TRAIN, Color.BLUE: "key"}
"""
CHECK = """
P, S = type(value["p"]), type(value["s"])
facts = {
    "identity": value["c"] is Color.RED is value["alias"] is Color(1),
    "lookup": Color["BLUE"] in value,
    "as key": value[Color.BLUE] == "key",
    "property": value["c"].nice == "Red",
    "iter": [m.name for m in Color] == ["RED", "BLUE"],
    "flag": P.R in value["p"] and value["p"] == 6 and (value["p"] & P.W) is P.W,
    "str": value["s"] == "train" and value["s"] is S.TRAIN,
}
ok, evidence = all(facts.values()), str(facts)
"""
