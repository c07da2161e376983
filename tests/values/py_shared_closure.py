"""Two functions share a variable of the function that made them, and a class of it a cell of its own."""

NAMES = ["add", "total", "Child"]
MAKE = """
def account(start):
    balance = start

    def add(n):
        nonlocal balance
        balance += n
        return balance

    def total():
        return balance

    return add, total

add, total = account(5)

class Base:
    def who(self):
        return ["base"]

class Child(Base):
    def who(self):
        return super().who() + [__class__.__name__]
"""
CHECK = """
add(3)
facts = {"shared": total() == 8, "super": Child().who() == ["base", "Child"]}
ok, evidence = all(facts.values()), str(facts)
"""
