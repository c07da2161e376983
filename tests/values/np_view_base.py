"""Views and their base are still one memory."""

NAMES = ["base", "view", "rows"]
MAKE = """
import numpy as np

base = np.zeros((4, 3))
view = base[1:3]
rows = [base[i] for i in range(4)]
"""
CHECK = """
view[:] = 7
rows[0][0] = 5
facts = {
    "view writes base": base[1].tolist() == [7.0] * 3,
    "row writes base": base[0, 0] == 5,
    "row sees view": rows[2].tolist() == [7.0] * 3,
    "base": view.base is base,
}
ok, evidence = all(facts.values()), str(facts)
"""
