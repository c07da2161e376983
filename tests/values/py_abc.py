"""An abstract base class with a virtual subclass, and a subclass that is whole."""

NAMES = ["Shape", "value"]
MAKE = """
import abc

class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self): ...

    @classmethod
    def __subclasshook__(cls, other):
        return True if hasattr(other, "looks_like_a_shape") else NotImplemented

class Square(Shape):
    def __init__(self, n):
        self.n = n

    @property
    def area(self):
        return super().area or self.n**2

@Shape.register
class Blob:
    pass

class Duck:
    looks_like_a_shape = True

value = [Square(3), Blob(), Duck()]
"""
CHECK = """
facts = {"whole": value[0].area == 9, "virtual": isinstance(value[1], Shape), "hook": isinstance(value[2], Shape)}
try:
    Shape()
    facts["abstract"] = False
except TypeError as error:
    facts["abstract"] = "area" in str(error)
facts["no other"] = not isinstance(3, Shape)
ok, evidence = all(facts.values()), str(facts)
"""
