"""Flags with combined members, members with values and methods of their own, automatic names."""

NAMES = ["Mode", "Planet", "Kind", "value"]
MAKE = """
import enum

class Mode(enum.Flag, boundary=enum.KEEP):
    READ = enum.auto()
    WRITE = enum.auto()
    BOTH = READ | WRITE

class Planet(enum.Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

class Kind(str, enum.Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last):
        return name.lower()

    TRAIN = enum.auto()

value = {"both": Mode.READ | Mode.WRITE, "none": Mode(0), "kept": Mode(9), Planet.MARS: "red", "kind": Kind.TRAIN}
"""
CHECK = """
facts = {
    "combined": value["both"] is Mode.BOTH and Mode.READ in value["both"],
    "none": value["none"] is Mode(0) and not value["none"],
    "kept": value["kept"].value == 9 and ~Mode.READ is not None,
    "members": value[Planet.MARS] == "red" and Planet.EARTH.mass == 5.97e24,
    "mixed": value["kind"] == "train" and value["kind"] is Kind("train"),
}
ok, evidence = all(facts.values()), str(facts)
"""
