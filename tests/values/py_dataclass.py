"""Dataclasses with all their options, and what dataclasses says of them."""

NAMES = ["Config", "value", "copy"]
MAKE = """
import dataclasses
from typing import ClassVar

@dataclasses.dataclass(order=True)
class Config:
    lr: float
    units: list = dataclasses.field(default_factory=lambda: [8], compare=False)
    seed: dataclasses.InitVar[int] = 3
    made: ClassVar[int] = 0

    def __post_init__(self, seed):
        self.key = seed * 2
        Config.made += 1

@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0

value = Config(0.1)
copy = dataclasses.replace(value, lr=0.2, seed=5)
value.where = Point(1)
"""
CHECK = """
import dataclasses

facts = {
    "isinstance": isinstance(value, Config) and type(value) is type(copy) is Config,
    "order": value < copy,
    "post": (value.key, copy.key) == (6, 10),
    "classvar": Config.made == 2,
    "factory": Config(1.0).units == [8] and Config(1.0).units is not Config(1.0).units,
    "fields": [f.name for f in dataclasses.fields(value)] == ["lr", "units"],
    "missing": dataclasses.fields(value)[0].default is dataclasses.MISSING,
}
try:
    value.where.x = 9
    facts["frozen"] = False
except dataclasses.FrozenInstanceError:
    facts["frozen"] = True
facts["slots"] = not hasattr(value.where, "__dict__")
facts["hash"] = hash(value.where) == hash(type(value.where)(1, 0))
facts["asdict"] = dataclasses.asdict(value)["lr"] == 0.1
facts["replace"] = dataclasses.replace(value, lr=9.0, seed=1).key == 2
ok, evidence = all(facts.values()), str(facts)
"""
