"""A class that was defined again: old instances keep the old one."""

NAMES = ["value", "OldValue"]
MAKE = """
class Net:
    def size(self):
        return 1

OldValue = Net()

class Net:
    def size(self):
        return 2

value = Net()
"""
CHECK = """
facts = {
    "old": OldValue.size() == 1,
    "new": value.size() == 2,
    "apart": type(OldValue) is not type(value),
    "same name": type(OldValue).__name__ == type(value).__name__ == "Net",
}
ok, evidence = all(facts.values()), str(facts)
"""
