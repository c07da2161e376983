"""Arrays of objects: of the notebook, shared with other names, and the array itself."""

NAMES = ["items", "value"]
MAKE = """
import numpy as np

class Item:
    def __init__(self, n):
        self.n = n

items = [Item(1), Item(2)]
value = np.empty((2, 2), object)
value[0] = items
value[1, 0] = np.arange(3)
value[1, 1] = value
"""
CHECK = """
import numpy as np

facts = {
    "shared": value[0, 1] is items[1] and value[0, 0].n == 1,
    "array": value[1, 0].tolist() == [0, 1, 2],
    "itself": value[1, 1] is value,
    "dtype": value.dtype == object and value.shape == (2, 2) and value.flags.writeable,
}
ok, evidence = all(facts.values()), str(facts)
"""
