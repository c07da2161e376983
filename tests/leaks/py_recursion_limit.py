"""A raised recursion limit stays raised (spyder-ide/spyder#8796)."""

CELL = """
import sys

sys.setrecursionlimit(50_000)

def depth(tree):
    return 1 + max((depth(t) for t in tree), default=0)

tree = []
for _ in range(300):
    tree = [tree]
levels = depth(tree)
"""
CHECK = """
import sys

leaked = sys.getrecursionlimit() == 50_000
evidence = f"recursion limit of this cell: {sys.getrecursionlimit()}"
"""
