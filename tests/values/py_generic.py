"""Generic classes, type variables and protocols."""

NAMES = ["Stack", "T", "value", "Sized_"]
MAKE = """
from typing import Generic, Protocol, TypeVar, runtime_checkable

T = TypeVar("T", bound=int)

class Stack(Generic[T]):
    def __init__(self):
        self.items: list[T] = []

    def push(self, x: T) -> "Stack[T]":
        self.items.append(x)
        return self

@runtime_checkable
class Sized_(Protocol):
    def push(self, x): ...

value = [Stack[int]().push(3), Stack[bool], T]
"""
CHECK = """
from typing import get_args, get_origin, get_type_hints

facts = {
    "instance": isinstance(value[0], Stack) and value[0].push(4).items == [3, 4],
    "origin": get_origin(value[1]) is Stack,
    "args": get_args(value[1]) == (bool,),
    "typevar": value[2] is T and T.__bound__ is int,
    "params": Stack.__parameters__ == (T,),
    "make": isinstance(value[1]().push(True), Stack),
    "protocol": isinstance(value[0], Sized_) and not isinstance(3, Sized_),
    "orig class": value[0].__orig_class__ == Stack[int],
}
ok, evidence = all(facts.values()), str(facts)
"""
