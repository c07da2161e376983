"""Type hints as values."""

NAMES = ["value"]
MAKE = """
from typing import Annotated, Any, Callable, Literal, NewType, Optional, TypedDict, Union

class Row(TypedDict, total=False):
    id: int
    name: str

UserId = NewType("UserId", int)
value = {
    "a": int | None,
    "b": Optional[str],
    "c": Literal["x", 2],
    "d": Annotated[int, "m"],
    "e": Callable[[int], str],
    "f": Row,
    "g": UserId,
    "h": dict[str, list[int]],
    "i": Union[int, str],
    "j": Any,
}
"""
CHECK = """
import typing

facts = {
    "a": isinstance(None, value["a"]) and not isinstance("", value["a"]),
    "b": value["b"] == typing.Optional[str],
    "c": typing.get_args(value["c"]) == ("x", 2),
    "d": value["d"].__metadata__ == ("m",),
    "e": typing.get_args(value["e"]) == ([int], str),
    "f": value["f"](id=1) == {"id": 1} and value["f"].__optional_keys__ == {"id", "name"},
    "g": value["g"](5) == 5 and value["g"].__supertype__ is int,
    "h": typing.get_args(value["h"])[1] == list[int],
    "i": value["i"] == typing.Union[int, str],
    "j": value["j"] is typing.Any,
}
ok, evidence = all(facts.values()), str(facts)
"""
