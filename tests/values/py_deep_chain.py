"""Three thousand objects in a chain, three thousand lists in each other."""

NAMES = ["value"]
MAKE = """
class Node:
    def __init__(self, n, nxt):
        self.n, self.next = n, nxt

head, deep = None, []
for i in range(3000):
    head, deep = Node(i, head), [deep]
value = {"head": head, "deep": deep}
"""
CHECK = """
n, total, node = 0, 0, value["head"]
while node is not None:
    n, total, node = n + 1, total + node.n, node.next
d, x = 0, value["deep"]
while x:
    d, x = d + 1, x[0]
ok = (n, total, d) == (3000, 4498500, 3000)
evidence = str((n, total, d))
"""
