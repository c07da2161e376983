"""Objects that contain themselves: in a set, as a key, in a deque, in their own attribute."""

NAMES = ["value", "loop"]
MAKE = """
import collections

class Node:
    def __init__(self, n):
        self.n, self.friends, self.me = n, set(), self

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        return self.n == other.n

a, b = Node(1), Node(2)
a.friends.add(b)
b.friends.add(a)
a.table = {a: "own key", b: a}
loop = collections.deque([1], maxlen=3)
loop.append(loop)
value = a
"""
CHECK = """
(b,) = value.friends
facts = {
    "set": value in b.friends and b in value.friends,
    "key": value.table[value] == "own key" and value.table[b] is value,
    "attribute": value.me is value,
    "deque": loop[1] is loop and loop.maxlen == 3,
}
ok, evidence = all(facts.values()), str(facts)
"""
