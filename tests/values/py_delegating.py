"""Objects whose __getattr__ asks an attribute that is not there yet while they are opened."""

NAMES = ["value"]
MAKE = """
class Wrapper:
    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

class Strict:
    def __init__(self):
        self.__dict__["known"] = {"lr": 0.1}

    def __getattr__(self, name):
        return self.known[name]

    def __setattr__(self, name, value):
        self.known[name] = value

value = [Wrapper([3, 1]), Strict()]
value[1].seed = 4
"""
CHECK = """
value[0].sort()
value[1].more = 5
facts = {
    "delegates": value[0].inner == [1, 3],
    "strict": (value[1].lr, value[1].seed, value[1].more) == (0.1, 4, 5),
    "apart": set(vars(value[1])) == {"known"},
}
ok, evidence = all(facts.values()), str(facts)
"""
